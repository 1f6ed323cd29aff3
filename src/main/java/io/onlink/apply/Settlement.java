package io.onlink.apply;

import io.onlink.coexistence.OtherPrograms;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.failure.VerificationException;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Ends a change that somebody began: the one who made it, the timer that watched over him, the next command, the agent's
 * start or the boot. All of them do the same with what the journal says, so it does not matter who comes first, nor who
 * died on the way. For one thread.
 */
public final class Settlement {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private static final int ROUNDS = 3;

    private final StateDirectory directory;
    private final Kernel kernel;
    private final Consumer<Step> progress;
    private final OtherPrograms others;
    private final Supplier<Duration> uptime;
    private final Retries retries = new Retries();

    /** Of the change {@link #doneOf}, what of the way back need not be done again where the journal could not be deleted after it. */
    private final Set<Part> done = EnumSet.noneOf(Part.class);

    private String doneOf = "";

    /** @param progress told of each step before it is performed; it must not throw */
    public Settlement(StateDirectory directory, Kernel kernel, Consumer<Step> progress) {
        this(directory, kernel, progress, OtherPrograms.ofThisHost(command -> {}));
    }

    /**
     * @param progress told of each step before it is performed; it must not throw
     * @param others those that the change told something
     */
    public Settlement(StateDirectory directory, Kernel kernel, Consumer<Step> progress, OtherPrograms others) {
        this(directory, kernel, progress, others, Uptime::now);
    }

    /** @param uptime the kernel's */
    Settlement(
            StateDirectory directory,
            Kernel kernel,
            Consumer<Step> progress,
            OtherPrograms others,
            Supplier<Duration> uptime) {
        this.uptime = uptime;
        this.others = others;
        this.directory = directory;
        this.kernel = kernel;
        this.progress = progress;
    }

    /** How a change ended. */
    public enum Ending {
        /** It stays. */
        STAYED,
        /** The host is as it was before. */
        TAKEN_BACK,
        /** The kernel that was changed, or its namespace, is no more: the host came up as it was before. */
        REBOOTED
    }

    /** Of the way back, in this order: it is Transaction's, and as there keeps other programs from acting between two steps. */
    private enum Part {
        RELEASED,
        RESTORED,
        GIVEN_BACK,
        BOUND
    }

    /**
     * Ends the change that the journal tells of, if there is one: one that was committed stays, every other is taken back.
     * Idempotent. Only for the holder of the {@link StateDirectory}'s lock.
     *
     * @throws VerificationException if the kernel does not let it be taken back, or it did and another program cannot be told;
     *     the journal stays for another try
     * @throws ConfigurationException if it cannot be written down that the change has ended, and the next try has to; or if it
     *     is one of another network namespace, and nothing is done
     */
    public Optional<Ending> settle() {
        Optional<Journal> journal = directory.readJournal();
        if (journal.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                switch (journal.get().phase()) {
                    case COMMITTED -> complete(journal.get());
                    case OPEN, WAITING -> takeBack(journal.get());
                });
    }

    /**
     * Settles the change that the journal tells of once it is due and nobody is at it: not while its writer lives, who holds
     * the lock, nor while there is time to confirm it. Takes the lock itself.
     *
     * <p>After a failure it looks only, for up to ten seconds: the next try may do no better.
     *
     * @param clock the time of day; it decides only where the journal does not have the kernel's uptime
     * @return whether no change is open any more
     * @throws io.onlink.failure.OnlinkException as {@link #settle}, but for a disk that cannot be written: that is logged
     */
    public boolean settleIfDue(InstantSource clock) {
        Optional<Journal> seen = directory.readJournal();
        if (seen.isEmpty()) {
            retries.beginAnew();
            return true;
        }
        if (seen.get().isWaiting(Moment.ofThisBoot(uptime.get(), clock.instant())) || !retries.areDue()) {
            return false;
        }
        try {
            return settleUnderLock(seen);
        } catch (ConfigurationException unwritable) {
            // A disk that cannot be written now may be again later.
            retries.failed();
            retries.log(unwritable);
            return false;
        } catch (RuntimeException failed) {
            retries.failed();
            throw failed;
        }
    }

    private boolean settleUnderLock(Optional<Journal> seen) {
        Optional<HostLock> free = HostLock.tryTakeToGoBack(directory);
        if (free.isEmpty()) {
            return false;
        }
        try (HostLock _ = free.get()) {
            // Confirmed, or taken back, between the look and the lock?
            if (directory.readJournal().equals(seen)) {
                settle();
            }
            return directory.readJournal().isEmpty();
        }
    }

