package io.onlink.cli;

import io.onlink.apply.Settlement;
import io.onlink.failure.ConfigurationException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code onlink rollback}: no to a change that waits for confirmation, or that was begun and never ended. */
@Command(
        name = "rollback",
        description = "Takes back the change that waits for confirmation, or was not finished.",
        footer = {
            "",
            "Exit code: 0 it is taken back, or was committed already and stays; 3 no change is open,",
            "or it is taken back and that cannot be written down (the disk is read-only); 6 the",
            "kernel does not let all of it be taken back: the next try goes on."
        })
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (HostWriter writer =
                HostWriter.openToGoBack(state.directory(), spec.commandLine().getOut())) {
            Optional<Settlement.Ending> ending = writer.settlement().settle();
            if (ending.isEmpty()) {
                throw new ConfigurationException(
                        "no change is open: there is nothing to take back; 'onlink down' gives the host back as it was found");
            }
            spec.commandLine().getOut().println(HostWriter.sentence(ending.get()));
            return 0;
        }
    }
}
