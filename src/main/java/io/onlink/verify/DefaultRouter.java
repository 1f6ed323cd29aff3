package io.onlink.verify;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The next hop of a default route. */
record DefaultRouter(IpAddress ip, String link, int table, int metric) {

    static Optional<DefaultRouter> inTable(NetworkState state, Family family, int table) {
        return all(state, family).filter(router -> router.table() == table).findFirst();
    }

    /**
     * The one that stands now where the target's stood: in its table; else, as when a NIC has moved into a VRF, through
     * the same router, or by the same link.
     */
    static Optional<DefaultRouter> insteadOf(Target.DefaultRoute before, NetworkState state) {
        Predicate<DefaultRouter> sameTable = router -> router.table() == before.table();
        Predicate<DefaultRouter> sameRouter = router -> router.ip().equals(before.router());
        Predicate<DefaultRouter> sameLink = router -> isSamePlace(router.link(), before.link(), state);
        return Stream.of(sameTable.and(sameRouter), sameTable, sameRouter, sameLink)
                .flatMap(preference ->
                        all(state, before.family()).filter(preference).limit(1))
                .findFirst();
    }

    /** Whether one is the other, or its bridge. */
    private static boolean isSamePlace(String link, String other, NetworkState state) {
        return link.equals(other) || isPortOf(link, other, state) || isPortOf(other, link, state);
    }

    private static boolean isPortOf(String port, String bridge, NetworkState state) {
        return state.portsOf(bridge).stream().anyMatch(link -> link.name().equals(port));
    }

    /** The one that is used first: of two in a table the smaller metric wins, of equal ones the first. */
    private static Stream<DefaultRouter> all(NetworkState state, Family family) {
        return state.routes().stream()
                .filter(route -> route.destination().isDefault() && route.family() == family)
                .filter(route -> route.type() == Route.Type.UNICAST)
                .flatMap(route -> nextHop(route).stream())
                .sorted(Comparator.comparingInt(DefaultRouter::metric));
    }

    private static Optional<DefaultRouter> nextHop(Route route) {
        List<Route.NextHop> hops = route.nextHops();
        if (hops.isEmpty()) {
            return Optional.empty();
        }
        IpAddress via = hops.getFirst().via();
        String link = hops.getFirst().link();
        if (via == null || link == null || via.family() != route.family()) {
            return Optional.empty();
        }
        return Optional.of(new DefaultRouter(via, link, route.table(), route.metric()));
    }
}
