package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/** The Docker Engine refused, or cannot be reached. */
public final class EngineException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 5;

    private static final long serialVersionUID = 1L;

    public EngineException(String message) {
        this(message, null);
    }

    public EngineException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
