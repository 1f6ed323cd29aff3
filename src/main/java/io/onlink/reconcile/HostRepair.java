package io.onlink.reconcile;

import io.onlink.apply.HostChange;
import io.onlink.apply.HostLock;
import io.onlink.apply.Journal;
import io.onlink.apply.StateDirectory;
import io.onlink.apply.Transaction;
import io.onlink.coexistence.Instructions;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.reconcile.Docket.Sighting;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's own part: what the file last applied says beside what the kernel shows. Looks without the lock, so that it
 * keeps no command waiting, and looks again under it before it changes anything. For one thread.
 */
final class HostRepair {
    private static final Logger log = LoggerFactory.getLogger(HostRepair.class);

    private final StateDirectory directory;
    private final Kernel kernel;
    private final Docket docket;
    private final Culprits culprits;
    private final InstantSource clock;

    /** The text of the file last applied, and what it says; it is read far more often than it changes. */
    private @Nullable String text;

    private HostFile file = HostFile.empty();
    private Applied applied = Applied.NONE;

    private volatile Extent extent = Extent.NONE;

    HostRepair(StateDirectory directory, Kernel kernel, Docket docket, Culprits culprits, InstantSource clock) {
        this.directory = directory;
        this.kernel = new KindsAskedOnce(kernel);
        this.docket = docket;
        this.culprits = culprits;
        this.clock = clock;
    }

    /** How a look ended. */
    enum Ending {
        DONE,
        /** Somebody changes the host, or a change waits for confirmation: to be looked at again soon. */
        NOT_OUR_TURN
    }

    /**
     * What of the host is Onlink's, by the last look.
     *
     * @param links whose changes matter
     * @param uplinks and the segment of each
     * @param sysctls which nobody tells of when they change
     */
    record Extent(Set<String> links, Map<String, String> uplinks, Set<String> sysctls) {
        static final Extent NONE = new Extent(Set.of(), Map.of(), Set.of());
    }

    /** For any thread. */
    Extent extent() {
        return extent;
    }

    /** Whether somebody else has applied a file since the last time. */
    boolean isNewlyApplied() {
        Applied now = Applied.of(directory.appliedFile());
        if (now.equals(applied) || directory.readJournal().isPresent()) {
            return false;
        }
        applied = now;
        return true;
    }

    /** Looks, and puts right what is due. */
    Ending look() {
        if (directory.readJournal().isPresent()) {
            return Ending.NOT_OUR_TURN;
        }
        Set<Subject> due = due();
        if (due.isEmpty()) {
            return Ending.DONE;
        }
        Optional<HostLock> free = HostLock.tryTake(directory);
        if (free.isEmpty()) {
            return Ending.NOT_OUR_TURN;
        }
        try (HostLock _ = free.get()) {
            if (directory.readJournal().isPresent()) {
                return Ending.NOT_OUR_TURN;
            }
            repair(due);
            return Ending.DONE;
        }
    }

    private static boolean isOurs(Subject subject) {
        return !(subject instanceof Subject.OfPort);
    }

    private Set<Subject> due() {
        Optional<Comparison> now;
        try {
            now = compare();
        } catch (ConfigurationException unreadable) {
            return docket.take(
                    Map.of(new Subject.Host(), unfit(String.valueOf(unreadable.getMessage()))), HostRepair::isOurs);
        }
        Set<Subject> due = docket.take(now.map(this::sightings).orElse(Map.of()), HostRepair::isOurs);
        if (due.isEmpty() || now.isEmpty()) {
            return Set.of();
        }
        Set<Subject> possible = Difference.between(
                        now.get().change().observed(), now.get().own().right(due))
                .keySet();
        due.stream()
                .filter(subject -> !possible.contains(subject))
                .forEach(subject -> docket.leave(subject, "it needs another part that is not there"));
        due.retainAll(possible);
        return due;
    }

    private static Sighting unfit(String why) {
        return new Sighting(
                "the file last applied does not fit this host: " + why,
                Optional.empty(),
                "what it says of that is left as it is until it fits again");
    }

