package io.onlink.attach;

import io.onlink.model.MacAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When an address that others claim may be announced again, and what was heard of them since it was last. For any thread. */
final class Defence {
    /** DEFEND_INTERVAL of RFC 5227, 1.1. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    private Instant next = Instant.MIN;

    /** Null where nothing is to be answered. */
    private @Nullable Heard heard;

    /**
     * What was heard since the last defence.
     *
     * @param holder the one that was heard last
     */
    record Heard(MacAddress holder, Instant first, Instant last, long times) {}

    /**
     * Notes a claim.
     *
     * @return how long to wait before it is answered by {@link #take}; empty where an answer is on its way
     */
    synchronized Optional<Duration> hear(MacAddress holder, Instant now) {
        Heard before = heard;
        if (before != null) {
            heard = new Heard(holder, before.first(), now, before.times() + 1);
            return Optional.empty();
        }
        heard = new Heard(holder, now, now, 1);
        return Optional.of(now.isBefore(next) ? Duration.between(now, next) : Duration.ZERO);
    }

    /** The answer is given now. */
    synchronized Heard take(Instant now) {
        next = now.plus(INTERVAL);
        Heard taken = Objects.requireNonNull(heard);
        heard = null;
        return taken;
    }

    /** Whether nothing is to be answered, and a claim would be at once. */
    synchronized boolean isOver(Instant now) {
        return heard == null && !now.isBefore(next);
    }
}
