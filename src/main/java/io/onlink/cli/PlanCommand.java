package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
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
    private ChangeOptions options = new ChangeOptions();

    @Option(names = "--json", description = "Print the plan as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            HostFile file = HostFile.read(options.file());
            StateDirectory directory = options.stateDirectory();
            OtherProgramsInPlan others = OtherProgramsInPlan.of(file, directory, options.releaseLinks());
            DeclaredChange declared = DeclaredChange.of(file, others, kernel, options);
            HostChange change = declared.change();
            List<String> refusals = declared.refusals().sentences();
            Optional<String> open = OpenChange.sentence(directory);
            PlanPrinter printer = new PlanPrinter(spec.commandLine().getOut(), Ansi.AUTO);
            if (json) {
                printer.printJson(open, change, declared.containers(), others.claims(), refusals);
            } else {
                printer.printOpen(open);
                printer.printNotes(change, declared.notes());
                printer.printNotes(declared.networksThatStay());
                printer.print(change, declared.containers(), PlanPrinter.AS_DECLARED);
                printer.printRefusals(refusals);
            }
            return declared.isEmpty() ? 0 : CHANGES;
        }
    }
}