    private Map<Subject, Sighting> sightings(Comparison now) {
        Map<Subject, Sighting> seen = new LinkedHashMap<>();
        List<String> misfits = now.change().misfits();
        if (!misfits.isEmpty()) {
            seen.put(new Subject.Host(), unfit(String.join("; ", misfits)));
        }
        now.differences()
                .forEach((subject, difference) ->
                        seen.put(subject, new Sighting(difference.describe(), culprits.of(difference.steps()), null)));
        return seen;
    }

    /** What is desired and observed, and how they differ in what is Onlink's. */
    private record Comparison(HostChange change, Own own, Map<Subject, Difference> differences) {}

    /** Empty while no file is applied. */
    private Optional<Comparison> compare() {
        Optional<String> applied = directory.readApplied();
        if (applied.isEmpty()) {
            text = null;
            file = HostFile.empty();
            extent = Extent.NONE;
            return Optional.empty();
        }
        if (!applied.get().equals(text)) {
            file = HostFile.parse(directory.appliedFile().toString(), applied.get());
            text = applied.get();
        }
        Found found = directory.readFound();
        extent = extent(found, Set.of());
        HostChange change = HostChange.asFarAsItFits(file, kernel, found);
        extent = extent(change.found(), change.observed().sysctls().keySet());
        Own own = new Own(change.observed(), change.desired());
        NetworkState right = own.right(own.subjects(change.found().links()));
        return Optional.of(new Comparison(change, own, Difference.between(change.observed(), right)));
    }

    private Extent extent(Found found, Set<String> sysctls) {
        Set<String> links = new TreeSet<>(found.links());
        links.addAll(file.nics());
        Map<String, String> uplinks = new TreeMap<>();
        file.segments().values().forEach(segment -> uplinks.put(segment.uplink(), segment.name()));
        return new Extent(
                links,
                uplinks,
                sysctls.stream()
                        .filter(name -> !isOfALink(name)
                                || links.stream().anyMatch(link -> NetworkState.isSysctlOf(link, name)))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static boolean isOfALink(String sysctl) {
        return sysctl.matches("net/ipv[46]/conf/.*") && !sysctl.matches("net/ipv[46]/conf/(all|default)/.*");
    }

    /** All at once, as they hang together; if that is refused, each by itself, so that one does not keep the others. */
    private void repair(Set<Subject> due) {
        Optional<String> refused = tryToRepair(due);
        if (refused.isEmpty()) {
            return;
        }
        if (due.size() == 1) {
            due.forEach(subject -> docket.failed(subject, refused.get()));
            return;
        }
        for (Subject subject : due) {
            tryToRepair(Set.of(subject)).ifPresent(reason -> docket.failed(subject, reason));
        }
    }

    /** @return why not; empty if it was, or nothing is to be done any more */
    private Optional<String> tryToRepair(Set<Subject> subjects) {
        try {
            Optional<Comparison> now = compare();
            if (now.isEmpty()) {
                return Optional.empty();
            }
            HostChange all = now.get().change();
            NetworkState right = now.get().own().right(subjects);
            Plan plan = Plan.between(all.observed(), right);
            if (plan.isEmpty()) {
                return Optional.empty();
            }
            HostChange repair = new HostChange(
                    all.observed(), right, plan, all.found(), all.leftOut(), all.misfits(), Instructions.none());
            perform(repair);
            docket.repaired(subjects, String.join("; ", plan.toString().lines().toList()));
            return Optional.empty();
        } catch (OnlinkException failed) {
            return Optional.of(String.valueOf(failed.getMessage()).replaceAll(":?\\s*\n\\s*", "; "));
        }
    }

    /** Nobody watches over it from outside: if the agent dies, the next one settles the journal at its start. */
    private void perform(HostChange repair) {
        Transaction transaction = new Transaction(
                directory,
                kernel,
                () -> () -> {},
                step -> log.debug("drift: putting right: {}", step.command()),
                clock);
        Journal.Outcome outcome =
                new Journal.Outcome(repair.found(), directory.readApplied().orElse(null), directory.readStanding());
        var _ = transaction.run(repair, outcome, () -> {}, Optional.empty());
        // It writes the file anew, and that was us.
        applied = Applied.of(directory.appliedFile());
    }
}
