package io.onlink.cli;

import io.onlink.apply.Settlement;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import io.onlink.kernel.LinuxKernel;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code onlink rollback}: no to a change that waits for confirmation, or that was begun and never ended. */
@Command(name = "rollback", description = "Takes back the change that waits for confirmation, or was not finished.")
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        StateDirectory directory = state.directory();
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            Optional<Settlement.Ending> ending = new HostWriter(
                            directory, kernel, spec.commandLine().getOut())
                    .settlement()
                    .settle();
            if (ending.isEmpty()) {
                throw new ConfigurationException(
                        "no change is open: there is nothing to take back; 'onlink down' gives the host back as it was found");
            }
            spec.commandLine().getOut().println("The change: " + HostWriter.describe(ending.get()) + ".");
            return 0;
        }
    }
}
