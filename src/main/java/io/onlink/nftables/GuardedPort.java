package io.onlink.nftables;

import io.onlink.model.Admission;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.List;

/**
 * A container's port of a segment's bridge, and what may pass it.
 *
 * @param link name of the veth's host side
 * @param mac the only one that the container may send from
 * @param addresses those that it may use, beside the link-local one that follows from its MAC
 * @param isolated whether it may not talk to the other isolated ports
 * @param admission what may reach it
 */
public record GuardedPort(
        String link, MacAddress mac, List<IpAddress> addresses, boolean isolated, Admission admission) {
    /** What the names of all ports begin with: the rules pass over other links by that, without a look into a set. */
    static final String LINK_PREFIX = "onl";

    public GuardedPort {
        if (!link.startsWith(LINK_PREFIX)) {
            throw new IllegalArgumentException("the guard does not see a link called " + link);
        }
        addresses = List.copyOf(addresses);
    }
}
