package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink apply}: makes the host file true, wholly or not at all. */
@Command(
        name = "apply",
        description = {
            "Makes the host file true: shows the plan, asks, performs it, and reads back.",
            "A step that fails undoes those before it. Run twice, the second time does nothing."
        },
        footer = {
            "",
            "Exit code: 0 the host is as the file says, 1 you said no, 3 the file is wrong, 4 the kernel refused,",
            "6 what was read back differs, 7 the kernel lacks something the file asks for."
        })
final class ApplyCommand implements Callable<Integer> {
    private static final int DECLINED = 1;

    @Mixin
    private HostOptions host = new HostOptions();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    @Option(names = "--skip-unsupported", description = "Leave out what this kernel cannot do, and say so.")
    private boolean skipUnsupported;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        String text = HostFile.readText(host.file());
        HostFile file = HostFile.parse(host.file().toString(), text);
        StateDirectory directory = host.stateDirectory();
        HostWriter writer = new HostWriter(spec.commandLine().getOut());
        try (StateDirectory.Lock _ = directory.lock();
                LinuxKernel kernel = LinuxKernel.open()) {
            HostChange change = HostChange.to(file, kernel, directory.readFound(), skipUnsupported);
            writer.show(change, yes);
            if (!change.plan().isEmpty()) {
                if (!yes && !writer.isConsentedTo("Apply?")) {
                    return DECLINED;
                }
                directory.writeFound(change.found());
                writer.make(change, kernel);
            }
            directory.writeApplied(text);
            return 0;
        }
    }
}
