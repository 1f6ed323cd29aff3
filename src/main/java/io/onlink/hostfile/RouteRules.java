package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.hostfile.Draft.RouteDraft;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Every route leads to a router on a network that is there, and is the only one of its destination and metric. */
final class RouteRules {
    private RouteRules() {}

    static void check(Draft draft, Problems problems) {
        for (RoutingDomain domain : RoutingDomain.all(draft)) {
            for (LinkDraft link : domain.links()) {
                Exits exits =
                        new Exits(link.title(), List.of(link), link.addresses().complete());
                link.routes().values().forEach(route -> check(route, exits, domain, problems));
            }
            Exits exits = new Exits(domain.title(), domain.links(), domain.complete());
            domain.vrfRoutes().forEach(route -> check(route, exits, domain, problems));
            checkPlaces(domain, problems);
        }
    }

    /** The interfaces a route may leave by. */
    private record Exits(String title, List<LinkDraft> links, boolean complete) {
        List<IpNetwork> networks() {
            return links.stream()
                    .flatMap(link -> link.networks().stream())
                    .distinct()
                    .toList();
        }
    }

    private static void check(RouteDraft route, Exits exits, RoutingDomain domain, Problems problems) {
        route.via().ifPresent(via -> {
            Optional<String> mismatch = familyMismatch(route, via.value());
            if (mismatch.isPresent()) {
                problems.add(via.place(), mismatch.get());
                return;
            }
            routerRefusal(via.value(), exits, domain).ifPresent(refusal -> problems.add(via.place(), refusal));
            route.to()
                    .filter(to ->
                            to.value().to().filter(exits.networks()::contains).isPresent())
                    .ifPresent(to -> problems.add(
                            to.place(),
                            "%s is the network of %s itself, which is reached without a router"
                                    .formatted(to.value().network(via.value().family()), exits.title())));
        });
    }

    private static Optional<String> familyMismatch(RouteDraft route, IpAddress via) {
        return route.to()
                .flatMap(to -> to.value().to())
                .filter(network -> network.family() != via.family())
                .map(network ->
                        "the router %s and the destination %s are of two families; IPv4 goes via IPv4, IPv6 via IPv6"
                                .formatted(via, network));
    }

    private static Optional<String> routerRefusal(IpAddress via, Exits exits, RoutingDomain domain) {
        Optional<String> refusal = UnicastAddress.refusal(via);
        if (refusal.isPresent()) {
            return refusal.map(reason -> reason + "; a router's address is expected");
        }
        if (domain.hasOwnAddress(via)) {
            return Optional.of(via + " is the host's own address; a router's is expected");
        }
        if (via.isIpv6LinkLocal()) {
            return exits.links().size() > 1
                    ? Optional.of("%s is on every interface of %s; a router's global address is expected"
                            .formatted(via, exits.title()))
                    : Optional.empty();
        }
        return offNetwork(via, exits);
    }

    /** Also for the routers that containers get. */
    static Optional<String> offNetwork(IpAddress router, LinkDraft link) {
        return offNetwork(
                router, new Exits(link.title(), List.of(link), link.addresses().complete()));
    }

    private static Optional<String> offNetwork(IpAddress router, Exits exits) {
        Optional<IpNetwork> home = exits.networks().stream()
                .filter(network -> network.contains(router))
                .findFirst();
        if (home.isEmpty()) {
            return exits.complete() ? Optional.of(notOn(router, exits)) : Optional.empty();
        }
        // IPv6's first address is every router's (RFC 4291, 2.6.1): a good next hop.
        return router.family() == Family.IPV4
                ? UnicastAddress.refusal(router, home.get()).map(reason -> reason + "; a router's address is expected")
                : Optional.empty();
    }

    private static String notOn(IpAddress router, Exits exits) {
        String networks = exits.networks().stream()
                .filter(network -> network.family() == router.family())
                .map(IpNetwork::toString)
                .collect(Collectors.joining(", "));
        return networks.isEmpty()
                ? "the router %s cannot be reached: %s has no %s address; give it one"
                        .formatted(router, exits.title(), nameOf(router.family()))
                : "the router %s is on no network of %s; one in %s is expected"
                        .formatted(router, exits.title(), networks);
    }

    private record Key(IpNetwork network, int metric) {}

    private static void checkPlaces(RoutingDomain domain, Problems problems) {
        Map<Key, RouteDraft> places = new HashMap<>();
        domain.routes()
                .forEach(route -> route.network().ifPresent(network -> {
                    Key key = new Key(network, route.effectiveMetric(network.family()));
                    RouteDraft earlier = places.putIfAbsent(key, route);
                    if (earlier != null) {
                        problems.add(
                                route.place(),
                                "%s has %s of metric %d already (line %d); give this one another metric, the smaller wins"
                                        .formatted(
                                                domain.title(),
                                                description(network),
                                                key.metric(),
                                                earlier.place().line()));
                    }
                }));
    }

    private static String description(IpNetwork network) {
        return network.isDefault()
                ? "an %s default route".formatted(nameOf(network.family()))
                : "a route to " + network;
    }

    static String nameOf(Family family) {
        return switch (family) {
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
        };
    }
}
