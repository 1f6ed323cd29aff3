package io.onlink.verify;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which targets a host has: its declared routers and peers, and the default routes it was found with. */
final class Targets {
    private Targets() {}

    /** Declared routers, and the peers of the file and the given ones, each once. */
    static Set<Target> declared(HostFile file, Collection<IpAddress> peers) {
        Set<Target> targets = new LinkedHashSet<>();
        for (Segment segment : file.segments().values()) {
            routers(segment.routes(), List.of(segment.link(), segment.uplink()), targets);
        }
        file.ethernets().values().forEach(nic -> routers(nic.routes(), List.of(nic.name()), targets));
        for (HostFile.Vrf vrf : file.vrfs().values()) {
            vrf.routes().forEach(route -> routers(List.of(route), candidates(file, route.link()), targets));
        }
        Set<IpAddress> asked = new TreeSet<>();
        for (Target target : targets) {
            if (target instanceof Target.Host host) {
                asked.add(host.ip());
            }
        }
        Stream.concat(file.verify().peers().stream(), peers.stream())
                .filter(asked::add)
                .forEach(peer -> targets.add(new Target.Host(peer, List.of())));
        return targets;
    }

    /** Where the address that a connection goes to has a table of its own, the connection's way is not everybody's. */
    static Target of(Verifier.Login login, HostFile file) {
        boolean hasTable = links(file).stream()
                .filter(link -> file.tableOf(link) != Route.MAIN)
                .anyMatch(link -> file.addressesOf(link).stream()
                        .anyMatch(address -> address.ip().equals(login.server())));
        return hasTable ? new Target.Login(login.client(), login.server()) : new Target.Host(login.client(), List.of());
    }

    /** Of each table and family the default route that is used, if it leads through a router. */
    static Set<Target> defaultRoutes(NetworkState state) {
        Set<Target> targets = new LinkedHashSet<>();
        for (Family family : Family.values()) {
            state.routes().stream()
                    .map(Route::table)
                    .distinct()
                    .forEach(table -> DefaultRouter.inTable(state, family, table)
                            .ifPresent(router ->
                                    targets.add(new Target.DefaultRoute(family, table, router.ip(), router.link()))));
        }
        return targets;
    }

    /** Every link whose neighbours the file's addresses are resolved on, now or before. */
    static Set<String> links(HostFile file) {
        Set<String> links = new TreeSet<>(file.ethernets().keySet());
        for (Segment segment : file.segments().values()) {
            links.add(segment.link());
            links.add(segment.uplink());
        }
        file.vrfs().values().forEach(vrf -> links.addAll(vrf.interfaces()));
        return links;
    }

    private static void routers(List<HostFile.Route> routes, List<String> links, Set<Target> targets) {
        for (HostFile.Route route : routes) {
            targets.add(new Target.Router(route.via(), links));
            if (route.isDefault()) {
                targets.add(new Target.Host(route.via(), links));
            }
        }
    }

    private static List<String> candidates(HostFile file, String link) {
        return file.segments().values().stream()
                .filter(segment -> segment.link().equals(link))
                .findFirst()
                .map(segment -> List.of(link, segment.uplink()))
                .orElse(List.of(link));
    }
}
