package io.onlink.apply;

import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A program for {@link TransactionFaultIT}: applies a host file in its namespace and dies by SIGKILL after so many steps.
 * Arguments: state directory, host file, steps; {@code unwatched} where there is no timer, as if the power were lost; {@code
 * group} for a death of the whole process group, {@code guard} for that of the timer alone, {@code both}.
 */
final class DyingApply {
    private DyingApply() {}

    public static void main(String[] arguments) {
        StateDirectory directory = new StateDirectory(Path.of(arguments[0]));
        Path file = Path.of(arguments[1]);
        int steps = Integer.parseInt(arguments[2]);
        String what = arguments.length > 3 ? arguments[3] : "";
        DeadManTimer timer = what.equals("unwatched") ? () -> () -> {} : new GuardProcess(directory.path());
        Runnable death = switch (what) {
            case "group" -> Death::ofTheProcessGroup;
            case "guard" -> DyingApply::killGuard;
            case "both" ->
                () -> {
                    killGuard();
                    Death.now();
                };
            default -> Death::now;
        };
        String text = HostFile.readText(file);
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false);
            var _ = new Transaction(
                            directory,
                            new InterruptedKernel(kernel, steps, death),
                            timer,
                            step -> {},
                            InstantSource.system())
                    .run(change, new Journal.Outcome(change.found(), text), () -> {}, Optional.empty());
        }
    }

    /** Our only child. What it asked of the kernel is done before it is gone. */
    private static void killGuard() {
        ProcessHandle guard = ProcessHandle.current().children().findFirst().orElseThrow();
        guard.destroyForcibly();
        guard.onExit().join();
    }
}
