package io.onlink.reconcile;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that Onlink owns and somebody changed, as {@code onlink status} shows it.
 *
 * @param seen when the agent saw it
 * @param part of the host, as an administrator calls it: {@code br0}, {@code IPv4 on br0}
 * @param what is wrong, in a line
 * @param by who did it, where that is certain: {@code ip (pid 4711)}
 * @param outcome how it went on
 * @param ended when it was right again; null while it is not
 * @param attempts how often this part was put right in the last ten minutes
 * @param next when it is tried next; null where it is not
 * @param why it is not right yet; null where there is nothing to say
 */
public record Drift(
        Instant seen,
        String part,
        String what,
        @Nullable String by,
        Outcome outcome,
        @Nullable Instant ended,
        int attempts,
        @Nullable Instant next,
        @Nullable String why) {

    /** How a drift went on. */
    public enum Outcome {
        /** The agent is about to put it right, at {@link Drift#next}. */
        WAITING,
        /** The agent put it right. */
        REPAIRED,
        /** Somebody else put it right. */
        RIGHT_AGAIN,
        /** It was put right and taken away again too often: a person has to look. 'onlink apply' lets the agent begin anew. */
        GIVEN_UP,
        /** The agent cannot put it right, or was told not to. */
        LEFT
    }

    /** Whether it is still wrong. */
    public boolean isOpen() {
        return ended == null;
    }

    Drift waiting(int lately, Instant newNext, @Nullable String reason) {
        return new Drift(seen, part, what, by, Outcome.WAITING, null, lately, newNext, reason);
    }

    Drift over(Outcome newOutcome, Instant now, int lately) {
        return new Drift(seen, part, what, by, newOutcome, now, lately, null, null);
    }

    Drift leftAlone(Outcome newOutcome, int lately, String reason) {
        return new Drift(seen, part, what, by, newOutcome, null, lately, null, reason);
    }
}
