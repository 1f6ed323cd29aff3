package io.onlink.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A signal that ends this process (Ctrl-C, SIGTERM, a terminal that went), while something is done that must not be cut off, or
 * about which something has to be said. The exit code is the signal's all the same: 128 and its number.
 */
final class EndingSignal implements AutoCloseable {
    private final Thread hook;

    private EndingSignal(Thread hook) {
        this.hook = hook;
    }

    /**
     * From now on until closed, whoever ends the process is told something.
     *
     * @param answer called on a thread of its own; the process ends when it returns
     */
    static EndingSignal answeredBy(Runnable answer) {
        EndingSignal signal =
                new EndingSignal(Thread.ofPlatform().name("signal").unstarted(answer));
        try {
            Runtime.getRuntime().addShutdownHook(signal.hook);
        } catch (IllegalStateException hasCome) {
            answer.run();
            throw awaitTheEnd();
        }
        return signal;
    }

    /**
     * Does some work to its end, with or without a signal. If one came this does not return, and what became of the work is
     * said here: the process ends, and might cut off what its caller says.
     *
     * @param answer called when a signal comes, on a thread of its own
     * @param words for what came out
     */
    static <T> T outlivedBy(Supplier<T> work, Runnable answer, Function<T, String> words, PrintWriter out) {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = Thread.ofPlatform().name("signal").unstarted(() -> {
            answer.run();
            awaitQuietly(ended);
        });
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException hasCome) {
            throw awaitTheEnd();
        }
        try {
            String last;
            try {
                T outcome = work.get();
                if (isWithoutSignal(hook)) {
                    return outcome;
                }
                last = words.apply(outcome);
            } catch (RuntimeException failure) {
                if (isWithoutSignal(hook)) {
                    throw failure;
                }
                last = "onlink: " + failure.getMessage();
            }
            out.println(last);
            out.flush();
        } finally {
            ended.countDown();
        }
        throw awaitTheEnd();
    }

    @Override
    public void close() {
        if (!isWithoutSignal(hook)) {
            throw awaitTheEnd();
        }
    }

    private static boolean isWithoutSignal(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException hasCome) {
            return false;
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The process ends when its shutdown hooks have: this never returns. */
    private static Error awaitTheEnd() {
        while (true) {
            awaitQuietly(new CountDownLatch(1));
        }
    }
}
