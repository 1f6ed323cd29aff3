package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.InterruptedKernel;
import io.onlink.apply.Journal;
import io.onlink.apply.StateDirectory;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A program for {@link LostTerminalIT}: what {@code onlink apply --yes} does at a terminal that goes after so many steps.
 * Arguments: state directory, host file, steps, and for {@code --confirm} the seconds.
 */
final class HangingUpApply {
    private HangingUpApply() {}

    public static void main(String[] arguments) {
        StateDirectory directory = new StateDirectory(Path.of(arguments[0]));
        Path file = Path.of(arguments[1]);
        int steps = Integer.parseInt(arguments[2]);
        Optional<Duration> confirmation = arguments.length > 3
                ? Optional.of(Duration.ofSeconds(Integer.parseInt(arguments[3])))
                : Optional.empty();
        apply(directory, file, steps, confirmation, HangingUpApply::hangUp);
    }

    /** @param interruption ends by {@link #awaitAnswer} */
    static void apply(
            StateDirectory directory, Path file, int steps, Optional<Duration> confirmation, Runnable interruption) {
        String text = HostFile.readText(file);
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false);
            var _ = new HostWriter(
                            directory,
                            new InterruptedKernel(kernel, steps, interruption),
                            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                            () -> {})
                    .make(change, new Journal.Outcome(change.found(), text), () -> {}, confirmation);
        }
    }

    /** As sshd(8) that dies: the end of the terminal that it holds is closed, and the kernel says SIGHUP. */
    private static void hangUp() {
        ProcessHandle holder = ProcessHandle.current();
        while (!isTerminal(holder)) {
            holder = holder.parent().orElseThrow();
        }
        holder.destroyForcibly();
        awaitAnswer();
    }

    /** Until the signal has reached the command, and has been answered. */
    static void awaitAnswer() {
        try {
            while (Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(
                            thread -> thread.getName().equals("signal") && thread.getState() == Thread.State.WAITING)) {
                Thread.sleep(5);
            }
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static boolean isTerminal(ProcessHandle process) {
        return Path.of(process.info().command().orElse("/")).endsWith("script");
    }
}
