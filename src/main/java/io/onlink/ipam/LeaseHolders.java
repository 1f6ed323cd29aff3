package io.onlink.ipam;

import java.util.Optional;

/** Who is behind a lease. */
@FunctionalInterface
public interface LeaseHolders {
    /**
     * Names the holder for a user's eyes, as {@code container web}; empty if the endpoint is gone, though nobody said so:
     * a container that ended while the agent was down.
     */
    Optional<String> holder(String endpoint);
}
