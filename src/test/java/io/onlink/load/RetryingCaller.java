package io.onlink.load;

import io.onlink.load.PluginCall.Outcome;
import io.onlink.load.PluginSocket.Question;
import java.time.Duration;

/**
 * Calls as moby does (pkg/plugins/client.go, callWithRetry): again where nobody took the call, or the connection broke; then
 * without the content, which it has sent already. Sooner than moby, whose first pauses are 1, 2, 4 and 8 s: what is under load is
 * the plugin.
 */
final class RetryingCaller {
    private static final Duration LONGEST = Duration.ofSeconds(15);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final PluginSocket socket;

    RetryingCaller(PluginSocket socket) {
        this.socket = socket;
    }

    /**
     * Calls until there is an answer, or the patience is at its end.
     *
     * @return the last try
     */
    PluginCall call(Question question) {
        long end = System.nanoTime() + LONGEST.toNanos();
        Duration pause = FIRST_PAUSE;
        Question next = question;
        while (true) {
            PluginCall call = socket.ask(next);
            boolean again = call.outcome() == Outcome.NOT_CONNECTED || call.outcome() == Outcome.LOST;
            if (!again || System.nanoTime() - end > 0) {
                return call;
            }
            if (call.outcome() == Outcome.LOST) {
                next = question.withoutContent();
            }
            pause(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
