package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink plan}: what {@code onlink apply} would do. Changes nothing. */
@Command(
        name = "plan",
        description = {
            "Prints what 'onlink apply' would change, one line a step, each as the ip command it equals.",
            "+ creates, ~ changes, - deletes, : is there for the moment of the change, so that no frame is lost, > tells"
                    + " neighbours or another program. Changes nothing."
        },
        footer = {
            "",
            "Exit code: 0 nothing to do, 2 changes (also those that 'onlink apply' would refuse), anything",
            "else an error."
        })
final class PlanCommand implements Callable<Integer> {
    private static final int CHANGES = 2;

    @Mixin
    private HostOptions host = new HostOptions();

    @Option(names = "--skip-unsupported", description = "Leave out what this kernel cannot do, and say so.")
    private boolean skipUnsupported;

    @Option(names = "--release-links", description = OtherProgramsInPlan.RELEASE_LINKS)
    private boolean releaseLinks;

    @Option(names = "--allow-disconnect", description = Refusals.ALLOW_DISCONNECT)
    private boolean allowDisconnect;

    @Option(names = "--force", description = AttachedContainers.FORCE)
    private boolean force;

    @Option(names = "--json", description = "Print the plan as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            HostFile file = HostFile.read(host.file());
            StateDirectory directory = host.stateDirectory();
            OtherProgramsInPlan others = OtherProgramsInPlan.of(file, directory, releaseLinks);
            HostChange change = others.with(HostChange.to(file, kernel, directory.readFound(), skipUnsupported));
            others.requireFixedAddresses(change);
            others.requireServices();
            HostFile before = applied(directory).orElse(file);
            List<String> refusals = Refusals.of(change, file, allowDisconnect)
                    .and(AttachedContainers.of(directory, change, before, file).refusals(force))
                    .sentences();
            List<ContainersInPlan.Change> containers = ContainersInPlan.between(before, file);
            Optional<String> open = OpenChange.sentence(directory);
            PlanPrinter printer = new PlanPrinter(spec.commandLine().getOut(), Ansi.AUTO);
            if (json) {
                printer.printJson(open, change, containers, others.claims(), refusals);
            } else {
                printer.printOpen(open);
                printer.printNotes(change, others.notes(change));
                printer.printNotes(AttachedContainers.networksThatStay(before, file));
                printer.print(change, containers, PlanPrinter.AS_DECLARED);
                printer.printRefusals(refusals);
            }
            return change.isEmpty() && containers.isEmpty() ? 0 : CHANGES;
        }
    }

    /** The file that holds now; empty also where it cannot be read: a damaged one is mended by applying anew. */
    static Optional<HostFile> applied(StateDirectory directory) {
        try {
            return directory
                    .readApplied()
                    .map(text -> HostFile.parse(directory.appliedFile().toString(), text));
        } catch (ConfigurationException damaged) {
            return Optional.empty();
        }
    }
}
