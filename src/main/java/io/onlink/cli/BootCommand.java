package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.Journal;
import io.onlink.apply.Settlement;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code onlink boot}: the host as it was when the power went, or as it was before a change that had not ended. */
@Command(
        name = "boot",
        description = {
            "What onlink-boot.service runs: makes the file last applied true again.",
            "First it ends a change that the power loss left open. Asks nothing. Run twice, the second time does nothing.",
            "What this kernel cannot do, and what does not fit this host any more, is left as it is and named: a host half",
            "there is better than one that is away."
        },
        footer = {
            "",
            "Exit code: 0 the host is as the file last applied says, or none was; 3 a part of",
            "the file does not fit this host, 4 the kernel refused, 6 what was read back differs."
        })
final class BootCommand implements Callable<Integer> {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long to wait for the NICs that the file names: drivers are loaded meanwhile (default:"
                    + " ${DEFAULT-VALUE}).")
    private int seconds;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        StateDirectory directory = state.directory();
        try (HostWriter writer = HostWriter.open(directory, out)) {
            settle(directory, writer, out);
            Optional<String> applied = directory.readApplied();
            if (applied.isEmpty()) {
                out.println("No host file was applied: the host stays as it came up.");
                out.flush();
                return 0;
            }
            HostFile file = HostFile.parse(directory.appliedFile().toString(), applied.get());
            awaitNics(file, writer.kernel());
            // As far as an administrator consented to it: nobody is there to be asked.
            OtherProgramsInPlan others = OtherProgramsInPlan.of(file, directory, false);
            HostChange change =
                    others.withConsentedOnly(HostChange.asFarAsItFits(file, writer.kernel(), directory.readFound()));
            writer.showNotes(change, others.notes(change));
            writer.show(change, PlanPrinter.AS_DECLARED, true);
            if (!change.isEmpty()) {
                // Unverified from outside: a router that comes up later than this host is no reason to stay away.
                var _ = writer.make(
                        change,
                        new Journal.Outcome(change.found(), applied.get(), others.standingAfter(change)),
                        () -> {},
                        Optional.empty());
            }
            if (!change.misfits().isEmpty()) {
                throw new ConfigurationException(
                        "the file last applied does not fit this host any more; all else that it says is true again:\n"
                                + String.join("\n", change.misfits()));
            }
            return 0;
        }
    }

    /** A change that waited for its confirmation when the power went is not confirmed, however much time it still had. */
    private static void settle(StateDirectory directory, HostWriter writer, PrintWriter out) {
        if (directory.readJournal().filter(Settlement::isOfThisKernel).isPresent()) {
            writer.settleWhatIsOpen();
            return;
        }
        writer.settlement().settle().ifPresent(ending -> {
            out.println("A change that was begun and not finished: " + HostWriter.describe(ending) + ".");
            out.flush();
        });
    }

    /** Until all are there or the time is over; the change then says which one is missing. */
    private void awaitNics(HostFile file, Kernel kernel) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!areThere(file, kernel.observe()) && System.nanoTime() - deadline < 0) {
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private static boolean areThere(HostFile file, NetworkState observed) {
        return observed.links().keySet().containsAll(file.nics());
    }
}
