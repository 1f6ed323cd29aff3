package io.onlink.cli;

import io.onlink.apply.GuardProcess;
import io.onlink.apply.HostChange;
import io.onlink.apply.HostLock;
import io.onlink.apply.Journal;
import io.onlink.apply.Moment;
import io.onlink.apply.Settlement;
import io.onlink.apply.StateDirectory;
import io.onlink.apply.Transaction;
import io.onlink.coexistence.OtherPrograms;
import io.onlink.failure.ConfigurationException;
import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.step.Step;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.Help.Ansi;

/**
 * What the commands that change the host have in common: they keep others away, show a change, ask, make it and say so. For one
 * thread.
 */
final class HostWriter implements AutoCloseable {
    /** For a repair of the agent's, or another command to end. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY_AND_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private final StateDirectory directory;
    private final Kernel kernel;
    private final PrintWriter out;
    private final PlanPrinter printer;
    private final Runnable end;

    /** @param end lets go of what is held */
    HostWriter(StateDirectory directory, Kernel kernel, PrintWriter out, Runnable end) {
        this.end = end;
        this.directory = directory;
        this.kernel = kernel;
        this.out = out;
        this.printer = new PlanPrinter(out, Ansi.AUTO);
    }

    /**
     * At work on the network of the calling thread, and alone at it until closed: waits for others to end, and says so.
     *
     * @throws ConfigurationException if somebody else is at work for too long
     */
    static HostWriter open(StateDirectory directory, PrintWriter out) {
        return open(directory, out, HostLock.await(directory, PATIENCE, line -> say(out, line)));
    }

    /** As {@link #open}, to take a change back: also where the directory cannot be written any more. */
    static HostWriter openToGoBack(StateDirectory directory, PrintWriter out) {
        return open(directory, out, HostLock.awaitToGoBack(directory, PATIENCE, line -> say(out, line)));
    }

    private static HostWriter open(StateDirectory directory, PrintWriter out, HostLock lock) {
        try {
            LinuxKernel kernel = LinuxKernel.open();
            return new HostWriter(directory, kernel, out, () -> {
                kernel.close();
                lock.close();
            });
        } catch (RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    Kernel kernel() {
        return kernel;
    }

    @Override
    public void close() {
        end.run();
    }

    /**
     * Ends a change that somebody began and did not live to end, before anything else is done; one that nobody confirmed in
     * time too.
     *
     * @throws ConfigurationException if one still waits for confirmation: that is for a person to decide
     */
    void settleWhatIsOpen() {
        Optional<Journal> journal = directory.readJournal();
        if (journal.isPresent() && journal.get().isWaiting(Moment.now())) {
            throw new ConfigurationException(
                    "a change waits for confirmation until %s: answer it by 'onlink confirm' or 'onlink rollback' first"
                            .formatted(until(journal.get())));
        }
        settlement().settle().ifPresent(ending -> {
            out.println("A change that was begun and not finished: " + describe(ending) + ".");
            out.flush();
        });
    }

    /**
     * Shows what will be done, or why nothing is; where nobody is asked, each step is shown when it is done, and not before.
     */
    void show(HostChange change, String otherwise, boolean withoutAsking) {
        show(change, List.of(), otherwise, withoutAsking);
    }

    /** The same, with what the file changes for containers alone. */
    void show(HostChange change, List<ContainersInPlan.Change> containers, String otherwise, boolean withoutAsking) {
        if (withoutAsking && !change.isEmpty()) {
            printer.printBroken(change);
            printer.printLeftOut(change);
            printer.printContainers(containers);
        } else {
            printer.print(change, containers, otherwise);
        }
    }

    /** Says what an administrator has to know, whether or not there is something to do on the host. */
    void showNotes(List<String> notes) {
        printer.printNotes(notes);
    }

    /** Says who else has a hand in the links, where there is something to do. */
    void showNotes(HostChange change, List<String> notes) {
        printer.printNotes(change, notes);
    }

    /**
     * Asks the person at the terminal.
     *
     * @throws ConfigurationException if there is nobody to ask
     */
    boolean isConsentedTo(String question) {
        Console console = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .orElseThrow(() -> new ConfigurationException(
                        "nobody is at a terminal to say yes to this plan, and nothing was changed: give --yes"));
        String answer = console.readLine("%s [y/N] ", question);
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    /**
     * Makes the change. A signal that would end the process (Ctrl-C, a lost ssh connection) has it taken back, as long as it is not
     * read back and verified; the process ends after that.
     *
     * @param verification looks at the changed host from outside
     * @param confirmation how long the change waits for 'onlink confirm'
     * @return the journal of a change that waits
     */
    Optional<Journal> make(
            HostChange change, Journal.Outcome outcome, Runnable verification, Optional<Duration> confirmation) {
        Transaction transaction = new Transaction(
                directory, kernel, new GuardProcess(directory.path()), this::say, InstantSource.system(), others());
        return EndingSignal.outlivedBy(
                () -> {
                    Optional<Journal> waiting = transaction.run(change, outcome, verification, confirmation);
                    say("%d steps done and read back."
                            .formatted(change.plan().steps().size()));
                    return waiting;
                },
                () -> {
                    if (transaction.stop()) {
                        say("Stopping: what was done so far is taken back …");
                    }
                },
                waiting -> waiting.map(HostWriter::pending)
                        .orElse("All was done and verified when the signal came: the change stays."),
                out);
    }

    /** What there is to know for one who does not wait for the answer. */
    static String pending(Journal waiting) {
        return "The change is made, and still waits until %s: 'onlink confirm' makes it stay, 'onlink rollback' takes it back at once; without either the host goes back then."
                .formatted(until(waiting));
    }

    /** The time on this host's clock until which a change waits, with the day where it is not today's. */
    static String until(Journal waiting) {
        ZonedDateTime deadline = Objects.requireNonNull(waiting.deadline()).atZone(ZoneId.systemDefault());
        boolean isToday = deadline.toLocalDate().equals(LocalDate.now(ZoneId.systemDefault()));
        return (isToday ? TIME : DAY_AND_TIME).format(deadline);
    }

    Settlement settlement() {
        return new Settlement(directory, kernel, this::say, others());
    }

    /** They say what they are told as it is told. */
    private OtherPrograms others() {
        return OtherPrograms.ofThisHost(command -> say(printer.told(command)));
    }

    private void say(Step step) {
        say(printer.line(step));
    }

    private void say(String line) {
        say(out, line);
    }

    private static void say(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }

    /** As a line of its own. */
    static String sentence(Settlement.Ending ending) {
        return switch (ending) {
            case STAYED -> "The change was committed already, and stays.";
            case TAKEN_BACK -> "The change was taken back: the host is as it was before.";
            case REBOOTED -> "The host was restarted since the change, and came up as it was before.";
        };
    }

    static String describe(Settlement.Ending ending) {
        return switch (ending) {
            case STAYED -> "it stays";
            case TAKEN_BACK -> "it was taken back, the host is as it was before";
            case REBOOTED -> "the host was restarted since, and came up as it was before";
        };
    }
}
