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
        String text = HostFile.readText(file);
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false);
            var _ = new HostWriter(
                            directory,
                            new InterruptedKernel(kernel, steps, HangingUpApply::hangUp),
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
        awaitShutdown();
    }

    /** The JVM refuses new hooks from when the signal has reached it. */
    private static void awaitShutdown() {
        try {
            while (true) {
                Thread hook = Thread.ofPlatform().unstarted(() -> {});
                Runtime.getRuntime().addShutdownHook(hook);
                Thread.sleep(5);
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        } catch (IllegalStateException ending) {
            // The terminal is gone.
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static boolean isTerminal(ProcessHandle process) {
        return Path.of(process.info().command().orElse("/")).endsWith("script");
    }
}
