package io.onlink.apply;

import io.onlink.coexistence.OtherPrograms;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.EngineException;
import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.failure.UnsupportedException;
import io.onlink.failure.VerificationException;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Makes a change wholly or not at all. A timer watches, and a journal that can lead back is on disk, before the first
 * step; when a step fails, or what is read back or probed afterwards is not what was declared, the host goes back to what
 * was observed before. Whatever dies on the way, the {@link Settlement} of the journal ends the change.
 *
 * <p>One thread, one run: the caller holds the {@link StateDirectory}'s lock. Only {@link #stop} is for other threads.
 */
public final class Transaction {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private final StateDirectory directory;
    private final Kernel kernel;
    private final DeadManTimer timer;
    private final Consumer<Step> progress;
    private final InstantSource clock;
    private final OtherPrograms others;
    private final Supplier<Duration> uptime;
    private final AtomicReference<Course> course = new AtomicReference<>(Course.GOES_ON);

    /** What becomes of the run. It is decided once, by who comes first. */
    private enum Course {
        GOES_ON,
        /** All was read back and verified: nobody takes it back by {@link #stop} any more. */
        PROVEN,
        /** Before the next step it is taken back. */
        STOPPED
    }

    /**
     * @param kernel the namespace to change
     * @param progress told of each step before it is performed; it must not throw
     */
    public Transaction(
            StateDirectory directory, Kernel kernel, DeadManTimer timer, Consumer<Step> progress, InstantSource clock) {
        this(directory, kernel, timer, progress, clock, OtherPrograms.ofThisHost(command -> {}));
    }

    /**
     * @param kernel the namespace to change
     * @param progress told of each step before it is performed; it must not throw
     * @param others those that are told with it
     */
    public Transaction(
            StateDirectory directory,
            Kernel kernel,
            DeadManTimer timer,
            Consumer<Step> progress,
            InstantSource clock,
            OtherPrograms others) {
        this(directory, kernel, timer, progress, clock, others, Uptime::now);
    }

    /** @param uptime the kernel's */
    Transaction(
            StateDirectory directory,
            Kernel kernel,
            DeadManTimer timer,
            Consumer<Step> progress,
            InstantSource clock,
            OtherPrograms others,
            Supplier<Duration> uptime) {
        this.uptime = uptime;
        this.directory = directory;
        this.kernel = kernel;
        this.timer = timer;
        this.progress = progress;
        this.clock = clock;
        this.others = others;
    }

    /**
     * Makes the change, reads back, has it verified, and makes it stay; or leaves it waiting for confirmation.
     *
     * @param outcome what is remembered once it stays
     * @param verification looks at the changed host from outside; throws {@link VerificationException} if it is not well
     * @param confirmation how long to wait for 'onlink confirm'; empty to stay at once
     * @return the journal of a change that waits; empty for one that stays
     * @throws KernelException if a step was refused; all is taken back
     * @throws VerificationException if the host is not as declared afterwards, or the run was stopped; all is taken back
     * @throws UnsupportedException if it could not be taken back; nothing is changed
     * @throws ConfigurationException if it cannot be remembered; all is taken back. Or if it was stopped before the first step
     */
    public Optional<Journal> run(
            HostChange change, Journal.Outcome outcome, Runnable verification, Optional<Duration> confirmation) {
        change.requireWayBack();
        Journal journal = new Journal(
                UUID.randomUUID().toString(),
                ChangedNetwork.ofThisThread().toString(),
                clock.instant(),
                change.wayBack(),
                directory.readFound(),
                outcome,
                Journal.Phase.OPEN,
                change.forOthers(),
                null,
                null,
                uptime.get(),
                null);
        Settlement settlement = new Settlement(directory, kernel, progress, others, uptime);
        // Before the journal: whoever dies after it is written has left somebody behind who reads it.
        try (DeadManTimer.Watch watch = timer.watch()) {
            if (course.get() == Course.STOPPED) {
                throw new ConfigurationException("stopped by a signal before the first step; nothing was changed");
            }
            begin(journal);
            try {
                // Before the first step and after the last: a program that sees its NIC become a bridge's port, or the
                // bridge go, may act between two steps.
                others.release(change.forOthers().release());
                goOn(watch);
                perform(change, watch);
                goOn(watch);
                others.giveBack(change.forOthers().giveBack());
                goOn(watch);
                verification.run();
                goOn(watch);
                // Last, as it takes long: a host that was cut off goes back without a wait for them.
                others.bind(change.forOthers().release(), watch::goesOn);
                if (!course.compareAndSet(Course.GOES_ON, Course.PROVEN)) {
                    throw stopped();
                }
            } catch (OnlinkException failure) {
                throw after(failure, settlement);
            }
            try {
                return stay(journal, settlement, confirmation);
            } catch (ConfigurationException unwritable) {
                throw after(unwritable, settlement);
            }
        }
    }

