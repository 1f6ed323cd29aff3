package io.onlink.attach;

import io.onlink.attach.DefaultRoutes.Correction;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When sandboxes are looked at and put right: around what the engine does there, which says when it begins and never when it
 * is done. For any thread; the work is done on the timer's.
 */
final class SandboxLooks {
    private static final Logger log = LoggerFactory.getLogger(SandboxLooks.class);

    /** Neighbours may miss a frame, and a bridge upstream may still be learning: once more, and again. */
    private static final List<Duration> ANNOUNCEMENTS =
            List.of(Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2));

    /** The engine brings up what it has moved, and the host does not see when. */
    private static final List<Duration> ANNOUNCEMENTS_AFTER_MOVE =
            List.of(Duration.ofMillis(50), Duration.ofMillis(250), Duration.ofSeconds(1), Duration.ofSeconds(2));

    /** When to look at what the engine made of the default routes at a start: before the container's first packet. */
    private static final List<Duration> LOOKS_AT_START =
            List.of(Duration.ZERO, Duration.ofMillis(50), Duration.ofMillis(250));

    /** By then the engine has set the routes it is going to set. */
    private static final List<Duration> LAST_LOOKS = List.of(Duration.ofMillis(1500), Duration.ofSeconds(3));

    /** The engine computes its default route anew within milliseconds of a Leave. */
    private static final List<Duration> LOOKS_AFTER_LEAVE = List.of(Duration.ofMillis(300), Duration.ofSeconds(2));

    /** How long the engine may work on a sandbox's routes; the looks that are due for it come later than that. */
    private static final Duration AT_WORK_AFTER_JOIN = Duration.ofMillis(600);

    private static final Duration AT_WORK_AFTER_LEAVE = Duration.ofMillis(250);

    /**
     * Likewise at a start, where it does not tell that the container runs. Between the interface and its routes it starts
     * programs of its own (libnetwork/osl, reexec "set-ipv6"): seconds, where many containers start at once.
     */
    private static final Duration AT_WORK_AT_START = Duration.ofSeconds(15);

    private final SandboxRepair repair;
    private final ScheduledExecutorService timer;
    private final EngineTurns engine;

    /** Endpoints that joined before their sandbox was there: engines before 28 make it and its routes later, all at once. */
    private final Set<String> starting = ConcurrentHashMap.newKeySet();

    SandboxLooks(SandboxRepair repair, ScheduledExecutorService timer, InstantSource clock) {
        this.repair = repair;
        this.timer = timer;
        this.engine = new EngineTurns(clock);
    }

    /**
     * The engine is about to attach an endpoint.
     *
     * @return whether the sandbox is there already
     */
    boolean joins(String sandbox) {
        engine.begins(sandbox, AT_WORK_AFTER_JOIN);
        return repair.prepare(sandbox);
    }

    /** An endpoint was attached before there is a sandbox: engines before 28. */
    void joinedFirst(Endpoint endpoint, String sandbox) {
        engine.beginsAnew(sandbox, AT_WORK_AT_START);
        starting.add(endpoint.id());
    }

    /** The engine tells that a container runs. */
    void started(String sandbox) {
        if (engine.hasStarted(sandbox)) {
            later(Duration.ZERO, () -> addRoute(sandbox));
        }
    }

    /** An endpoint left a sandbox in which others remain. */
    void left(String sandbox) {
        engine.begins(sandbox, AT_WORK_AFTER_LEAVE);
        var _ = repair.clearWay(sandbox);
        LOOKS_AFTER_LEAVE.forEach(delay -> later(delay, () -> addRoute(sandbox)));
    }

    /** The last endpoint left a sandbox: its container ends, or runs on without. */
    void emptied(String sandbox) {
        engine.forget(sandbox);
        later(LOOKS_AFTER_LEAVE.getLast(), () -> repair.settle(sandbox, Correction.NONE));
    }

    /** An endpoint is gone. */
    void forget(String endpoint) {
        starting.remove(endpoint);
        repair.forget(endpoint);
    }

    /** Its port forwards: told to the neighbours, and its sandbox put right. */
    void connected(Endpoint endpoint) {
        connected(endpoint, ANNOUNCEMENTS);
    }

    /** Likewise of a link on an uplink, which is no port: the engine has moved it. */
    void moved(Endpoint endpoint) {
        connected(endpoint, ANNOUNCEMENTS_AFTER_MOVE);
    }

    private void connected(Endpoint endpoint, List<Duration> announcements) {
        String sandbox = endpoint.sandbox();
        if (sandbox == null) {
            return;
        }
        announcements.forEach(delay -> later(delay, () -> repair.announce(endpoint)));
        later(Duration.ZERO, () -> repair.settle(sandbox, Correction.NONE));
        if (starting.remove(endpoint.id())) {
            engine.goesOn(sandbox, AT_WORK_AT_START);
            LOOKS_AT_START.forEach(delay -> later(
                    delay,
                    () -> engine.unlessItMovesARoute(sandbox, () -> repair.settle(sandbox, Correction.REPLACE))));
        }
        LAST_LOOKS.forEach(delay -> later(delay, () -> addRoute(sandbox)));
    }

    /** Adds the default route once the engine has done its own work. */
    void addRoute(String sandbox) {
        engine.whenItIsDone(sandbox, () -> repair.settle(sandbox, Correction.ADD));
    }

    /** Once, on the timer's threads. */
    void later(Duration delay, Runnable work) {
        var _ = timer.schedule(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException failed) {
                        log.error("putting a sandbox right failed in a way it should not", failed);
                    }
                },
                delay.toMillis(),
                TimeUnit.MILLISECONDS);
    }
}
