package io.onlink.desired;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Routes that the kernel makes with an address, once, and not again when somebody deletes one by itself: the address is
 * there, and nobody of its network is reached (net/ipv4/fib_frontend.c, fib_add_ifaddr; net/ipv6/addrconf.c,
 * addrconf_prefix_route).
 */
final class ConnectedRoutes {
    private static final int IPV6_METRIC = 256;

    private ConnectedRoutes() {}

    /**
     * What stands in for those of a link's addresses that are gone: the same to a packet, and the administrator's by name, so
     * that a plan takes it away again as it does other routes.
     *
     * @param table the main one, or that of the link's VRF
     */
    static List<Route> missing(NetworkState observed, String name, int table) {
        Link link = observed.link(name);
        if (link == null || !link.isUp()) {
            return List.of();
        }
        Map<IpNetwork, Route> routes = new LinkedHashMap<>();
        observed.addressesOf(name).stream()
                .filter(ConnectedRoutes::hasOneOfTheKernels)
                .forEach(address -> routes.putIfAbsent(address.address().network(), of(address, table)));
        return routes.values().stream()
                .filter(route -> observed.routes().stream().noneMatch(other -> isFor(other, route, name)))
                .toList();
    }

    private static boolean hasOneOfTheKernels(Address address) {
        int whole = address.family() == Family.IPV4 ? 32 : 128;
        return !address.isKernelMade()
                && address.hasConnectedRoute()
                && address.metric() == 0
                && address.peer() == null
                && address.address().prefixLength() < whole;
    }

    private static Route of(Address address, int table) {
        boolean isIpv4 = address.family() == Family.IPV4;
        return new Route(
                address.address().network(),
                table,
                isIpv4 ? 0 : IPV6_METRIC,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, address.link(), 1, false)),
                isIpv4 ? address.ip() : null,
                isIpv4 ? Scope.LINK : Scope.GLOBAL,
                Route.PROTOCOL_STATIC,
                new TreeMap<>());
    }

    /** With whatever metric: NetworkManager makes them itself, in the kernel's name. */
    private static boolean isFor(Route there, Route missing, String link) {
        return there.protocol() == Route.PROTOCOL_KERNEL
                && there.destination().equals(missing.destination())
                && there.table() == missing.table()
                && there.type() == Route.Type.UNICAST
                && there.uses(link);
    }
}
