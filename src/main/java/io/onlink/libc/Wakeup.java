package io.onlink.libc;

/**
 * Ends the waiting of another thread: an eventfd(2) given to {@link Libc#poll} beside the socket waited for. Once
 * signalled it stays so.
 */
final class Wakeup implements AutoCloseable {
    private final Descriptor eventfd = Libc.eventfd();

    /** Wakes the waiting thread, now or as soon as it waits. Idempotent. */
    public void signal() {
        Libc.writeLong(eventfd, 1);
    }

    /** What to {@link Libc#poll}. */
    public Descriptor descriptor() {
        return eventfd;
    }

    @Override
    public void close() {
        eventfd.close();
    }
}
