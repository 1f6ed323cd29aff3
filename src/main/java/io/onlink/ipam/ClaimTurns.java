package io.onlink.ipam;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which claims belong to one endpoint. The engine claims an IPv4 address, then an IPv6 address, then makes the endpoint,
 * all within some milliseconds, and says at none of the claims for whom: so on each segment one endpoint is claimed for at
 * a time. For platform threads.
 */
public final class ClaimTurns {
    /** For an engine that died between claim and endpoint, and for addresses that are no endpoint's ({@code --aux-address}). */
    public static final Duration PATIENCE = Duration.ofMillis(300);

    private final Duration patience;
    private final Map<String, Turn> turns = new HashMap<>();

    /** @param patience how long a turn lasts that nobody ends */
    public ClaimTurns(Duration patience) {
        this.patience = patience;
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

    /** The turn that a claim belongs to; waits for another endpoint's to end. */
    synchronized Turn take(String segment, Family family) {
        while (true) {
            Turn current = turns.get(segment);
            long left = current == null ? 0 : current.end - System.nanoTime();
            if (current == null || left <= 0) {
                Turn mine = new Turn(patience);
                turns.put(segment, mine);
                return mine;
            }
            // The engine claims IPv4 first: whoever wants a second family has the turn.
            if (!current.claimed.containsKey(family) && family == Family.IPV6) {
                return current;
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                return new Turn(Duration.ZERO);
            }
        }
    }

    synchronized void claimed(Turn turn, IpAddress address) {
        turn.claimed.put(address.family(), address);
    }

    /** The endpoint with this address was made, or its claim failed or was given up. Idempotent. */
    public synchronized void end(String segment, IpAddress address) {
        Turn current = turns.get(segment);
        if (current != null && current.claimed.containsValue(address)) {
            end(segment, current);
        }
    }

    synchronized void end(String segment, Turn turn) {
        if (turns.remove(segment, turn)) {
            notifyAll();
        }
    }
}
