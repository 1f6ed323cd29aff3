package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.Journal;
import io.onlink.apply.Moment;
import io.onlink.apply.Settlement;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code onlink apply}: makes the host file true, wholly or not at all. */
@Command(
        name = "apply",
        description = {
            "Makes the host file true, wholly or not at all.",
            "Shows the plan, asks, performs it, reads back, and asks routers and peers whether they still answer. When a"
                    + " step fails or somebody answers no more, all of it is taken back; also when this command is stopped"
                    + " (Ctrl-C), killed, or its connection lost before that is known. Run twice, the second time does"
                    + " nothing."
        },
        footer = {
            "",
            "Exit code: 0 the host is as the file says, 1 you said no, 3 the file is wrong, or",
            "something has to be said or done first (the message has it), 4 the kernel refused,",
            "6 taken back: what was read back differs, somebody answers no more or nobody",
            "confirmed, 7 the kernel lacks something the file asks for, 129, 130, 143 stopped by a",
            "signal: taken back, or as the last line says."
        })
final class ApplyCommand implements Callable<Integer> {
    private static final int DECLINED = 1;

    @Mixin
    private ChangeOptions options = new ChangeOptions();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--confirm",
            paramLabel = "SECONDS",
            description =
                    "Wait so many seconds for 'onlink confirm', given in another terminal over a connection made after the"
                            + " change; take the change back if it does not come, also when this command ends meanwhile.")
    private @Nullable Integer confirm;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (confirm != null && confirm < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--confirm %d leaves no time for an answer, and nothing was changed: give the seconds to wait, 1 or more; for no wait leave it out"
                            .formatted(confirm));
        }
        String text = HostFile.readText(options.file());
        HostFile file = HostFile.parse(options.file().toString(), text);
        StateDirectory directory = options.stateDirectory();
        Optional<Journal> waiting;
        try (HostWriter writer = HostWriter.open(directory, spec.commandLine().getOut())) {
            writer.settleWhatIsOpen();
            OtherProgramsInPlan others = OtherProgramsInPlan.of(file, directory, options.releaseLinks());
            if (yes) {
                others.requireConsent();
            }
            DeclaredChange declared = DeclaredChange.of(file, others, writer.kernel(), options);
            HostChange change = declared.change();
            writer.showNotes(change, declared.notes());
            writer.showNotes(declared.networksThatStay());
            writer.show(change, declared.containers(), PlanPrinter.AS_DECLARED, yes);
            declared.refusals().refuse();
            if (!declared.isEmpty() && !yes && !writer.isConsentedTo("Apply?")) {
                return DECLINED;
            }
            if (change.isEmpty()) {
                if (confirm != null) {
                    writer.showNotes(List.of(
                            "--confirm: the host itself does not change, so nothing waits for 'onlink confirm'"));
                }
                directory.writeFound(change.found());
                directory.writeApplied(text);
                return 0;
            }
            ReachabilityCheck check =
                    ReachabilityCheck.before(file, spec.commandLine().getOut());
            check.requireFree(change.desired());
            waiting = writer.make(
                    change,
                    new Journal.Outcome(change.found(), text, others.standingAfter(change)),
                    check::after,
                    Optional.ofNullable(confirm).map(Duration::ofSeconds));
        }
        return waiting.isEmpty() ? 0 : awaitAnswer(directory, waiting.get());
    }

    /** Without the lock: the one who confirms takes it, or the timer does. */
    private int awaitAnswer(StateDirectory directory, Journal waiting) {
        PrintWriter out = spec.commandLine().getOut();
        // Not only looked at: the timer may have been killed meanwhile.
        try (EndingSignal _ = EndingSignal.answeredBy(() -> sayWhatIsPending(directory));
                LinuxKernel kernel = LinuxKernel.open()) {
            out.printf(
                    "Waiting until %s for 'onlink confirm', given over a connection made from now on (log in anew) or on the console; without it the host goes back.%n",
                    HostWriter.until(waiting));
            out.flush();
            new Settlement(directory, kernel, step -> {}).awaitEnd(InstantSource.system());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean stays = directory
                        .readApplied()
                        .equals(Optional.ofNullable(waiting.outcome().applied()))
                && directory.readFound().equals(waiting.outcome().found());
        out.println(stays ? "Confirmed: it stays." : "Not confirmed: the host is as it was before.");
        out.flush();
        return stays ? 0 : VerificationException.EXIT_CODE;
    }

    private void sayWhatIsPending(StateDirectory directory) {
        PrintWriter out = spec.commandLine().getOut();
        directory
                .readJournal()
                .filter(journal -> journal.isWaiting(Moment.now()))
                .ifPresent(waiting -> out.println(HostWriter.pending(waiting)));
        out.flush();
    }
}
