package io.onlink.apply;

import io.onlink.coexistence.ThisProgram;
import io.onlink.failure.ConfigurationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The timer as a process of its own, {@code onlink guard}, in a session of its own: neither the terminal's end nor a signal
 * to its group reaches it. It reads from a pipe that we hold; when we die, however, the kernel closes it.
 */
public final class GuardProcess implements DeadManTimer {
    /** The one line that guard and guarded say to each other: "I watch", and "it is over". */
    public static final String READY = "ready";

    /** Said by the guarded before it lets go of the pipe. */
    public static final String OVER = "over";

    /** Said by it as long as it does something. */
    static final String GOES_ON = "on";

    /**
     * Exit values of one that Ctrl-C, the terminal's end or SIGTERM reached before it had its session: the same signal is on its
     * way to this process too.
     */
    private static final Set<Integer> SIGNALS = Set.of(128 + 1, 128 + 2, 128 + 15);

    private final Path stateDirectory;

    public GuardProcess(Path stateDirectory) {
        this.stateDirectory = stateDirectory;
    }

    @Override
    public Watch watch() {
        // Not --fork: the JVM would take setsid's end for the guard's, and close the pipes.
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(ThisProgram.command(
                "guard",
                "--state-dir",
                stateDirectory.toAbsolutePath().toString(),
                "--guarded",
                Long.toString(ProcessHandle.current().pid())));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(stateDirectory.resolve("guard.log").toFile())
                    .start();
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            if (!READY.equals(answer.readLine())) {
                if (SIGNALS.contains(process.onExit().join().exitValue())) {
                    throw new ConfigurationException("stopped by a signal before the first step; nothing was changed");
                }
                throw new ConfigurationException(
                        "the process that would take the change back if this one died did not start ('%s'); nothing was changed"
                                .formatted(String.join(" ", command)));
            }
            return new Watch() {
                @Override
                public void goesOn() {
                    say(process, GOES_ON);
                }

                @Override
                public void close() {
                    GuardProcess.close(process);
                }
            };
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the process that would take the change back if this one died did not start ('%s'): %s; nothing was changed"
                            .formatted(String.join(" ", command), e.getMessage()),
                    e);
        }
    }

    private static void close(Process process) {
        try (var _ = process.getOutputStream()) {
            say(process, OVER);
        } catch (IOException guardIsDead) {
            // As below.
        }
    }

    private static void say(Process process, String word) {
        try {
            process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException guardIsDead) {
            // It was killed before us. The journal is settled by us or, if it waits, by whoever looks next.
        }
    }
}
