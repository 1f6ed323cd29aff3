package io.onlink.kernel;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Vrf;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where routes come to stand, several in one place too (net/ipv4/fib_trie.c, fib_table_insert; net/ipv6/ip6_fib.c,
 * fib6_add_rt2node). Each method says why it does nothing; empty where it did.
 */
final class FakeRoutes {
    private final NetworkState.Builder state;
    private final Set<IpAddress> tentative;

    FakeRoutes(NetworkState.Builder state, Set<IpAddress> tentative) {
        this.state = state;
        this.tentative = tentative;
    }

    Optional<String> add(Route route) {
        if (!inPlaceOf(route).isEmpty()) {
            return Optional.of("File exists");
        }
        Optional<String> refusal = refusalOfHops(route).or(() -> refusalToLearn(route));
        if (refusal.isEmpty()) {
            state.routes.add(route);
        }
        return refusal;
    }

    Optional<String> append(Route route) {
        Optional<String> refusal = refusalOfHops(route).or(() -> refusalToJoin(route));
        if (refusal.isEmpty()) {
            state.routes.add(route);
        }
        return refusal;
    }

    Optional<String> prepend(Route route) {
        Optional<String> refusal = refusalOfHops(route).or(() -> refusalToJoin(route));
        if (refusal.isEmpty()) {
            state.routes.add(state.routes.indexOf(inPlaceOf(route).getFirst()), route);
        }
        return refusal;
    }

    Optional<String> delete(Route route) {
        return state.routes.remove(route) ? Optional.empty() : Optional.of("No such process");
    }

    Optional<String> replace(Route from, Route to) {
        List<Route> there = inPlaceOf(to);
        Route hit = there.stream()
                .filter(route -> to.family() == Family.IPV4 || route.isDirect() == to.isDirect())
                .findFirst()
                .orElse(there.isEmpty() ? null : there.getFirst());
        if (!from.equals(hit)) {
            return Optional.of("the kernel would replace " + hit);
        }
        if (there.stream().anyMatch(to::hasSameEffectAs)) {
            return Optional.of("File exists");
        }
        Optional<String> refusal = refusalOfHops(to);
        if (refusal.isEmpty()) {
            state.routes.set(state.routes.indexOf(from), to);
        }
        return refusal;
    }

    private Optional<String> refusalToJoin(Route route) {
        List<Route> there = inPlaceOf(route);
        if (there.isEmpty()) {
            return Optional.of("nothing stands there, and it would do to add it");
        }
        if (there.stream().anyMatch(route::hasSameEffectAs)) {
            return Optional.of("File exists");
        }
        boolean isMerged = route.family() == Family.IPV6
                && !route.isDirect()
                && there.stream().anyMatch(other -> !other.isDirect());
        return isMerged ? Optional.of("the kernel would make one route of both") : Optional.empty();
    }

    private Optional<String> refusalToLearn(Route route) {
        if (!route.isLearned()) {
            return Optional.empty();
        }
        Link link = route.link() == null ? null : state.links.get(route.link());
        if (link == null) {
            return Optional.of("no link");
        }
        int table =
                link.master() != null && state.links.get(link.master()) instanceof Vrf vrf ? vrf.table() : Route.MAIN;
        if (table != route.table()) {
            return Optional.of("the kernel puts it into its link's table");
        }
        return route.destination().isDefault() && route.metric() == Route.IPV6_DEFAULT_METRIC
                ? Optional.of("the kernel would neither know nor replace it")
                : Optional.empty();
    }

    private List<Route> inPlaceOf(Route route) {
        // The kernel's own learned route and ours stand side by side, but nothing stands twice.
        return state.routes.stream()
                .filter(other -> !other.isKernelMade() || (route.isLearned() && other.isLearnedAs(route)))
                .filter(other -> other.place().equals(route.place()))
                .toList();
    }

    private Optional<String> refusalOfHops(Route route) {
        for (Route.NextHop hop : route.nextHops()) {
            Link link = hop.link() == null ? null : state.links.get(hop.link());
            if (link == null || !link.isUp()) {
                return Optional.of("Network is down");
            }
        }
        if (!FakeNextHops.areReachable(route, state)) {
            return Optional.of("Nexthop has invalid gateway");
        }
        IpAddress source = route.source();
        // IPv6 (net/ipv6/route.c) wants it on the link, and none whose detection still runs.
        boolean isValid = source == null
                || (!tentative.contains(source)
                        && state.addresses.stream()
                                .filter(a -> route.family() == Family.IPV4 || route.uses(a.link()))
                                .anyMatch(a -> a.ip().equals(source)));
        return isValid ? Optional.empty() : Optional.of("Invalid source address");
    }
}
