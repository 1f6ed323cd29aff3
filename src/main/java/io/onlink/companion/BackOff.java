package io.onlink.companion;

import java.time.Duration;

/** How long to wait before the next start: longer each time, and short again after a time of peace. Immutable. */
record BackOff(Duration next) {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration PEACE = Duration.ofSeconds(60);

    static BackOff start() {
        return new BackOff(FIRST);
    }

    /** What to wait for after it ended. */
    BackOff after(Duration alive) {
        return alive.compareTo(PEACE) >= 0 ? start() : this;
    }

    /** After {@link #next} was waited for. */
    BackOff longer() {
        Duration twice = next.multipliedBy(2);
        return new BackOff(twice.compareTo(LONGEST) > 0 ? LONGEST : twice);
    }
}
