package io.onlink.ipam;

import io.onlink.model.IpAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An address that somebody has.
 *
 * @param endpoint id of the Docker endpoint that has it; null while it is requested only, or kept by an {@code
 *     --aux-address}
 * @param auxiliaryOf id of the network whose {@code --aux-address} keeps it; null otherwise
 * @param mac of the claimant, where the engine said it with the request
 * @param since when it was claimed, or its endpoint last changed
 * @param pooled whether it came out of a pool; false where the user named it
 */
public record Lease(
        String segment,
        IpAddress address,
        @Nullable String endpoint,
        @Nullable String auxiliaryOf,
        @Nullable String mac,
        Instant since,
        boolean pooled) {

    /** A claim of which no endpoint came yet. */
    public boolean isBareClaim() {
        return endpoint == null && auxiliaryOf == null;
    }
}
