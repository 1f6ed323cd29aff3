package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/** The kernel or the engine lacks what the host file asks for; nothing was touched. */
public final class UnsupportedException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 7;

    private static final long serialVersionUID = 1L;

    public UnsupportedException(String message) {
        this(message, null);
    }

    public UnsupportedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
