package io.onlink.plan;

import io.onlink.model.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Routes by their place, and in a place in the kernel's order: a router has a million of them, and each is looked for. */
final class Routes {
    private final Map<Route.Place, List<Route>> byPlace = new LinkedHashMap<>();

    Routes(Collection<Route> routes) {
        routes.forEach(this::add);
    }

    List<Route> all() {
        return byPlace.values().stream().flatMap(List::stream).toList();
    }

    /** Those that stand in a place, but for the kernel's own. */
    List<Route> in(Route.Place place) {
        return byPlace.getOrDefault(place, List.of()).stream()
                .filter(route -> !route.isKernelMade())
                .toList();
    }

    boolean hasOneLike(Route wanted) {
        return byPlace.getOrDefault(wanted.place(), List.of()).stream().anyMatch(wanted::hasSameEffectAs);
    }

    /** Behind the others of its place. */
    void add(Route route) {
        there(route).add(route);
    }

    /** In front of the others of its place. */
    void addFirst(Route route) {
        there(route).addFirst(route);
    }

    void replace(Route from, Route to) {
        List<Route> there = there(from);
        there.set(there.indexOf(from), to);
    }

    void remove(Route route) {
        there(route).remove(route);
    }

    void removeIf(Predicate<Route> unwanted) {
        byPlace.values().forEach(there -> there.removeIf(unwanted));
    }

    private List<Route> there(Route route) {
        return byPlace.computeIfAbsent(route.place(), _ -> new ArrayList<>());
    }
}
