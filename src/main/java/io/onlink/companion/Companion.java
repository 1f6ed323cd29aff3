package io.onlink.companion;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A process that a container is to have beside its own.
 *
 * <pre>{@code docker run --label 'onlink.companion.php-fpm=php-fpm8.2 -F' …}</pre>
 *
 * @param container id of the container
 * @param containerName for messages
 * @param name as in the label
 * @param command for a shell; it stays in the foreground
 */
public record Companion(String container, String containerName, String name, String command) {
    /** Begins the label; the companion's name follows. */
    public static final String LABEL_PREFIX = "onlink.companion.";

    /** In the environment of the process, and of its children: how an agent that was restarted finds it again. */
    static final String MARK = "ONLINK_COMPANION";

    /**
     * The outer shell stays, with the mark in its environment: a program may write over its own (php-fpm does). The
     * command is an argument, so nothing in it is read twice.
     */
    private static final String SHELL_SCRIPT = "(eval \"$1\"); exit $?";

    /** The companions that a container's labels ask for, by name. */
    public static List<Companion> of(String container, String containerName, Map<String, String> labels) {
        return labels.entrySet().stream()
                .filter(label -> label.getKey().startsWith(LABEL_PREFIX)
                        && label.getKey().length() > LABEL_PREFIX.length()
                        && !label.getValue().isBlank())
                .map(label -> new Companion(
                        container, containerName, label.getKey().substring(LABEL_PREFIX.length()), label.getValue()))
                .sorted(java.util.Comparator.comparing(Companion::name))
                .toList();
    }

    List<String> commandLine() {
        return List.of("/bin/sh", "-c", SHELL_SCRIPT, "onlink-companion", command);
    }

    Map<String, String> environment() {
        return Map.of(MARK, name);
    }

    /**
     * Whether a process with this environment is the companion, or a child of it.
     *
     * @param environ of proc(5), a character for each byte
     */
    boolean isMarkedIn(String environ) {
        String mark = new String((MARK + "=" + name).getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return environ.equals(mark)
                || environ.startsWith(mark + "\0")
                || environ.endsWith("\0" + mark)
                || environ.contains("\0" + mark + "\0");
    }

    @Override
    public String toString() {
        return "container %s: companion %s".formatted(containerName, name);
    }
}
