package io.onlink.apply;

import java.time.Duration;
import java.time.Instant;

/**
 * Now, by the clocks that matter to a change.
 *
 * @param boot of the kernel, by whose uptime alone a time of this boot is reckoned
 * @param uptime how long it runs, which no setting of the clock moves
 * @param clock the time of day, which somebody may set at any moment
 */
public record Moment(String boot, Duration uptime, Instant clock) {
    public static Moment now() {
        return ofThisBoot(Uptime.now(), Instant.now());
    }

    static Moment ofThisBoot(Duration uptime, Instant clock) {
        return new Moment(ChangedNetwork.bootOfThisKernel(), uptime, clock);
    }
}
