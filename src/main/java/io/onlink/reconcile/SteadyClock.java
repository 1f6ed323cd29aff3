package io.onlink.reconcile;

import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that nobody sets: what it says is no time of day, and is good to be compared with what it said before. What waits by
 * the time of day waits for hours when that is set back.
 */
final class SteadyClock implements InstantSource {
    @Override
    public Instant instant() {
        return Instant.EPOCH.plusNanos(System.nanoTime());
    }
}
