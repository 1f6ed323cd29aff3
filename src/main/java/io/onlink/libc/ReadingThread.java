package io.onlink.libc;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A daemon thread that does its work whenever one of some descriptors has something to be read (poll(2)), until it is closed. What the
 * work throws ends it. The descriptors are the caller's to close, afterwards.
 */
public final class ReadingThread implements AutoCloseable {
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
            work.accept(Arrays.copyOf(ready, last));
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
