package io.onlink.verify;

import java.time.Duration;
import java.util.Optional;

/**
 * Questions to one target and its answers, over a socket of its own, in the network namespace of the thread that opened
 * it. Used by one platform thread.
 */
sealed interface Exchange extends AutoCloseable permits SolicitationExchange, EchoExchange {
    /**
     * Asks, once more.
     *
     * @throws io.onlink.libc.SystemCallException where the kernel has no way to send it
     */
    void ask();

    /** What comes in and is about our question; empty when the time is over, or something else came in. */
    Optional<Reply> listen(Duration timeout);

    @Override
    void close();

    /**
     * ARP or neighbour discovery.
     *
     * @throws io.onlink.libc.SystemCallException where the kernel gives no socket
     */
    static Exchange open(Probe.Solicitation probe) {
        return new SolicitationExchange(probe);
    }

    /**
     * ICMP echo.
     *
     * @throws io.onlink.libc.SystemCallException where the kernel gives no socket
     */
    static Exchange open(Probe.Echo probe) {
        return new EchoExchange(probe);
    }
}
