package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LeakDraft;
import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.hostfile.Draft.RouteDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Each leak is between two domains of this file, of which one has a way to the network, and the other has none of its own. */
final class LeakRules {
    /** As the domain of all interfaces that are in no VRF is called. */
    private static final String MAIN = "main";

    private LeakRules() {}

    /** @param via null for a network that the link is on */
    private record Way(IpNetwork to, @Nullable IpAddress via, String link) {}

    static void check(Draft draft, Problems problems) {
        for (VrfDraft vrf : draft.vrfs()) {
            vrf.leaks().values().forEach(leak -> check(vrf, leak, draft, problems));
        }
    }

    private static void check(VrfDraft vrf, LeakDraft leak, Draft draft, Problems problems) {
        if (leak.from().isPresent() && leak.into().isPresent()) {
            problems.add(
                    leak.place(), "has both 'from' and 'into'; an entry is one direction, write another for the other");
            return;
        }
        Optional<Located<String>> other = leak.from().or(leak::into);
        if (other.isEmpty() || leak.to().isEmpty()) {
            return;
        }
        if (other.get().value().equals(vrf.name().value())
                || domain(other.get().value(), draft).isEmpty()) {
            problems.add(
                    other.get().place(),
                    "no other routing domain '%s' in this file; allowed: %s"
                            .formatted(other.get().value(), others(vrf, draft)));
            return;
        }
        Located<IpNetwork> to = leak.to().get();
        if (to.value().isDefault()) {
            problems.add(
                    to.place(),
                    "is a default route; a network is expected: what goes to everywhere else is a route of the VRF");
            return;
        }
        RoutingDomain giver = giver(vrf, leak, draft);
        RoutingDomain taker = taker(vrf, leak, draft);
        if (giver.complete() && way(to.value(), giver).isEmpty()) {
            problems.add(
                    to.place(), "no interface and no route of %s leads to %s".formatted(giver.title(), to.value()));
        }
        if (Stream.concat(taker.networks().stream(), taker.routes().flatMap(route -> route.network().stream()))
                .anyMatch(to.value()::equals)) {
            problems.add(to.place(), "%s has its own way to %s".formatted(taker.title(), to.value()));
        }
    }

    /** Only for a draft without problems. */
    static HostFile.Leak resolve(Draft draft, VrfDraft vrf, LeakDraft leak) {
        Way way = way(leak.to().orElseThrow().value(), giver(vrf, leak, draft)).orElseThrow();
        int table = leak.into()
                .map(into -> draft.vrfs().stream()
                        .filter(other -> other.name().value().equals(into.value()))
                        .findFirst()
                        .map(other -> other.table().orElseThrow().value())
                        .orElse(io.onlink.model.Route.MAIN))
                .orElseGet(() -> vrf.table().orElseThrow().value());
        return new HostFile.Leak(
                way.to(), way.via(), way.link(), table, leak.place().position());
    }

    private static RoutingDomain giver(VrfDraft vrf, LeakDraft leak, Draft draft) {
        return leak.from().flatMap(from -> domain(from.value(), draft)).orElseGet(() -> RoutingDomain.of(draft, vrf));
    }

    private static RoutingDomain taker(VrfDraft vrf, LeakDraft leak, Draft draft) {
        return leak.into().flatMap(into -> domain(into.value(), draft)).orElseGet(() -> RoutingDomain.of(draft, vrf));
    }

    private static Optional<RoutingDomain> domain(String name, Draft draft) {
        return name.equals(MAIN)
                ? Optional.of(RoutingDomain.all(draft).getFirst())
                : draft.vrfs().stream()
                        .filter(vrf -> vrf.name().value().equals(name))
                        .findFirst()
                        .map(vrf -> RoutingDomain.of(draft, vrf));
    }

    private static String others(VrfDraft vrf, Draft draft) {
        return Stream.concat(
                        Stream.of(MAIN),
                        draft.vrfs().stream().map(other -> other.name().value()))
                .filter(name -> !name.equals(vrf.name().value()))
                .collect(Collectors.joining(", "));
    }

    /** As the domain's table would lead it, by what the file says of it: by the longest prefix. */
    private static Optional<Way> way(IpNetwork to, RoutingDomain domain) {
        for (LinkDraft link : domain.links()) {
            if (link.link().isPresent() && link.networks().stream().anyMatch(network -> network.contains(to))) {
                return Optional.of(new Way(to, null, link.link().get().value()));
            }
        }
        Stream<Way> ofLinks = domain.links().stream()
                .filter(link -> link.link().isPresent())
                .flatMap(link -> ways(link.routes().values(), link.link().get().value()));
        Stream<Way> ofVrf = domain.vrfRoutes().stream()
                .flatMap(route -> domain.linkTowards(route).stream().flatMap(link -> ways(List.of(route), link)));
        return Stream.concat(ofLinks, ofVrf)
                .filter(way -> !way.to().isDefault() && way.to().contains(to))
                .max(Comparator.comparingInt(way -> way.to().prefixLength()))
                .map(way -> new Way(to, way.via(), way.link()));
    }

    private static Stream<Way> ways(List<RouteDraft> routes, String link) {
        return routes.stream()
                .flatMap(route -> route.network().stream()
                        .flatMap(network -> route.via().stream().map(via -> new Way(network, via.value(), link))));
    }
}
