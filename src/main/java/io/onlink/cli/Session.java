package io.onlink.cli;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the person at this terminal came to the host.
 *
 * @param connection {@code SSH_CONNECTION}: both ends of the ssh connection; null on the console
 * @param since when the oldest process of the connection was started; null if that cannot be told
 */
record Session(@Nullable String connection, @Nullable Instant since) {

    /** The session of this process: sshd forks a child for each connection, and we descend from it. */
    static Session current(Map<String, String> environment) {
        String connection = environment.get("SSH_CONNECTION");
        return new Session(connection, connection == null ? null : startOfConnection());
    }

    private static @Nullable Instant startOfConnection() {
        Instant start = null;
        Optional<ProcessHandle> process = ProcessHandle.current().parent();
        while (process.isPresent()) {
            Optional<ProcessHandle> parent = process.get().parent();
            if (name(process.get()).startsWith("sshd")
                    && parent.map(Session::name)
                            .filter(name -> name.startsWith("sshd"))
                            .isEmpty()) {
                // The listening daemon itself, older than any connection.
                break;
            }
            if (name(process.get()).startsWith("sshd")) {
                start = process.get().info().startInstant().orElse(null);
            }
            process = parent;
        }
        return start;
    }

    private static String name(ProcessHandle process) {
        return process.info()
                .command()
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .orElse("");
    }

    /** Why a yes from here says nothing about a change begun at an instant; empty if it does. */
    Optional<String> objectionTo(Instant change) {
        if (connection == null) {
            return Optional.empty();
        }
        if (since == null) {
            return Optional.of(
                    "this ssh connection's age cannot be told (sudo or tmux in between?): confirm from a fresh ssh login, or on the console");
        }
        return since.isAfter(change)
                ? Optional.empty()
                : Optional.of(
                        "this ssh connection was there before the change (since %s): that it lives proves nothing. Log in anew, and confirm from there"
                                .formatted(since));
    }
}
