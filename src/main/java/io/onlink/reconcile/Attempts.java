package io.onlink.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How often each part was put right lately. The first time at once, then 1, 2, 4, 8 s after the last; somebody who takes it
 * away again and again wins after {@link #LIMIT} times, before the two of them fill the log and flap the network for ever; but
 * for the host's firewall, which is put back every 8 s: to give up on it would let everybody in. All times are a {@link
 * SteadyClock}'s.
 */
final class Attempts {
    static final int LIMIT = 5;
    static final Duration WITHIN = Duration.ofMinutes(10);

    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

    private final Map<Subject, Deque<Instant>> made = new HashMap<>();
    private final Set<Subject> givenUp = new HashSet<>();

    /** Whether it was put right so often that it is left alone from now on. */
    boolean isGivenUp(Subject subject, Instant now) {
        if (lately(subject, now) >= LIMIT && subject.mayBeGivenUp()) {
            givenUp.add(subject);
        }
        return givenUp.contains(subject);
    }

    /** When it may be put right next; {@code now} or before if it may be at once. */
    Instant next(Subject subject, Instant now) {
        Deque<Instant> times = lastOf(subject, now);
        return times.isEmpty()
                ? now
                : times.getLast().plus(FIRST_WAIT.multipliedBy(1L << Math.min(times.size() - 1, LIMIT - 2)));
    }

    /** How often it was tried in the last {@link #WITHIN}. */
    int lately(Subject subject, Instant now) {
        return lastOf(subject, now).size();
    }

    private Deque<Instant> lastOf(Subject subject, Instant now) {
        Deque<Instant> times = made.getOrDefault(subject, new ArrayDeque<>());
        while (!times.isEmpty() && times.getFirst().plus(WITHIN).isBefore(now)) {
            times.removeFirst();
        }
        return times;
    }

    void made(Subject subject, Instant now) {
        made.computeIfAbsent(subject, _ -> new ArrayDeque<>()).addLast(now);
    }

    /** Begins anew: it became right by itself. */
    void forget(Subject subject) {
        made.remove(subject);
        givenUp.remove(subject);
    }

    void forgetAll() {
        made.clear();
        givenUp.clear();
    }
}
