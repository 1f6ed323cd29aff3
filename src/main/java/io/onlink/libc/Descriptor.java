package io.onlink.libc;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor. Whoever got it closes it, once or more often, from any thread; but not while another thread
 * waits on it, which is what a {@link Wakeup} is for.
 */
public final class Descriptor implements AutoCloseable {
    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(int number) {
        this.number = number;
    }

    /**
     * The number to hand to a system call.
     *
     * @throws IllegalStateException if it is closed: by now the number may be another file's
     */
    public int number() {
        if (closed.get()) {
            throw new IllegalStateException("File descriptor " + number + " is closed");
        }
        return number;
    }

    /** Idempotent: closing twice by number would close somebody else's file. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Libc.close(number);
        }
    }

    @Override
    public String toString() {
        return Integer.toString(number);
    }
}
