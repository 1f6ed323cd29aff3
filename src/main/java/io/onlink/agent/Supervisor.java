package io.onlink.agent;

import io.onlink.libc.SystemCallException;
import io.onlink.libc.UnixDatagram;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Word to the service manager that started us, sd_notify(3): {@code Type=notify}. Without one nothing is said. That it
 * cannot be told is logged and no failure: it then judges us by its own time-outs. For any platform thread.
 */
public final class Supervisor {
    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

    private final @Nullable String socket;
    private final Optional<Duration> watchdog;

    private Supervisor(@Nullable String socket, Optional<Duration> watchdog) {
        this.socket = socket;
        this.watchdog = watchdog;
    }

    /** Of this process, by its environment: {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC}, {@code WATCHDOG_PID}. */
    public static Supervisor ofThisProcess() {
        return of(System.getenv(), ProcessHandle.current().pid());
    }

    static Supervisor of(Map<String, String> environment, long pid) {
        String socket = environment.get("NOTIFY_SOCKET");
        // A child of the process that is watched has inherited the variable, and is not.
        boolean isWatched =
                environment.getOrDefault("WATCHDOG_PID", Long.toString(pid)).equals(Long.toString(pid));
        Optional<Duration> watchdog = Optional.ofNullable(environment.get("WATCHDOG_USEC"))
                .filter(_ -> isWatched)
                .filter(text -> text.matches("[1-9][0-9]{0,15}"))
                .map(text -> Duration.ofNanos(Long.parseLong(text) * 1000));
        return new Supervisor(socket == null || socket.isEmpty() ? null : socket, watchdog);
    }

    /** How long it waits for the next {@link #isAlive} before it starts us anew; empty if it does not. */
    Optional<Duration> watchdog() {
        return watchdog;
    }

    /** What was to be there before others start is there. */
    public void isReady(String status) {
        tell("READY=1\nSTATUS=" + status);
    }

    /** The end has begun, and is no failure. */
    public void isStopping() {
        tell("STOPPING=1");
    }

    void isAlive() {
        tell("WATCHDOG=1");
    }

    private void tell(String message) {
        if (socket == null) {
            return;
        }
        try {
            UnixDatagram.send(socket, message);
        } catch (SystemCallException | IllegalArgumentException unheard) {
            log.warn(
                    "the service manager is not told '{}': {}",
                    message.lines().findFirst().orElse(""),
                    unheard.getMessage());
        }
    }
}
