package io.onlink.kernel;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import io.onlink.model.Vrf;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The routes that a kernel makes with an address on a link that is up, but for those that somebody deleted since. */
public final class FakeConnectedRoutes {
    private final List<Route> deleted = new ArrayList<>();

    private static boolean isOne(Route route) {
        return route.protocol() == Route.PROTOCOL_KERNEL
                && route.isKernelMade()
                && route.type() == Route.Type.UNICAST
                && route.table() != Route.LOCAL;
    }

    static NetworkState.Builder without(NetworkState state) {
        NetworkState.Builder without = state.toBuilder();
        without.routes.removeIf(FakeConnectedRoutes::isOne);
        return without;
    }

    NetworkState with(NetworkState state) {
        NetworkState.Builder with = state.toBuilder();
        with.routes.addAll(in(state));
        return with.build();
    }

    private List<Route> in(NetworkState state) {
        List<Route> routes = new ArrayList<>();
        for (Address address : state.addresses()) {
            Link link = state.link(address.link());
            int length = address.address().prefixLength();
            boolean isWhole = length == (address.family() == Family.IPV4 ? 32 : 128);
            if (link == null || !link.isUp() || isWhole || address.peer() != null || !address.hasConnectedRoute()) {
                continue;
            }
            Route route = of(
                    address,
                    link.master() != null && state.link(link.master()) instanceof Vrf vrf ? vrf.table() : Route.MAIN);
            boolean isThere =
                    routes.stream().anyMatch(other -> other.place().equals(route.place()) && other.uses(link.name()));
            if (address.metric() == 0 && !address.isKernelMade() && !isThere) {
                routes.add(route);
            }
        }
        routes.removeAll(deleted);
        return routes;
    }

    private static Route of(Address address, int table) {
        boolean isIpv4 = address.family() == Family.IPV4;
        return new Route(
                address.address().network(),
                table,
                isIpv4 ? 0 : 256,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, address.link(), 1, false)),
                isIpv4 ? address.ip() : null,
                isIpv4 ? Scope.LINK : Scope.GLOBAL,
                Route.PROTOCOL_KERNEL,
                new TreeMap<>());
    }

    /** As {@code ip route del} does to one of them. */
    public void delete(Route route) {
        deleted.add(route);
    }

    /** With a new address its route comes again. */
    void renew(Address address) {
        deleted.removeIf(route -> route.uses(address.link())
                && route.destination().equals(address.address().network()));
    }
}
