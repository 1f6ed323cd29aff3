package io.onlink.reconcile;

import io.onlink.reconcile.Drift.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drifts there were and are, from when each is seen to its end, in the log and in the {@link DriftFile}; and when which
 * may be put right. For one thread.
 */
final class Docket {
    private static final Logger log = LoggerFactory.getLogger(Docket.class);

    private static final int KEPT = 50;

    private final DriftFile file;
    private final Attempts attempts = new Attempts();
    private final InstantSource clock;
    private final InstantSource steady;
    private final List<Drift> drifts = new ArrayList<>();

    /** Where in the list the open drift of a part is. */
    private final Map<Subject, Drift> open = new HashMap<>();

    /** When each of those may be put right, by the steady clock. */
    private final Map<Subject, Instant> due = new HashMap<>();

    /**
     * @param clock the time of day, for what people read
     * @param steady by which attempts are counted and waited for
     */
    Docket(DriftFile file, InstantSource clock, InstantSource steady) {
        this.file = file;
        this.clock = clock;
        this.steady = steady;
        drifts.addAll(file.read().stream().filter(drift -> !drift.isOpen()).toList());
    }

    /**
     * What is seen to be wrong.
     *
     * @param by who did it, where that is certain
     * @param unrepairable why it cannot be put right; null where it can
     */
    record Sighting(
            String what, Optional<String> by, @Nullable String unrepairable) {}

    /**
     * Takes in what is wrong now.
     *
     * @param seen all parts in the scope that are wrong
     * @return those of them that may be put right now
     */
    Set<Subject> take(Map<? extends Subject, Sighting> seen, Predicate<Subject> scope) {
        Map.copyOf(open).forEach((subject, drift) -> {
            if (scope.test(subject) && !seen.containsKey(subject)) {
                rightAgain(subject, drift);
            }
        });
        Instant now = steady.instant();
        Set<Subject> possible = new LinkedHashSet<>();
        seen.forEach((subject, sighting) -> {
            if (see(subject, sighting, now)) {
                possible.add(subject);
            }
        });
        return possible;
    }

    private boolean see(Subject subject, Sighting sighting, Instant now) {
        Drift known = open.get(subject);
        boolean isNew = known == null || !known.what().equals(sighting.what());
        if (known == null) {
            Instant today = clock.instant();
            known = new Drift(
                    today,
                    subject.describe(),
                    sighting.what(),
                    sighting.by().orElse(null),
                    Outcome.WAITING,
                    null,
                    attempts.lately(subject, now),
                    today,
                    null);
        } else if (isNew) {
            known = new Drift(
                    known.seen(),
                    known.part(),
                    sighting.what(),
                    sighting.by().orElse(known.by()),
                    known.outcome(),
                    null,
                    known.attempts(),
                    known.next(),
                    known.why());
        }
        if (isNew) {
            log.warn(
                    "drift: {}{}",
                    sighting.what(),
                    sighting.by().map(who -> ", by " + who).orElse(""));
        }
        String why = sighting.unrepairable();
        if (why != null) {
            put(subject, known.leftAlone(Outcome.LEFT, attempts.lately(subject, now), why));
            return false;
        }
        if (attempts.isGivenUp(subject, now)) {
            giveUp(subject, known, now);
            return false;
        }
        Instant next = attempts.next(subject, now);
        await(subject, known, now, known.why());
        if (next.isAfter(now) && isNew) {
            log.info(
                    "drift: {} is put right in {} ms, as it was {} times in the last {} minutes",
                    subject.describe(),
                    Duration.between(now, next).toMillis(),
                    attempts.lately(subject, now),
                    Attempts.WITHIN.toMinutes());
        }
        return !next.isAfter(now);
    }

    private void await(Subject subject, Drift drift, Instant now, @Nullable String why) {
        Instant next = attempts.next(subject, now);
        // What is read does not change with every look.
        Instant shown = next.equals(due.put(subject, next)) && drift.next() != null
                ? drift.next()
                : clock.instant().plus(Duration.between(now, next));
        put(subject, drift.waiting(attempts.lately(subject, now), shown, why));
    }

    private void giveUp(Subject subject, Drift known, Instant now) {
        if (known.outcome() == Outcome.GIVEN_UP) {
            return;
        }
        int lately = attempts.lately(subject, now);
        String why = "put right %d times in %d minutes, and it did not stay%s"
                .formatted(
                        lately,
                        Attempts.WITHIN.toMinutes(),
                        known.why() == null ? "" : " (the last time: %s)".formatted(known.why()));
        put(subject, known.leftAlone(Outcome.GIVEN_UP, lately, why));
        log.error(
                "drift: GIVEN UP on {}: {}. Still wrong: {}. Find out who does it ('ip -ts monitor all' shows when), stop it, then run 'onlink apply'",
                subject.describe(),
                why,
                known.what());
    }

    private void rightAgain(Subject subject, Drift drift) {
        put(subject, drift.over(Outcome.RIGHT_AGAIN, clock.instant(), drift.attempts()));
        attempts.forget(subject);
        log.info("drift: {} is right again, not by the agent", subject.describe());
    }

    /** They were put right together, by these commands. */
    void repaired(Collection<Subject> subjects, String commands) {
        Instant now = steady.instant();
        for (Subject subject : subjects) {
            attempts.made(subject, now);
            Drift drift = open.get(subject);
            if (drift != null) {
                put(subject, drift.over(Outcome.REPAIRED, clock.instant(), attempts.lately(subject, now)));
            }
        }
        log.info("drift: put right: {}", commands);
    }

    void failed(Subject subject, String reason) {
        Instant now = steady.instant();
        attempts.made(subject, now);
        Drift drift = open.get(subject);
        if (drift == null) {
            return;
        }
        await(subject, drift, now, reason);
        log.warn("drift: {} is not put right: {}", subject.describe(), reason);
    }

    /** It cannot be put right for now, and is looked at again with everything else. */
    void leave(Subject subject, String reason) {
        Drift drift = open.get(subject);
        if (drift != null) {
            put(subject, drift.leftAlone(Outcome.LEFT, drift.attempts(), reason));
        }
    }

    /** The parts that are wrong. */
    Set<Subject> open() {
        return Set.copyOf(open.keySet());
    }

    /** Somebody ran 'onlink apply': whatever was given up on is tried again. */
    void beginAnew() {
        attempts.forgetAll();
    }

    /** When the next of those that wait may be put right, by the steady clock. */
    Optional<Instant> next() {
        return due.entrySet().stream()
                .filter(one -> isWaiting(one.getKey()))
                .map(Map.Entry::getValue)
                .min(Instant::compareTo);
    }

    private boolean isWaiting(Subject subject) {
        Drift drift = open.get(subject);
        return drift != null && drift.outcome() == Outcome.WAITING;
    }

    private void put(Subject subject, Drift drift) {
        Drift before = drift.isOpen() ? open.put(subject, drift) : open.remove(subject);
        if (!drift.isOpen()) {
            due.remove(subject);
        }
        if (drift.equals(before)) {
            return;
        }
        if (before != null) {
            drifts.remove(before);
        }
        drifts.add(drift);
        while (drifts.size() > KEPT) {
            drifts.removeFirst();
        }
        file.write(drifts);
    }
}
