package io.onlink.ipam;

import java.util.Optional;

/** Who is behind a lease. */
public interface LeaseHolders {
    /**
     * Names the holder for a user's eyes, as {@code container web}; empty if the endpoint is gone, though nobody said so:
     * a container that ended while the agent was down.
     */
    Optional<String> holder(String endpoint);

    /**
     * Takes from an endpoint what it has, unless it has a {@link #holder} by now: what was dead may just be joined again. It gets
     * none meanwhile, nor after.
     *
     * @return whether it was taken
     */
    boolean takeFromDead(String endpoint, Runnable taking);
}
