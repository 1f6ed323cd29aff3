package io.onlink.desired;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Position;
import io.onlink.hostfile.Segment;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.RouteOrder;
import io.onlink.model.Rule;
import io.onlink.model.Vrf;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The tables beside the main one: what the file puts into its own, the rules that lead there, and what others have in theirs. */
final class RoutingDomains {
    private final HostFile file;
    private final Found found;
    private final NetworkState observed;
    private final NetworkState.Builder state;
    private final Tables tables;

    RoutingDomains(HostFile file, Found found, NetworkState observed, NetworkState.Builder state, Tables tables) {
        this.file = file;
        this.found = found;
        this.observed = observed;
        this.state = state;
        this.tables = tables;
    }

    /** A way of one domain for another one too. */
    void leak(HostFile.Leak leak, Map<Route, Position> ours) {
        if (!state.links.containsKey(leak.link())) {
            return;
        }
        Route wanted = leak.via() == null
                ? Route.direct(leak.to(), leak.table(), leak.link())
                : Route.via(leak.to(), leak.table(), leak.via(), leak.link());
        state.routes.add(wanted);
        ours.put(wanted, leak.position());
    }

    /** The table of what a segment answers; why it cannot be had. */
    Optional<String> answers(Segment segment) {
        return segment.replies()
                .flatMap(replies -> answers("segments." + segment.name(), segment.link(), segment.routes(), replies));
    }

    /** The table of what a NIC answers; why it cannot be had. */
    Optional<String> answers(HostFile.Ethernet nic) {
        return nic.replies().flatMap(replies -> answers("ethernets." + nic.name(), nic.name(), nic.routes(), replies));
    }

    /** A table that has of the host's routes only those of one link, and the rules that send its answers there. */
    private Optional<String> answers(String where, String link, List<HostFile.Route> routes, HostFile.Replies replies) {
        int table = replies.table();
        Optional<String> refusal = tables.check(table, "")
                .map(reason -> "%s: %s.replies.table: %s".formatted(replies.position(), where, reason));
        if (refusal.isPresent() || !state.links.containsKey(link)) {
            return refusal;
        }
        file.addressesOf(link).stream()
                .filter(address -> !address.ip().isIpv6LinkLocal())
                .map(InterfaceAddress::network)
                .distinct()
                .forEach(network -> state.routes.add(Route.direct(network, table, link)));
        routes.stream()
                .filter(route -> !route.isDefault())
                .forEach(route -> state.routes.add(
                        Route.via(route.to(), table, route.via(), link).withMetric(route.metric())));
        for (Family family : Family.values()) {
            replies.routers().stream()
                    .filter(router -> router.family() == family)
                    .findFirst()
                    .ifPresent(router -> state.routes.add(Route.via(IpNetwork.defaultOf(family), table, router, link)));
        }
        endSearchIn(table);
        answerBy(table, link);
        return Optional.empty();
    }

    /** What no route of a domain leads goes nowhere: where its default route is lost, nothing leaves by the main table. */
    void endSearchIn(int table) {
        for (Family family : Family.values()) {
            Route end = Route.endOf(table, family);
            if (state.routes.stream().noneMatch(end::hasSameEffectAs)) {
                state.routes.add(end);
            }
        }
    }

    /**
     * What this host sends from an address of a link goes by the link's table, also from a socket that is bound to no VRF: one that
     * was connected before there was a VRF, or a server's that listens for all. Not from an address that the host has twice.
     */
    void answerBy(int table, String link) {
        file.addressesOf(link).stream()
                .map(InterfaceAddress::ip)
                .filter(ip -> !ip.isIpv6LinkLocal() && isOnOneLink(ip))
                .map(ip -> Rule.from(ip, table))
                .filter(rule -> !state.rules.contains(rule))
                .forEach(state.rules::add);
    }

    private boolean isOnOneLink(IpAddress ip) {
        return state.addresses.stream()
                        .filter(address -> address.ip().equals(ip))
                        .count()
                == 1;
    }

    /**
     * The file speaks of the main table and those that it names; what others have put into other tables stays, on the link that has
     * their NIC's addresses now.
     */
    void keepRoutesInTablesOfOthers(Set<String> managed, BiPredicate<String, @Nullable IpAddress> isOnLink) {
        Set<Integer> spokenOf = new HashSet<>(file.tables());
        found.madeRoutes().forEach(route -> spokenOf.add(route.table()));
        observed.links().values().forEach(link -> {
            if (link instanceof Vrf vrf && found.links().contains(vrf.name())) {
                spokenOf.add(vrf.table());
            }
        });
        RouteOrder order = RouteOrder.of(observed.routes());
        for (Route route : observed.routes()) {
            if (route.isKernelMade() || route.isLinkless() || spokenOf.contains(route.table())) {
                continue;
            }
            Route here = route;
            for (Segment segment : file.segments().values()) {
                if (segment.hasBridge()) {
                    here = here.moved(segment.uplink(), segment.link());
                }
            }
            if (managed.stream().anyMatch(here::uses) && isPossible(here, isOnLink) && isFree(here, managed)) {
                order.add(here, route, state.routes);
            }
        }
    }

    /** Beside others' routes it may stand as it stood before, where the kernel does not make one of both. */
    private boolean isFree(Route route, Set<String> managed) {
        return state.routes.stream()
                .filter(other -> !other.isKernelMade() && other.place().equals(route.place()))
                .allMatch(other -> route.family() == Family.IPV4
                        && !other.isLinkless()
                        && managed.stream().noneMatch(other::uses));
    }

    private boolean isPossible(Route route, BiPredicate<String, @Nullable IpAddress> isOnLink) {
        IpAddress source = route.source();
        return (source == null
                        || state.addresses.stream()
                                .anyMatch(address -> address.ip().equals(source)))
                && route.nextHops().stream()
                        .allMatch(hop -> hop.link() != null
                                && state.links.containsKey(hop.link())
                                && (hop.onlink() || isOnLink.test(hop.link(), hop.via())));
    }
}
