package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.kernel.LinuxKernel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink down}: the host as it was found. */
@Command(
        name = "down",
        description = {
            "Gives each NIC its addresses and routes back as they were found, and removes all that Onlink made.",
            "Containers on the segments lose their network: stop them first."
        })
final class DownCommand implements Callable<Integer> {
    private static final int DECLINED = 1;

    @Mixin
    private HostOptions host = new HostOptions();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        StateDirectory directory = host.stateDirectory();
        HostWriter writer = new HostWriter(spec.commandLine().getOut());
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.back(kernel, directory.readFound());
            writer.show(change, yes);
            if (!change.plan().isEmpty()) {
                if (!yes && !writer.isConsentedTo("Take it down?")) {
                    return DECLINED;
                }
                writer.make(change, kernel);
            }
            directory.clear();
            return 0;
        }
    }
}
