package io.onlink.lab;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network that a cable out of the host leads to, and what the host file says of it: a segment, or an Ethernet
 * link outside every segment.
 *
 * @param name of the segment, or of the NIC where it is in none
 * @param nic the host's end of the cable
 * @param vlan whose tag its frames have there; empty for none
 * @param addresses the host's own on this LAN
 * @param routes in the order of the file
 */
record Lan(
        String name, String nic, Optional<Integer> vlan, List<InterfaceAddress> addresses, List<DeclaredRoute> routes) {
    private static final int LINK_LOCAL_PREFIX = 64;

    Lan {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
    }

    /**
     * A destination behind a router of the LAN.
     *
     * @param metric as the kernel counts it
     * @param main whether it belongs to the main table; a VRF's does not
     */
    record DeclaredRoute(IpNetwork to, IpAddress via, int metric, boolean main) {}

    /** The host's network that an address of a neighbour lies in, or null where it is in none. */
    @Nullable
    InterfaceAddress neighbour(IpAddress ip) {
        if (ip.isIpv6LinkLocal()) {
            return new InterfaceAddress(ip, LINK_LOCAL_PREFIX);
        }
        return addresses.stream()
                .filter(own -> own.network().contains(ip))
                .map(own -> new InterfaceAddress(ip, own.prefixLength()))
                .findFirst()
                .orElse(null);
    }
}
