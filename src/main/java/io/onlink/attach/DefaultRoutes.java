package io.onlink.attach;

import io.onlink.hostfile.Segment;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Route;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/** Through which of its endpoints a container goes out, and what has to change for that. Decides only. */
final class DefaultRoutes {
    /**
     * How far a sandbox's default routes may be corrected while the engine is at work on it: it fails where it finds a
     * route that it is about to add.
     */
    enum Correction {
        /** The engine may be about to replace its own route. */
        NONE,
        /** The engine adds one and then leaves it alone: what is there is its last word. */
        REPLACE,
        /** The engine is done: what is missing it will not add. */
        ADD
    }

    private DefaultRoutes() {}

    /**
     * The endpoint that has the default route of a family: one that the user chose by {@code onlink.default-route=true},
     * else that of the first segment in the host file that has a router. Never one with {@code false}.
     */
    static Optional<Endpoint> owner(
            Collection<Endpoint> endpoints, Family family, SequencedMap<String, Segment> segments) {
        List<String> order = List.copyOf(segments.sequencedKeySet());
        return endpoints.stream()
                .filter(endpoint -> !Objects.equals(endpoint.defaultRoute(), false))
                .filter(endpoint -> endpoint.addresses().anyMatch(address -> address.family() == family))
                .filter(endpoint -> router(endpoint, family, segments).isPresent())
                .min(Comparator.comparing((Endpoint endpoint) -> !Objects.equals(endpoint.defaultRoute(), true))
                        .thenComparingInt(endpoint -> order.indexOf(endpoint.segment()))
                        .thenComparing(Endpoint::since)
                        .thenComparing(Endpoint::id));
    }

    /** The next hop of an endpoint's default route, if its segment has one. */
    static Optional<IpAddress> router(Endpoint endpoint, Family family, SequencedMap<String, Segment> segments) {
        return Optional.ofNullable(segments.get(endpoint.segment())).flatMap(segment -> segment.router(family));
    }

    /**
     * What has to be done so that a sandbox has exactly the one default route of a family.
     *
     * @param routes all that are in the sandbox
     * @param correction how far it may go
     */
    static List<Step> correct(
            Collection<Route> routes, Family family, IpAddress router, String link, Correction correction) {
        if (correction == Correction.NONE) {
            return List.of();
        }
        List<Route> present = routes.stream()
                .filter(route -> route.destination().equals(IpNetwork.defaultOf(family)))
                .filter(route -> route.table() == Route.MAIN && route.type() == Route.Type.UNICAST)
                .toList();
        Route wanted = Route.via(IpNetwork.defaultOf(family), Route.MAIN, router, link);
        List<Step> steps = new ArrayList<>();
        Optional<Route> inPlace = present.stream()
                .filter(route -> route.place().equals(wanted.place()))
                .findFirst();
        if (present.isEmpty() && correction == Correction.REPLACE) {
            return steps;
        }
        if (inPlace.isEmpty()) {
            steps.add(new Step.AddRoute(wanted));
        } else if (!isTo(inPlace.get(), router, link)) {
            steps.add(new Step.ReplaceRoute(inPlace.get(), wanted));
        }
        present.stream()
                .filter(route -> inPlace.filter(route::equals).isEmpty())
                .forEach(route -> steps.add(new Step.DeleteRoute(route)));
        return steps;
    }

    private static boolean isTo(Route route, IpAddress router, String link) {
        return route.nextHops().size() == 1
                && Objects.equals(route.nextHops().getFirst().via(), router)
                && Objects.equals(route.nextHops().getFirst().link(), link);
    }
}
