package io.onlink.nftables;

import java.util.Collection;

/** Keeps containers from speaking in others' names, and others from reaching what is not theirs. For any platform thread. */
public interface PortGuard {
    /**
     * From its return on, what passes the port is judged. Idempotent; one of the same name is replaced. The link need not be
     * there yet.
     *
     * @throws io.onlink.failure.KernelException if the kernel refuses; nothing has changed then
     */
    void protect(GuardedPort port);

    /** Forgets ports, in one step. Idempotent. */
    void release(Collection<String> links);

    /** From its return on, these are the ports, and no others; in one step. What was counted of those that stay is kept. */
    void replaceAll(Collection<GuardedPort> ports);
}
