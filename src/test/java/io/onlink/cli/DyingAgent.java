package io.onlink.cli;

import io.onlink.apply.Death;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * A program for {@link KilledAgentIT}: {@code onlink agent}, dead by SIGKILL when it says for the nth time what it is about to
 * do. Arguments: how its words begin, n, the agent's own.
 */
final class DyingAgent {
    /** Or it could be collected, and forget its handler. */
    private static final Logger ALL = Logger.getLogger("io.onlink");

    private DyingAgent() {}

    public static void main(String[] arguments) {
        ALL.setLevel(Level.FINE);
        ALL.addHandler(new Executioner(arguments[0], Integer.parseInt(arguments[1])));
        Onlink.main(Arrays.copyOfRange(arguments, 2, arguments.length));
    }

    private static final class Executioner extends Handler {
        private final String words;
        private final AtomicInteger left;

        Executioner(String words, int times) {
            this.words = words;
            this.left = new AtomicInteger(times);
        }

        @Override
        public void publish(LogRecord entry) {
            if (entry.getMessage().startsWith(words) && left.decrementAndGet() == 0) {
                Death.now();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
