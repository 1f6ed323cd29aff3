package io.onlink.plan;

import io.onlink.model.Family;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * How routes come, change and go. In a place that several have, only one that nobody wants is ever replaced: the others may
 * be of links that the plan has nothing to do with, and somebody may be reached by them.
 */
final class RouteSteps {
    private final List<Route> directFirst;
    private final Routes desired;
    private final Draft draft;

    RouteSteps(NetworkState desired, Draft draft) {
        this.directFirst = desired.routes().stream()
                .filter(route -> !route.isKernelMade())
                .sorted(Comparator.comparing(route -> !route.isDirect()))
                .toList();
        this.desired = new Routes(desired.routes());
        this.draft = draft;
    }

    void add(Predicate<Route> now) {
        for (Route wanted : directFirst) {
            if (!draft.hasRouteLike(wanted) && now.test(wanted)) {
                put(wanted);
            }
        }
    }

    void deleteUnwanted() {
        delete(this::isUnwanted);
    }

    void delete(Predicate<Route> which) {
        routersFirst(draft.routes().stream().filter(route -> !route.isKernelMade() && which.test(route)))
                .forEach(draft::delete);
    }

    private void put(Route wanted) {
        List<Route> there = draft.routesIn(wanted.place());
        if (there.isEmpty()) {
            draft.add(wanted);
            return;
        }
        Route replaced = replacedBy(wanted, there);
        boolean isBehind = there.stream().anyMatch(other -> standsBefore(other, wanted));
        if (isUnwanted(replaced) && !isBehind) {
            draft.replace(replaced, wanted);
        } else if (wanted.family() == Family.IPV4 && !isBehind) {
            draft.prepend(wanted);
        } else {
            draft.append(wanted);
        }
    }

    /**
     * The one that the kernel would replace: in IPv4 the first (fib_table_insert); in IPv6 the first that has a router, or none,
     * as the new one has (fib6_add_rt2node).
     */
    private static Route replacedBy(Route wanted, List<Route> there) {
        return there.stream()
                .filter(route -> wanted.family() == Family.IPV4 || route.isDirect() == wanted.isDirect())
                .findFirst()
                .orElse(there.getFirst());
    }

    /** In IPv4 the first is used; in IPv6 the kernel chooses by what it knows of the links. */
    private boolean standsBefore(Route other, Route wanted) {
        return wanted.family() == Family.IPV4
                && desired.in(wanted.place()).stream()
                        .takeWhile(route -> !route.hasSameEffectAs(wanted))
                        .anyMatch(other::hasSameEffectAs);
    }

    private boolean isUnwanted(Route route) {
        return !route.isKernelMade() && !desired.hasOneLike(route);
    }

    /** A route through a router goes before the route on which the router is, and comes after it. */
    private static Collection<Route> routersFirst(Stream<Route> routes) {
        return routes.sorted(Comparator.comparing(route -> !route.isDirect()))
                .toList()
                .reversed();
    }
}
