package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/** The change was made, but what was read back or probed is not what was declared. */
public final class VerificationException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 6;

    private static final long serialVersionUID = 1L;

    public VerificationException(String message) {
        this(message, null);
    }

    public VerificationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
