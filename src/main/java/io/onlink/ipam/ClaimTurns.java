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

/**
 * Which claims belong to one endpoint. The engine claims an IPv4 address, then an IPv6 address, then makes the endpoint,
 * all within some milliseconds, and says at none of the claims for whom: so on each segment one endpoint is claimed for at
 * a time. Where too many claim at once some go without a turn, and then get fresh addresses: see {@link #LONGEST_WAIT}. For
 * platform threads.
 */
public final class ClaimTurns {
    /** For an engine that died between claim and endpoint, and for addresses that are no endpoint's ({@code --aux-address}). */
    public static final Duration PATIENCE = Duration.ofMillis(300);

    /**
     * For the turns of others. A call has to be answered in time, and who has waited for so long waits behind so many that
     * nobody can say any more whose claim is whose.
     */
    public static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    /** How long the IPv6 claim of a container may be under way whose IPv4 claim had no turn, or lost it. */
    private static final Duration UNCLEAR = Duration.ofSeconds(10);

    private final Duration patience;
    private final Duration longestWait;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Queue> queues = new HashMap<>();

    /**
     * @param patience how long a turn lasts that nobody ends
     * @param longestWait how long a claim waits for its turn; then it goes without
     */
    public ClaimTurns(Duration patience, Duration longestWait) {
        this.patience = patience;
        this.longestWait = longestWait;
    }

    /** What was claimed so far for the endpoint that is in the making. */
    static final class Turn {
        private final Map<Family, IpAddress> claimed = new EnumMap<>(Family.class);
        private final long end;
        private @Nullable String container;

        private Turn(Duration patience) {
            this.end = System.nanoTime() + patience.toNanos();
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
        private final Deque<Waiter> waiters = new ArrayDeque<>();
        private @Nullable Turn current;

        /** Until then an IPv6 claim may be anybody's. */
        private long unclearUntil = System.nanoTime();
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
            Queue queue = queues.computeIfAbsent(segment, _ -> new Queue());
            endIfOver(queue);
            if (family == Family.IPV6 && queue.unclearUntil - System.nanoTime() > 0) {
                return withoutTurn();
            }
            Turn current = queue.current;
            if (current == null) {
                Turn mine = new Turn(patience);
                queue.current = mine;
                return mine;
            }
            // The engine claims IPv4 first: whoever wants a second family has the turn.
            if (!current.claimed.containsKey(family) && family == Family.IPV6) {
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
            long until = queue.waiters.peek() == me && current.end - giveUp < 0 ? current.end : giveUp;
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

    private static Turn leave(Queue queue, Waiter waiter, Family family) {
        queue.waiters.remove(waiter);
        wakeFirst(queue);
        if (family == Family.IPV4) {
            queue.unclearUntil = System.nanoTime() + UNCLEAR.toNanos();
        }
        return withoutTurn();
    }

    private static Turn withoutTurn() {
        return new Turn(Duration.ZERO);
    }

    private void endIfOver(Queue queue) {
        Turn current = queue.current;
        if (current == null || current.end - System.nanoTime() > 0) {
            return;
        }
        if (!current.claimed.containsKey(Family.IPV6)) {
            queue.unclearUntil = System.nanoTime() + UNCLEAR.toNanos();
        }
        next(queue);
    }

    private void next(Queue queue) {
        Waiter first = queue.waiters.poll();
        if (first == null) {
            queue.current = null;
            return;
        }
        first.turn = new Turn(patience);
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

    void claimed(Turn turn, IpAddress address) {
        lock.lock();
        try {
            turn.claimed.put(address.family(), address);
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
