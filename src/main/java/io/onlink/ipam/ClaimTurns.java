package io.onlink.ipam;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which claims belong to one endpoint. The engine claims an IPv4 address, then an IPv6 address, then makes the endpoint,
 * all within some milliseconds, and says at none of the claims for whom: so on each segment one endpoint is claimed for at
 * a time. Where too many claim at once some go without a turn, and then get fresh addresses: see {@link #LONGEST_WAIT}. For
 * platform threads.
 */
public final class ClaimTurns {
    /**
     * From an answer of ours to the engine's next call for the same endpoint: milliseconds, a hundred times that on a machine that is busy with other
     * things. None comes where the engine died in between, where it refused the other address itself ({@code --ip6} of no subnet: 20.10 does not release
     * the first one then), and of an address that is no endpoint's ({@code --aux-address}).
     */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    /**
     * For the turns of others. A call has to be answered in time, and who has waited for so long waits behind so many that
     * nobody can say any more whose claim is whose.
     */
    public static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    /** How many times our patience the IPv6 claim of a container may be under way whose IPv4 claim had no turn, or lost it. */
    private static final int LATE = 3;

    private static final Logger log = LoggerFactory.getLogger(ClaimTurns.class);

    private final Duration patience;
    private final Duration longestWait;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Queue> queues = new HashMap<>();

    /**
     * @param patience how long a turn lasts, from the last answer on, that nobody ends
     * @param longestWait how long a claim waits for its turn; then it goes without
     */
    public ClaimTurns(Duration patience, Duration longestWait) {
        this.patience = patience;
        this.longestWait = longestWait;
    }

    /** What was claimed so far for the endpoint that is in the making. */
    static final class Turn {
        private final Map<Family, IpAddress> claimed = new EnumMap<>(Family.class);
        private @Nullable String container;

        /** How long writing a lease takes is our matter, and no sign of a dead engine. */
        private boolean isBeingAnswered = true;

        private long end;

        private boolean isOver() {
            return !isBeingAnswered && end - System.nanoTime() <= 0;
        }

        /** The container that it is for, where it is known. */
        Optional<String> container() {
            return Optional.ofNullable(container);
        }

        void isFor(String name) {
            container = name;
        }
    }

    /** Who waits, on one segment; nobody does while there is no turn. */
    private static final class Queue {
        private final String segment;
        private final Deque<Waiter> waiters = new ArrayDeque<>();
        private @Nullable Turn current;

        /** Until then an IPv6 claim may be of somebody who has no turn. */
        private long unclearUntil = System.nanoTime();

        private Queue(String segment) {
            this.segment = segment;
        }
    }

    private static final class Waiter {
        private final Condition changed;
        private @Nullable Turn turn;

        private Waiter(Condition changed) {
            this.changed = changed;
        }
    }

    /** The turn that a claim belongs to; waits for those of other endpoints, first come, first served. */
    Turn take(String segment, Family family) {
        lock.lock();
        try {
            Queue queue = queues.computeIfAbsent(segment, Queue::new);
            endIfOver(queue);
            if (family == Family.IPV6 && queue.unclearUntil - System.nanoTime() > 0) {
                return new Turn();
            }
            Turn current = queue.current;
            if (current == null) {
                Turn mine = new Turn();
                queue.current = mine;
                return mine;
            }
            // The engine claims IPv4 first: whoever wants a second family has the turn.
            if (!current.claimed.containsKey(family) && family == Family.IPV6) {
                current.isBeingAnswered = true;
                return current;
            }
            return await(queue, family);
        } finally {
            lock.unlock();
        }
    }

    private Turn await(Queue queue, Family family) {
        long giveUp = System.nanoTime() + longestWait.toNanos();
        Waiter me = new Waiter(lock.newCondition());
        queue.waiters.add(me);
        while (me.turn == null) {
            endIfOver(queue);
            if (me.turn != null) {
                break;
            }
            long now = System.nanoTime();
            Turn current = Objects.requireNonNull(queue.current);
            boolean watches = queue.waiters.peek() == me && !current.isBeingAnswered;
            long until = watches && current.end - giveUp < 0 ? current.end : giveUp;
            try {
                if (giveUp - now <= 0) {
                    return leave(queue, me, family);
                }
                var _ = me.changed.awaitNanos(until - now);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return leave(queue, me, family);
            }
        }
        return me.turn;
    }

    private Turn leave(Queue queue, Waiter waiter, Family family) {
        queue.waiters.remove(waiter);
        wakeFirst(queue);
        if (family == Family.IPV4) {
            becomesUnclear(
                    queue,
                    System.nanoTime(),
                    "a claim had to wait for those of others for %d ms".formatted(longestWait.toMillis()));
        }
        return new Turn();
    }

    private void endIfOver(Queue queue) {
        Turn current = queue.current;
        if (current == null || !current.isOver()) {
            return;
        }
        if (!current.claimed.containsKey(Family.IPV6)) {
            // Since it was over, not since somebody looks: that may be hours later.
            becomesUnclear(
                    queue,
                    current.end,
                    "nothing came of the claim of %s for %d ms"
                            .formatted(current.claimed.get(Family.IPV4), patience.toMillis()));
        }
        next(queue);
    }

    private void becomesUnclear(Queue queue, long since, String cause) {
        long until = since + patience.multipliedBy(LATE).toNanos();
        long now = System.nanoTime();
        if (until - now <= 0 || until - queue.unclearUntil <= 0) {
            return;
        }
        if (queue.unclearUntil - now <= 0) {
            log.info(
                    "{}: {}; containers that start now may get other IPv6 addresses than before", queue.segment, cause);
        }
        queue.unclearUntil = until;
    }

    private static void next(Queue queue) {
        Waiter first = queue.waiters.poll();
        if (first == null) {
            queue.current = null;
            return;
        }
        first.turn = new Turn();
        queue.current = first.turn;
        first.changed.signal();
        wakeFirst(queue);
    }

    /** It looks when the turn is over that is before its own. */
    private static void wakeFirst(Queue queue) {
        Waiter first = queue.waiters.peek();
        if (first != null) {
            first.changed.signal();
        }
    }

    /** The claim is answered; from now on it is the engine's turn to go on. */
    void claimed(String segment, Turn turn, IpAddress address) {
        lock.lock();
        try {
            turn.claimed.put(address.family(), address);
            turn.isBeingAnswered = false;
            turn.end = System.nanoTime() + patience.toNanos();
            Queue queue = queues.get(segment);
            if (queue != null) {
                wakeFirst(queue);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The endpoint with this address was made, or its claim failed or was given up. Idempotent. */
    public void end(String segment, IpAddress address) {
        endIf(segment, current -> current.claimed.containsValue(address));
    }

    void end(String segment, Turn turn) {
        endIf(segment, turn::equals);
    }

    private void endIf(String segment, Predicate<Turn> isMeant) {
        lock.lock();
        try {
            Queue queue = queues.get(segment);
            if (queue != null && queue.current != null && isMeant.test(queue.current)) {
                next(queue);
            }
        } finally {
            lock.unlock();
        }
    }
}
