package io.onlink.reconcile;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.RouteOrder;
import io.onlink.model.Vrf;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Of what is desired, that which Onlink has put there and others may have taken away. What they have added stands as it is
 * observed, unless it is in the way: an address on a bridge's port, or a route by the same link in the place of a declared
 * one; by another link it stays behind the declared one.
 */
final class Own {
    private final NetworkState observed;
    private final NetworkState desired;

    Own(NetworkState observed, NetworkState desired) {
        this.observed = observed;
        this.desired = desired;
    }

    /** All parts that can drift, links before what hangs on them. */
    Set<Subject> subjects(Collection<String> managed) {
        Set<Subject> all = new LinkedHashSet<>();
        managed.forEach(link -> all.add(new Subject.OfLink(link)));
        for (String link : managed) {
            for (var family : io.onlink.model.Family.values()) {
                all.add(new Subject.Addressing(link, family));
            }
        }
        desired.rules().forEach(rule -> all.add(new Subject.OfRule(rule)));
        desired.sysctls().keySet().stream()
                .filter(name -> managed.stream().noneMatch(link -> NetworkState.isSysctlOf(link, name)))
                .forEach(name -> all.add(new Subject.OfSysctl(name)));
        all.add(new Subject.HostFirewall());
        return all;
    }

    /** The observed state with only these parts put right. */
    NetworkState right(Collection<? extends Subject> subjects) {
        NetworkState.Builder state = observed.toBuilder();
        for (Subject subject : subjects) {
            switch (subject) {
                case Subject.OfLink(String link) -> link(state, link);
                case Subject.OfRule(var rule) -> {
                    if (!state.rules.contains(rule)) {
                        state.rules.add(rule);
                    }
                }
                case Subject.OfSysctl(String name) -> sysctl(state, name);
                case Subject.HostFirewall() -> state.firewall = desired.firewall();
                case Subject.Addressing _, Subject.Port _, Subject.PortOptions _, Subject.Host _ -> {}
            }
        }
        leaveMissingMasters(state);
        for (Subject subject : subjects) {
            if (subject instanceof Subject.Addressing addressing && state.links.containsKey(addressing.link())) {
                addresses(state, addressing);
                routes(state, addressing);
            }
        }
        return state.build();
    }

    private void link(NetworkState.Builder state, String name) {
        Link wanted = desired.link(name);
        if (wanted == null) {
            return;
        }
        state.put(wanted);
        state.redirects.removeIf(redirect -> redirect.link().equals(name));
        state.exchanges.removeIf(
                exchange -> exchange.from().equals(name) || exchange.to().equals(name));
        desired.sysctls().keySet().stream()
                .filter(sysctl -> NetworkState.isSysctlOf(name, sysctl))
                .forEach(sysctl -> sysctl(state, sysctl));
    }

    private void sysctl(NetworkState.Builder state, String name) {
        state.sysctls.put(name, Objects.requireNonNull(desired.sysctls().get(name)));
    }

    /** A port whose bridge is not there, and not to be made now, waits for it. */
    private static void leaveMissingMasters(NetworkState.Builder state) {
        for (Link link : List.copyOf(state.links.values())) {
            String master = link.master();
            if (master != null && !state.links.containsKey(master)) {
                state.put(link.withMaster(null));
            }
        }
    }

    private void addresses(NetworkState.Builder state, Subject.Addressing subject) {
        List<Address> wanted = desired.addressesOf(subject.link()).stream()
                .filter(address -> address.family() == subject.family() && !address.isKernelMade())
                .toList();
        state.addresses.removeIf(address -> isOf(subject, address) && !address.isKernelMade());
        state.addresses.addAll(wanted);
        if (!isPort(subject.link())) {
            observed.addresses().stream()
                    .filter(address -> isOf(subject, address) && !address.isKernelMade())
                    // The same with another prefix length would make a second connected route.
                    .filter(address -> wanted.stream().noneMatch(own -> own.ip().equals(address.ip())))
                    .forEach(state.addresses::add);
        }
    }

    private void routes(NetworkState.Builder state, Subject.Addressing subject) {
        List<Route> wanted =
                desired.routes().stream().filter(route -> isOf(subject, route)).toList();
        linkless(state, subject);
        state.routes.removeIf(route -> isOf(subject, route) && !route.isKernelMade());
        RouteOrder order = RouteOrder.of(desired.routes());
        wanted.stream().filter(route -> !route.isKernelMade()).forEach(route -> order.add(route, state.routes));
        if (!isPort(subject.link())) {
            observed.routes().stream()
                    .filter(route -> isOf(subject, route) && !route.isKernelMade())
                    .filter(route ->
                            wanted.stream().noneMatch(own -> own.place().equals(route.place())))
                    .forEach(state.routes::add);
        }
    }

    /** The link to which a table's route of no link belongs: the VRF, or else the one by which the table's other routes lead. */
    static Optional<String> domainOf(Route linkless, NetworkState state) {
        return state.links().values().stream()
                .filter(link -> link instanceof Vrf vrf && vrf.table() == linkless.table())
                .map(Link::name)
                .findFirst()
                .or(() -> state.routes().stream()
                        .filter(route -> route.table() == linkless.table() && linkless.table() != Route.MAIN)
                        .map(Route::link)
                        .filter(Objects::nonNull)
                        .findFirst());
    }

    /** Those of a domain's table, which go with no link; others' beside them stay. */
    private void linkless(NetworkState.Builder state, Subject.Addressing subject) {
        desired.routes().stream()
                .filter(route -> route.isLinkless() && route.family() == subject.family())
                .filter(route -> domainOf(route, desired).equals(Optional.of(subject.link())))
                .filter(route -> state.routes.stream().noneMatch(route::hasSameEffectAs))
                .forEach(route -> {
                    state.routes.removeIf(
                            other -> !other.isKernelMade() && other.place().equals(route.place()));
                    state.routes.add(route);
                });
    }

    private static boolean isOf(Subject.Addressing subject, Address address) {
        return address.link().equals(subject.link()) && address.family() == subject.family();
    }

    private static boolean isOf(Subject.Addressing subject, Route route) {
        return route.family() == subject.family() && route.uses(subject.link());
    }

    /** What comes to a bridge's port the bridge gets: an address there answers nobody. */
    private boolean isPort(String name) {
        Link link = desired.link(name);
        String master = link == null ? null : link.master();
        return master != null && desired.link(master) instanceof Bridge;
    }
}
