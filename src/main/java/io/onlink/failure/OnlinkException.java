package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/**
 * A failure that the person at the terminal can do something about. Its message says what was being
 * done, to what, why it failed and what to do next; it is printed without a stack trace.
 *
 * <p>Anything else that is thrown is a bug in Onlink.
 */
public abstract sealed class OnlinkException extends RuntimeException
        permits ConfigurationException, KernelException, EngineException, VerificationException, UnsupportedException {
    private static final long serialVersionUID = 1L;

    OnlinkException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The process's exit code; documented in {@code onlink --help} and stable. */
    public abstract int exitCode();
}
