package io.onlink.hostfile;

import io.onlink.hostfile.HostFile.Route;
import io.onlink.model.AddressRange;
import io.onlink.model.Admission;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A LAN that the host is plugged into.
 *
 * @param name the Docker network's too, where there are containers
 * @param attach how containers get there
 * @param link name of the link that has the host's addresses: the bridge, or the uplink where there is none
 * @param uplink name of the link to the LAN, the bridge's port or the parent of the containers' links: the NIC, or its VLAN
 * @param nic name of the NIC
 * @param vlan number of the segment's VLAN on the NIC; empty for frames without a tag
 * @param addresses the host's own on this segment, with the segment's prefix lengths
 * @param routes the host's; containers take them too, see {@link #router} and {@link #containerRoutes}
 * @param replies the table that leads what this host sends from its addresses here; empty for the main one, or the VRF's
 * @param acceptRa whether the bridge obeys routers' advertisements; empty for as the NIC was found
 * @param multicastSnooping whether the bridge passes multicast only to ports that asked for it; as long as nobody on the LAN
 *     asks who wants what (a querier), the kernel passes all to all, IPv6 neighbour discovery with it
 * @param containers empty where the segment is the host's alone
 * @param reserved addresses of the segment's networks that no container can have, whether from the pool or by {@code
 *     --ip}: the host's own, the routers', and those that the network itself needs (IPv4: the first and the broadcast
 *     address; IPv6: the first, RFC 4291 2.6.1)
 * @param position of its name
 * @param linkPosition of the link's name: the bridge's, or the uplink's
 * @param uplinkPosition of what says the uplink: the NIC, or the VLAN
 */
public record Segment(
        String name,
        Attach attach,
        String link,
        String uplink,
        String nic,
        Optional<Integer> vlan,
        List<InterfaceAddress> addresses,
        List<Route> routes,
        Optional<HostFile.Replies> replies,
        Optional<Boolean> acceptRa,
        boolean multicastSnooping,
        Optional<Containers> containers,
        Set<IpAddress> reserved,
        Position position,
        Position linkPosition,
        Position uplinkPosition) {

    public Segment {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        reserved = Set.copyOf(reserved);
    }

    /**
     * What containers get on the segment.
     *
     * @param pool for those who name no address; the ranges do not overlap, and each lies in one of the segment's networks
     * @param routers next hops of the containers' default routes instead of the host's; at most one a family
     * @param isolated whether they may not talk to each other
     * @param admission what may reach them, unless a container says more of itself
     */
    public record Containers(List<AddressRange> pool, List<IpAddress> routers, boolean isolated, Admission admission) {
        public Containers {
            pool = List.copyOf(pool);
            routers = List.copyOf(routers);
        }
    }

    /** Whether the host's addresses are on a bridge, whose ports the containers are. */
    public boolean hasBridge() {
        return attach == Attach.BRIDGE;
    }

    /** What an administrator has to know of the way in which containers are attached; empty for a bridge. */
    public Optional<String> warning() {
        if (hasBridge() || containers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                "segment %s: with attach: %s this host and its own containers do not reach each other, and nothing keeps a container from using addresses of others; attach: bridge does both"
                        .formatted(name, attach.word()));
    }

    /** The networks of the addresses, each once. */
    public List<IpNetwork> networks() {
        return addresses.stream().map(InterfaceAddress::network).distinct().toList();
    }

    /**
     * The next hop of a container's default route: {@link Containers#routers}, else that of the segment's own default
     * route with the smallest metric. Empty where containers have no way out through this segment.
     */
    public Optional<IpAddress> router(Family family) {
        Optional<IpAddress> forContainers = containers.stream()
                .flatMap(section -> section.routers().stream())
                .filter(router -> router.family() == family)
                .findFirst();
        return forContainers.or(() -> routes.stream()
                .filter(route -> route.isDefault() && route.family() == family)
                .min(Comparator.comparingInt(Route::metric))
                .map(Route::via));
    }

    /** Whether containers go out through this segment, by IPv4 or IPv6. */
    public boolean hasDefaultRoute() {
        return router(Family.IPV4).isPresent() || router(Family.IPV6).isPresent();
    }

    /** What containers get beside the default routes. */
    public List<Route> containerRoutes() {
        return routes.stream().filter(route -> !route.isDefault()).toList();
    }
}
