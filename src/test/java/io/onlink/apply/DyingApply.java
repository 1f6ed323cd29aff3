package io.onlink.apply;

import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A program for {@link TransactionFaultIT}: applies a host file in its namespace and dies by SIGKILL after so many steps.
 * Arguments: state directory, host file, steps; {@code unwatched} for a death that takes the timer too, as a power loss.
 */
final class DyingApply {
    private DyingApply() {}

    public static void main(String[] arguments) {
        StateDirectory directory = new StateDirectory(Path.of(arguments[0]));
        Path file = Path.of(arguments[1]);
        int steps = Integer.parseInt(arguments[2]);
        DeadManTimer timer = arguments.length > 3 ? () -> () -> {} : new GuardProcess(directory.path());
        String text = HostFile.readText(file);
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false);
            var _ = new Transaction(directory, new Dying(kernel, steps), timer, step -> {}, InstantSource.system())
                    .run(change, new Journal.Outcome(change.found(), text), () -> {}, Optional.empty());
        }
    }

    private static final class Dying implements Kernel {
        private final Kernel kernel;
        private int left;

        Dying(Kernel kernel, int steps) {
            this.kernel = kernel;
            this.left = steps;
        }

        @Override
        public NetworkState observe() {
            return kernel.observe();
        }

        @Override
        public void perform(Step step) {
            if (left-- == 0) {
                die();
            }
            kernel.perform(step);
        }

        @Override
        public java.util.Set<io.onlink.step.Feature> features() {
            return kernel.features();
        }

        @Override
        public boolean supportsLinkKind(String kind) {
            return kernel.supportsLinkKind(kind);
        }

        private static void die() {
            try {
                // A JVM may not destroy itself, and halt() is no SIGKILL.
                new ProcessBuilder(
                                "kill",
                                "-KILL",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
                Thread.sleep(Long.MAX_VALUE);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