    /**
     * Has the run taken back, before its next step; from any thread, before it or during it. Twice does no harm.
     *
     * @return false if it comes too late: all was read back and verified, and the change stays or waits for confirmation
     */
    public boolean stop() {
        return course.compareAndSet(Course.GOES_ON, Course.STOPPED) || course.get() == Course.STOPPED;
    }

    private void begin(Journal journal) {
        try {
            directory.writeJournal(journal);
        } catch (ConfigurationException unwritable) {
            throw StateDirectory.nothingChanged(unwritable);
        }
    }

    private void goOn(DeadManTimer.Watch watch) {
        if (course.get() == Course.STOPPED) {
            throw stopped();
        }
        watch.goesOn();
    }

    private static VerificationException stopped() {
        return new VerificationException("stopped by a signal before all was made and verified");
    }

    private Optional<Journal> stay(Journal journal, Settlement settlement, Optional<Duration> confirmation) {
        if (confirmation.isEmpty()) {
            settlement.commit(journal);
            return Optional.empty();
        }
        Journal waiting = journal.waiting(confirmation.get(), Moment.ofThisBoot(uptime.get(), clock.instant()));
        directory.writeJournal(waiting);
        return Optional.of(waiting);
    }

    private void perform(HostChange change, DeadManTimer.Watch watch) {
        perform(change, change.plan().steps(), watch);
        Plan left = stillToDo(change, watch);
        if (!left.isEmpty()) {
            // The kernel has taken, or left, what it does not say beforehand, as connected routes of several metrics.
            perform(change, left.steps(), watch);
            left = stillToDo(change, watch);
        }
        if (!left.isEmpty()) {
            throw new VerificationException(
                    "every step was done, but the kernel shows something else; still to do would be:\n"
                            + left.toString().indent(2).stripTrailing());
        }
    }

    /** To read a router's table, and to plan with it, takes longer than any step. */
    private Plan stillToDo(HostChange change, DeadManTimer.Watch watch) {
        watch.goesOn();
        NetworkState now = kernel.observe();
        watch.goesOn();
        Plan left = Plan.between(now, change.desiredBeside(now));
        watch.goesOn();
        return left;
    }

    private void perform(HostChange change, List<Step> steps, DeadManTimer.Watch watch) {
        for (int i = 0; i < steps.size(); i++) {
            goOn(watch);
            progress.accept(steps.get(i));
            try {
                kernel.perform(steps.get(i));
            } catch (KernelException e) {
                // A queue may be full (ENOBUFS) when the announcement is sent: who has to hear of the change is asked
                // later.
                if (steps.get(i) instanceof Step.Announce || isForALinkThatWent(steps.get(i), change)) {
                    continue;
                }
                throw new KernelException(
                        "step %d of %d failed".formatted(i + 1, steps.size()),
                        e.errno(),
                        String.valueOf(e.getMessage()),
                        e);
            }
        }
    }

    /** A container that ended meanwhile needs no port any more. */
    private boolean isForALinkThatWent(Step step, HostChange change) {
        return portOf(step)
                .filter(link -> !change.found().links().contains(link))
                .filter(link -> kernel.link(link) == null)
                .isPresent();
    }

    private static Optional<String> portOf(Step step) {
        if (step instanceof Step.SetMaster(String link, var _, var _)) {
            return Optional.of(link);
        }
        if (step instanceof Step.SetUp(String link, var _)) {
            return Optional.of(link);
        }
        return Optional.empty();
    }

    /** The same failure, and how the way back went: the times let others' logs be laid beside it. */
    private OnlinkException after(OnlinkException failure, Settlement settlement) {
        Instant failed = clock.instant();
        String back;
        try {
            back = settlement.settle().equals(Optional.of(Settlement.Ending.STAYED))
                    ? "the change is made, and stays"
                    : "the host is as it was before, %d ms after the %s at %s"
                            .formatted(
                                    Duration.between(failed, clock.instant()).toMillis(),
                                    course.get() == Course.STOPPED ? "stop" : "failure",
                                    CLOCK.format(failed));
        } catch (OnlinkException e) {
            back = String.valueOf(e.getMessage());
        }
        String message = failure.getMessage() + "\n" + back;
        return switch (failure) {
            case KernelException refused -> new KernelException("changing the host", refused.errno(), message, refused);
            case ConfigurationException unwritable -> new ConfigurationException(message, unwritable);
            case VerificationException _, EngineException _, UnsupportedException _ ->
                new VerificationException(message, failure);
        };
    }
}
