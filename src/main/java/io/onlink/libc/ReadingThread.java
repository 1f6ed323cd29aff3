package io.onlink.libc;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that does its work whenever one of some descriptors has something to be read (poll(2)), until it is closed. What the
 * work throws is logged, and after a pause it goes on. The descriptors are the caller's to close, afterwards.
 */
public final class ReadingThread implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadingThread.class);

    /** What fails may fail again at once, for as long as there is something to be read. */
    private static final int PAUSE_MILLISECONDS = 500;

    private final Consumer<boolean[]> work;

    /** Those of the work, and that of the end. */
    private final Descriptor[] descriptors;

    private final Wakeup end = new Wakeup();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;

    /**
     * Starts nothing yet.
     *
     * @param work is told of each descriptor, in their order, whether it has something; called by this thread alone
     */
    public ReadingThread(String name, Consumer<boolean[]> work, Descriptor... descriptors) {
        this.work = work;
        this.descriptors = Arrays.copyOf(descriptors, descriptors.length + 1);
        this.descriptors[descriptors.length] = end.descriptor();
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /** Begins to wait. To be called once. */
    public void start() {
        thread.start();
    }

    private void run() {
        int last = descriptors.length - 1;
        boolean[] ready = Libc.poll(Libc.FOREVER, descriptors);
        while (!ready[last]) {
            try {
                work.accept(Arrays.copyOf(ready, last));
            } catch (RuntimeException failed) {
                log.error("{}: what came is not dealt with, and reading goes on", thread.getName(), failed);
                var _ = Libc.poll(PAUSE_MILLISECONDS, end.descriptor());
            }
            ready = Libc.poll(Libc.FOREVER, descriptors);
        }
    }

    /** When it returns the work is not done any more, also in a thread that is interrupted. Idempotent; not to be called by the work. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        end.signal();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException toPassOn) {
                interrupted = true;
            }
        }
        end.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
