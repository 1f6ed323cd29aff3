package io.onlink.failure;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the user wrote (host file, option, label) cannot be; nothing was touched. */
public final class ConfigurationException extends OnlinkException {
    /** The exit code of every such failure. */
    public static final int EXIT_CODE = 3;

    private static final long serialVersionUID = 1L;

    private final String[] problems;

    public ConfigurationException(String message) {
        this(message, null);
    }

    public ConfigurationException(String message, @Nullable Throwable cause) {
        super(message, cause);
        problems = new String[] {message};
    }

    /** Everything that is wrong at once, one line each; the message is all the lines. */
    public ConfigurationException(List<String> problems) {
        super(String.join("\n", problems), null);
        this.problems = problems.toArray(String[]::new);
    }

    /** What is wrong, in the order of the message; at least one. */
    public List<String> problems() {
        return List.of(problems);
    }

    @Override
    public int exitCode() {
        return EXIT_CODE;
    }
}
