package io.onlink.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of several routes in one place stands before which, as it was seen somewhere: the kernel uses the first
 * (net/ipv4/fib_trie.c, fib_table_insert). Most places have one route, and then there is nothing to know.
 */
public final class RouteOrder {
    private final Map<Route.Place, List<Route>> shared = new LinkedHashMap<>();

    private RouteOrder() {}

    public static RouteOrder of(Collection<Route> routes) {
        RouteOrder order = new RouteOrder();
        routes.forEach(route -> order.shared
                .computeIfAbsent(route.place(), _ -> new ArrayList<>(1))
                .add(route));
        order.shared.values().removeIf(there -> there.size() == 1);
        return order;
    }

    /** Adds a route to others: in front of those that were seen behind it, else behind all. */
    public void add(Route route, List<Route> to) {
        add(route, route, to);
    }

    /** The same for a route that was seen as another one, by another link. */
    public void add(Route route, Route seenAs, List<Route> to) {
        List<Route> behind = shared.getOrDefault(route.place(), List.of()).stream()
                .dropWhile(other -> !other.hasSameEffectAs(seenAs))
                .skip(1)
                .toList();
        for (int i = 0; !behind.isEmpty() && i < to.size(); i++) {
            if (behind.stream().anyMatch(to.get(i)::hasSameEffectAs)) {
                to.add(i, route);
                return;
            }
        }
        to.add(route);
    }
}
