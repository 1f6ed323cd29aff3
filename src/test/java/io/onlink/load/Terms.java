package io.onlink.load;

import io.onlink.model.AddressRange;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Set;

/**
 * What a network of a segment allows containers to have, said beside the host file, so that a mistake is not made twice.
 *
 * @param forbidden the host's own, the router's, and what no machine can have
 */
record Terms(String segment, IpNetwork network, AddressRange pool, Set<IpAddress> forbidden) {
    boolean allow(IpAddress address) {
        return network.contains(address) && !forbidden.contains(address);
    }

    /** As the engine was told by RequestPool. */
    String poolId() {
        return "onlink %s - %s".formatted(network, segment);
    }
}
