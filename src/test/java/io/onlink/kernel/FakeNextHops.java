package io.onlink.kernel;

import io.onlink.model.NetworkState;
import io.onlink.model.Route;

/** Whether the kernel would find a route's routers on the link (fib_check_nh, ip6_route_check_nh). */
final class FakeNextHops {
    private FakeNextHops() {}

    static boolean areReachable(Route route, NetworkState.Builder state) {
        return route.nextHops().stream()
                .allMatch(hop -> hop.via() == null
                        || hop.onlink()
                        || (hop.via().isIpv6LinkLocal()
                                && "0".equals(state.sysctls.get(NetworkState.disableIpv6(String.valueOf(hop.link())))))
                        || state.addresses.stream()
                                .anyMatch(a -> a.link().equals(hop.link())
                                        && a.hasConnectedRoute()
                                        && a.address().network().contains(hop.via()))
                        || state.routes.stream()
                                .anyMatch(direct -> direct.isDirect()
                                        && direct.link() != null
                                        && direct.link().equals(hop.link())
                                        && direct.destination().contains(hop.via())));
    }
}
