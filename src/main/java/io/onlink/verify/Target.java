package io.onlink.verify;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.util.List;

/** What has to answer, said so that it can be found in the state before a change and in the one after it. */
sealed interface Target {
    /**
     * A declared router, by ARP or neighbour discovery.
     *
     * @param links that may have the host's address on its network, the declared one first: a segment's bridge, then its
     *     uplink, which has it before the bridge is there
     */
    record Router(IpAddress ip, List<String> links) implements Target {
        public Router {
            links = List.copyOf(links);
        }
    }

    /**
     * A router or peer, by an ICMP echo on the way that the kernel's routes take.
     *
     * @param links as {@link Router#links}; empty for a peer that may be anywhere
     */
    record Host(IpAddress ip, List<String> links) implements Target {
        public Host {
            links = List.copyOf(links);
        }
    }

    /**
     * Where somebody is logged in from, by an ICMP echo on the way that the packets of that connection take.
     *
     * @param server the address of this host's that the connection goes to
     */
    record Login(IpAddress client, IpAddress server) implements Target {}

    /**
     * The way out, whoever it leads through afterwards: the host file may name another router, and that one then has to
     * answer ARP or neighbour discovery as the one before it did.
     *
     * @param router the next hop before the change
     * @param link by which it was reached
     */
    record DefaultRoute(Family family, int table, IpAddress router, String link) implements Target {}

    /** An address that this host has on a link, or is to have, and that nobody else on the LAN should answer for. */
    record Own(IpAddress ip, String link) implements Target {}
}
