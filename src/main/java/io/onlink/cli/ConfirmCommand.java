package io.onlink.cli;

import io.onlink.apply.Journal;
import io.onlink.apply.Moment;
import io.onlink.apply.StateDirectory;
import io.onlink.apply.Uptime;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.VerificationException;
import io.onlink.model.Address;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code onlink confirm}: yes to a change that waits. */
@Command(
        name = "confirm",
        description = {
            "Makes the change stay that 'onlink apply --confirm' left waiting.",
            "Counts only when given on the console, or over an ssh connection made after the change: an old one may live on"
                    + " where no new one comes through."
        },
        footer = {
            "",
            "Exit code: 0 the change stays, 3 none waits, or this connection does not count,",
            "6 too late: it was taken back."
        })
final class ConfirmCommand implements Callable<Integer> {
    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        StateDirectory directory = state.directory();
        try (HostWriter writer = HostWriter.open(directory, spec.commandLine().getOut())) {
            Journal waiting = directory
                    .readJournal()
                    .filter(journal -> journal.phase() == Journal.Phase.WAITING)
                    .orElseThrow(() -> new ConfigurationException("no change waits for confirmation"));
            if (!waiting.isWaiting(Moment.now())) {
                writer.settleWhatIsOpen();
                throw new VerificationException("the time for an answer was over at %s: the change does not stay"
                        .formatted(HostWriter.until(waiting)));
            }
            // A journal of an older Onlink does not say when the change was made; then no connection is newer.
            Duration made = Objects.requireNonNullElseGet(waiting.made(), Uptime::now);
            List<IpAddress> own = writer.kernel().observe().addresses().stream()
                    .map(Address::ip)
                    .toList();
            Session.current(System.getenv()).objectionTo(made, own).ifPresent(objection -> {
                throw new ConfigurationException(objection);
            });
            var _ = writer.settlement().commit(waiting);
            spec.commandLine().getOut().println("Confirmed: the change stays.");
            return 0;
        }
    }
}
