package io.onlink.apply;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When what failed is tried again: soon at first, then ever more seldom; and each reason is logged once. For one thread. */
final class Retries {
    private static final Logger log = LoggerFactory.getLogger(Retries.class);

    private static final Duration FIRST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int DOUBLINGS = 6;

    private int failures;
    private long notBefore;
    private String logged = "";

    Retries() {
        beginAnew();
    }

    /** For another change. */
    final void beginAnew() {
        failures = 0;
        notBefore = System.nanoTime();
        logged = "";
    }

    boolean areDue() {
        return System.nanoTime() - notBefore >= 0;
    }

    void failed() {
        Duration pause = FIRST.multipliedBy(1L << Math.min(failures, DOUBLINGS));
        failures++;
        notBefore = System.nanoTime() + (pause.compareTo(LONGEST) < 0 ? pause : LONGEST).toNanos();
    }

    /** Logs why, unless that was the last that was logged. */
    void log(RuntimeException failure) {
        String reason = String.valueOf(failure.getMessage());
        if (!reason.equals(logged)) {
            log.error("a change of the host is open, and ending it is tried again: {}", reason);
            logged = reason;
        }
    }
}
