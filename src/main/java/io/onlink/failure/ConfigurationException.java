package io.onlink.failure;

import org.jspecify.annotations.Nullable;

/** What the user wrote (host file, option, label) cannot be; nothing was touched. */
public final class ConfigurationException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 3;

    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        this(message, null);
    }

    public ConfigurationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