    /**
     * Waits until no change is open: until the one who makes it has ended it, or somebody has confirmed it; when its writer
     * is dead, or its time is over, it is settled here, and tried again for as long as that fails. Takes the lock only for that.
     *
     * @param clock as for {@link #settleIfDue}
     */
    public void awaitEnd(InstantSource clock) throws InterruptedException {
        while (!isSettled(clock)) {
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    /** A failure ends nobody's watch: who else would take the change back? */
    private boolean isSettled(InstantSource clock) {
        try {
            return settleIfDue(clock);
        } catch (RuntimeException failed) {
            retries.log(failed);
            return false;
        }
    }

    /** Makes a change stay: from the first line on it does, whatever dies. Only for the holder of the lock. */
    public Ending commit(Journal journal) {
        Journal committed = journal.committed();
        directory.writeJournal(committed);
        return complete(committed);
    }

    private Ending complete(Journal journal) {
        String applied = journal.outcome().applied();
        if (applied == null) {
            directory.clear();
        } else {
            directory.writeFound(journal.outcome().found());
            directory.writeStanding(journal.outcome().standing());
            directory.writeApplied(applied);
        }
        directory.deleteJournal();
        return Ending.STAYED;
    }

    private Ending takeBack(Journal journal) {
        boolean changed = isInThisNetwork(journal);
        if (changed) {
            restore(journal);
        } else {
            others.undo(journal.forOthers().release());
        }
        try {
            if (journal.foundBefore().equals(Found.untouched())) {
                directory.clear();
            } else if (!isFoundAsBefore(journal)) {
                directory.writeFound(journal.foundBefore());
            }
            directory.deleteJournal();
        } catch (ConfigurationException unwritable) {
            throw new ConfigurationException(
                    "the host is as it was before, but that cannot be written down in %s (%s): mend that, and whoever watches, or 'onlink rollback', ends the change"
                            .formatted(directory.path(), StateDirectory.reason(unwritable)),
                    unwritable);
        }
        return changed ? Ending.TAKEN_BACK : Ending.REBOOTED;
    }

    /** Then nothing has to be written, which a full disk would refuse. */
    private boolean isFoundAsBefore(Journal journal) {
        try {
            return directory.readFound().equals(journal.foundBefore());
        } catch (ConfigurationException damaged) {
            return false;
        }
    }

    /** @throws ConfigurationException if it is a network that is still there, but not here */
    private static boolean isInThisNetwork(Journal journal) {
        ChangedNetwork here = ChangedNetwork.ofThisThread();
        ChangedNetwork changed = journal.network();
        if (changed.is(here)) {
            return true;
        }
        if (changed.boot().equals(here.boot()) && changed.isStillThere()) {
            throw new ConfigurationException(
                    "the change that is open was begun in another network namespace (%s) than this one (%s), and nothing was changed: run this where it was begun ('lsns --type net' lists who is there), or name another directory by --state-dir"
                            .formatted(changed.namespace(), here.namespace()));
        }
        return false;
    }

    private void restore(Journal journal) {
        if (!journal.id().equals(doneOf)) {
            done.clear();
            doneOf = journal.id();
        }
        List<String> untold = new ArrayList<>();
        tell(Part.RELEASED, () -> others.release(journal.forOthers().giveBack()), untold);
        try {
            if (!done.contains(Part.RESTORED)) {
                goBack(journal.back().after(journal.elapsed(uptime.get())));
            }
        } catch (OnlinkException failed) {
            if (untold.isEmpty()) {
                throw failed;
            }
            untold.addFirst(failed.getMessage());
            throw new VerificationException(String.join("\n", untold), failed);
        }
        if (untold.isEmpty()) {
            // One who was not told may have acted since, or acts yet.
            done.add(Part.RESTORED);
        }
        tell(Part.GIVEN_BACK, () -> others.giveBack(journal.forOthers().release()), untold);
        tell(Part.BOUND, () -> others.bind(journal.forOthers().giveBack()), untold);
        if (!untold.isEmpty()) {
            throw new VerificationException(
                    "the addresses and routes of the host are as they were before, but other programs are not told all of it:\n%s'onlink rollback' tries again"
                            .formatted(String.join("\n", untold).indent(2)));
        }
    }

    /** Once: to be told means to be restarted. One who cannot be told must not keep a host cut off. */
    private void tell(Part part, Runnable telling, List<String> untold) {
        if (done.contains(part)) {
            return;
        }
        try {
            telling.run();
            done.add(part);
        } catch (RuntimeException failed) {
            untold.add(String.valueOf(failed.getMessage()));
        }
    }

    /**
     * By a plan from what the kernel shows now: it does not matter how far the change came. Links that others made since
     * are theirs and stay.
     */
    private void goBack(Found back) {
        List<String> failures = new ArrayList<>();
        Plan left = planBack(back);
        // What the kernel takes away by itself while a link goes back is missing only afterwards.
        for (int round = 0; round < ROUNDS && !left.isEmpty(); round++) {
            failures.clear();
            for (Step step : left.steps()) {
                progress.accept(step);
                try {
                    kernel.perform(step);
                } catch (KernelException e) {
                    failures.add(e.getMessage());
                }
            }
            left = planBack(back);
        }
        if (!left.isEmpty()) {
            throw new VerificationException(
                    "going back did NOT succeed wholly:\n%sThese lines would complete it:\n%s'onlink rollback' tries again"
                            .formatted(
                                    String.join("\n", failures).indent(2),
                                    left.toString().indent(2)));
        }
    }

    private Plan planBack(Found back) {
        NetworkState now = kernel.observe();
        return Plan.between(now, back.restoredIn(now), kernel.features());
    }

    /** Whether a journal tells of the kernel that runs now; if not, there is nothing of its change left in it. */
    public static boolean isOfThisKernel(Journal journal) {
        return journal.network().is(ChangedNetwork.ofThisThread());
    }
}
