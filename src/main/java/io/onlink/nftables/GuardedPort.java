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
    public GuardedPort {
        addresses = List.copyOf(addresses);
    }
}
