package io.onlink.attach;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * When the engine works on a sandbox's routes, as far as it can be known from its calls: it says when it begins, never when
 * it is done. A default route that Onlink sets meanwhile makes the engine's own fail with {@code file exists}.
 *
 * <p>Any thread. The work that is given to it for a sandbox runs under a lock of that sandbox, so that the engine's call waits
 * for what is under way there.
 */
final class EngineTurns {
    private final InstantSource clock;
    private final Turns turns = new Turns();

    /** Until when, by sandbox. */
    private final Map<String, Instant> atWork = new ConcurrentHashMap<>();

    /** Likewise, of containers that have not started. */
    private final Map<String, Instant> starts = new ConcurrentHashMap<>();

    /** Likewise, where the container runs already: the engine takes its default route away, and sets another. */
    private final Map<String, Instant> movesRoute = new ConcurrentHashMap<>();

    EngineTurns(InstantSource clock) {
        this.clock = clock;
    }

    /** The engine begins with a sandbox whose container runs. */
    void begins(String sandbox, Duration expected) {
        turns.take(sandbox, () -> {
            Instant until = clock.instant().plus(expected);
            atWork.put(sandbox, until);
            movesRoute.put(sandbox, until);
        });
    }

    /**
     * The sandbox is none yet: the engine sets the routes of all its endpoints at once, and moves none.
     *
     * @param longest what is done later is no start any more
     */
    void beginsAnew(String sandbox, Duration longest) {
        turns.take(sandbox, () -> {
            starts.put(sandbox, clock.instant().plus(longest));
            movesRoute.remove(sandbox);
        });
    }

    /**
     * The sandbox of a container that starts is there by now, and the engine is about to set its routes; nothing where the start is
     * over.
     *
     * @param longest as {@link #beginsAnew}, from now on: until here nothing could be added, however long it took
     */
    void goesOn(String sandbox, Duration longest) {
        turns.take(sandbox, () -> {
            starts.computeIfPresent(sandbox, (_, _) -> clock.instant().plus(longest));
        });
    }

    /**
     * The container runs: whatever the engine sets at a start is there.
     *
     * @return whether this was news
     */
    boolean hasStarted(String sandbox) {
        return turns.take(sandbox, () -> starts.remove(sandbox) != null);
    }

    /** The sandbox is gone, or about to go. */
    void forget(String sandbox) {
        turns.take(sandbox, () -> {
            atWork.remove(sandbox);
            starts.remove(sandbox);
            movesRoute.remove(sandbox);
        });
    }

    /** What replaces a route that stands there: done but where the engine moves it. */
    void unlessItMovesARoute(String sandbox, Runnable work) {
        turns.take(sandbox, () -> {
            if (!isBefore(movesRoute.get(sandbox))) {
                work.run();
            }
        });
    }

    /** What adds a route: a look that was due for one endpoint is left out while the engine attaches another. */
    void whenItIsDone(String sandbox, Runnable work) {
        turns.take(sandbox, () -> {
            if (isBefore(atWork.get(sandbox)) || isBefore(starts.get(sandbox))) {
                return;
            }
            atWork.remove(sandbox);
            movesRoute.remove(sandbox);
            work.run();
        });
    }

    private boolean isBefore(@Nullable Instant until) {
        return until != null && clock.instant().isBefore(until);
    }
}
