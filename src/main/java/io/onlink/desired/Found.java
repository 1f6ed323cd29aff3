package io.onlink.desired;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.Macvlan;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.RouteOrder;
import io.onlink.model.Rule;
import io.onlink.model.Stub;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the host was found before Onlink changed it: of every link that Onlink manages, what it was
 * then, or that there was none. {@code onlink down} leads back to it, and a link that a new host file
 * no longer names goes back to it.
 *
 * @param links names of all managed links, those that Onlink made included
 * @param ports links of others that were ports or members of managed links, by name, with their master
 * @param made rules that Onlink added
 * @param madeRoutes routes of no link that Onlink added
 * @param state of those managed links that were there: their attributes, addresses, routes, and the
 *     sysctls that Onlink sets; and rules and routes of no link that a change takes away. Beside its links' routes stand
 *     those of others in the same place, only to say which was used
 * @param hearing names of those links that obeyed routers' advertisements; Docker may turn forwarding on later, and then
 *     nothing else tells
 */
public record Found(
        NavigableSet<String> links,
        NavigableMap<String, String> ports,
        List<Rule> made,
        List<Route> madeRoutes,
        NetworkState state,
        NavigableSet<String> hearing) {
    private static final Duration TO_RENEW = Duration.ofMinutes(5);

    public Found {
        hearing = Collections.unmodifiableNavigableSet(new TreeSet<>(hearing));
        links = Collections.unmodifiableNavigableSet(new TreeSet<>(links));
        ports = Collections.unmodifiableNavigableMap(new TreeMap<>(ports));
        made = List.copyOf(made);
        madeRoutes = List.copyOf(madeRoutes);
    }

    /** A host that Onlink has not touched. */
    public static Found untouched() {
        return new Found(new TreeSet<>(), new TreeMap<>(), List.of(), List.of(), NetworkState.empty(), new TreeSet<>());
    }

    /**
     * What has to be remembered before a change: this, and of each link that is managed from now on, how
     * it is observed. What was found earlier stays as it was found.
     */
    public Found including(NavigableSet<String> managed, NetworkState observed, NetworkState desired) {
        NavigableSet<String> added = new TreeSet<>(managed);
        added.removeAll(links);
        NavigableSet<String> all = new TreeSet<>(links);
        all.addAll(added);

        NetworkState.Builder more = state.toBuilder();
        observed.links().values().stream()
                .filter(link -> added.contains(link.name()))
                .forEach(more::put);
        observed.addresses().stream()
                .filter(address -> added.contains(address.link()))
                .filter(address -> !address.isKernelMade() || address.isKernelsLinkLocal())
                .forEach(more.addresses::add);
        includeRoutes(more, added, observed);
        observed.neighbours().stream()
                .filter(neighbour -> neighbour.isSetByHand() && added.contains(neighbour.link()))
                .forEach(more.neighbours::add);
        desired.sysctls().forEach((name, value) -> {
            String was = observed.sysctls().get(name);
            if (was != null && !was.equals(value) && !isOfMadeLink(name)) {
                more.sysctls.putIfAbsent(name, was);
            }
        });

        observed.rules().stream()
                .filter(rule -> !desired.rules().contains(rule) && !made.contains(rule))
                .forEach(more.rules::add);
        observed.routes().stream()
                .filter(route -> route.isLinkless() && !isIn(desired.routes(), route) && !isIn(madeRoutes, route))
                .forEach(more.routes::add);
        List<Rule> rules = new ArrayList<>(desired.rules());
        rules.removeIf(rule -> observed.rules().contains(rule) && !made.contains(rule));
        List<Route> routes = new ArrayList<>(desired.routes());
        routes.removeIf(route -> !route.isLinkless() || (isIn(observed.routes(), route) && !isIn(madeRoutes, route)));
        NavigableMap<String, String> attached = new TreeMap<>(ports);
        observed.links().values().stream()
                .filter(link -> !all.contains(link.name()))
                .forEach(link -> {
                    String master = link.master();
                    if (master != null && added.contains(master)) {
                        attached.put(link.name(), master);
                    }
                });
        NavigableSet<String> listening = new TreeSet<>(hearing);
        added.stream().filter(link -> hearsRouters(link, observed)).forEach(listening::add);
        return new Found(all, attached, rules, routes, more.build(), listening);
    }

    private void includeRoutes(NetworkState.Builder more, Set<String> added, NetworkState observed) {
        // What stood beside, of a link that is to be given back now, is there still or is not.
        more.routes.removeIf(
                route -> added.stream().anyMatch(route::uses) && !isOurs(route) && !isIn(observed.routes(), route));
        Set<Route> known = new HashSet<>(more.routes);
        Set<Route.Place> places = observed.routes().stream()
                .filter(route -> !route.isKernelMade() && added.stream().anyMatch(route::uses))
                .map(Route::place)
                .collect(Collectors.toSet());
        observed.routes().stream()
                .filter(route -> !route.isKernelMade() && !route.isLinkless() && places.contains(route.place()))
                .filter(route -> added.stream().anyMatch(route::uses) || !isOurs(route))
                .filter(known::add)
                .forEach(more.routes::add);
    }

    private boolean isOurs(Route route) {
        return route.isLinkless() || links.stream().anyMatch(route::uses);
    }

    private static boolean isIn(List<Route> routes, Route route) {
        return routes.stream().anyMatch(route::hasSameEffectAs);
    }

    public Found withState(NetworkState newState) {
        return new Found(links, ports, made, madeRoutes, newState, hearing);
    }

    /**
     * The same with what the links learned from routers. For a short while only: a host that is given back after days has
     * learned anew.
     */
    public Found includingAutomatic(NetworkState observed) {
        NetworkState.Builder more = state.toBuilder();
        observed.addresses().stream()
                .filter(address -> address.isLearned() && links.contains(address.link()))
                .forEach(more.addresses::add);
        observed.routes().stream()
                .filter(route -> route.isLearned() && links.stream().anyMatch(route::uses))
                .forEach(more.routes::add);
        return withState(more.build());
    }

    /**
     * The same some time later: what runs out is good for less, or gone. But nothing is gone that was not learned from a router,
     * which would tell of it again: an address that somebody set for a time may be the host's only one, and whoever renews it
     * needs a while.
     */
    public Found after(Duration elapsed) {
        if (elapsed.isNegative()) {
            return this;
        }
        NetworkState.Builder later = state.toBuilder();
        later.addresses.replaceAll(address -> address.withLifetime(
                address.isLearned()
                        ? address.lifetime().after(elapsed)
                        : address.lifetime().after(elapsed, TO_RENEW)));
        later.addresses.removeIf(address -> address.lifetime().valid() == 0);
        later.routes.replaceAll(route -> route.after(elapsed));
        later.routes.removeIf(Route::isOver);
        return withState(later.build());
    }

    /** Whether a link obeyed routers' advertisements when it was found; of one that is not managed yet, whether it does. */
    boolean heardRouters(String link, NetworkState observed) {
        return links.contains(link) ? hearing.contains(link) : hearsRouters(link, observed);
    }

    /** ip-sysctl.rst: 1 means not where packets are forwarded, 2 always. */
    private static boolean hearsRouters(String link, NetworkState observed) {
        String accept = observed.sysctls().getOrDefault(NetworkState.acceptRa(link), "0");
        String forwarding = observed.sysctls().getOrDefault(NetworkState.forwardingIpv6(link), "0");
        return accept.equals("2") || (accept.equals("1") && forwarding.equals("0"));
    }

    /**
     * What is observed now, with every managed link as it was found: those that Onlink made are gone,
     * and whoever was a port of one is free.
     */
    public NetworkState restoredIn(NetworkState observed) {
        NetworkState.Builder restored = withoutTraces(observed);
        giveBackAutomaticIpv6(restored, observed);
        links.stream().filter(link -> state.link(link) == null).forEach(restored::remove);
        restored.addresses.removeIf(
                address -> links.contains(address.link()) && (!address.isKernelMade() || address.isKernelsLinkLocal()));
        restored.routes.removeIf(
                route -> !route.isKernelMade() && links.stream().anyMatch(route::uses));
        restored.routes.removeIf(route -> route.isLinkless() && isIn(madeRoutes, route));
        restored.rules.removeAll(made);
        restored.firewall = state.firewall();
        state.rules().stream().filter(rule -> !restored.rules.contains(rule)).forEach(restored.rules::add);
        restored.neighbours.removeIf(neighbour -> neighbour.isSetByHand() && links.contains(neighbour.link()));

        for (Link link : state.links().values()) {
            // A NIC that has been unplugged since cannot be given anything back; a bridge is made again.
            Link now = observed.link(link.name());
            if (canBeMade(link, observed)) {
                restored.put(link);
            } else if (now != null) {
                restored.put(isSameCard(link, now, observed) ? link : withMacOf(now, link));
            }
        }
        for (Address address : state.addresses()) {
            boolean isLearnedAgain =
                    address.isLearned() && restored.addresses.stream().anyMatch(address::isSameAs);
            if (restored.links.containsKey(address.link())
                    && !isLearnedAgain
                    && has(address.family(), address.link(), observed)) {
                restored.addresses.add(address);
            }
        }
        state.neighbours().stream()
                .filter(neighbour -> restored.links.containsKey(neighbour.link()))
                .forEach(restored.neighbours::add);
        restoreRoutes(restored, observed);
        state.sysctls().forEach((name, value) -> {
            boolean isOfNewLink = links.stream()
                    .anyMatch(link -> observed.link(link) == null
                            && restored.links.containsKey(link)
                            && NetworkState.isSysctlOf(link, name));
            // An older version remembered those of links that Onlink made, too.
            if ((isOfNewLink || observed.sysctls().containsKey(name)) && !isOfMadeLink(name)) {
                restored.sysctls.put(name, value);
            }
        });
        freeOrphans(restored);
        ports.forEach((port, master) -> {
            Link link = restored.links.get(port);
            if (link != null && link.master() == null && restored.links.containsKey(master)) {
                restored.put(link.withMaster(master));
            }
        });
        return restored.build();
    }

    /**
     * Whether the link takes anything of the family back. Not of IPv6 where somebody has turned that off since: it is to stay so, and the kernel
     * would refuse. Where it is off for Onlink's sake, as on a bridge's port, it is remembered that it was not.
     */
    private boolean has(Family family, String link, NetworkState observed) {
        String name = NetworkState.disableIpv6(link);
        return family == Family.IPV4
                || !"1"
                        .equals(state.sysctls()
                                .getOrDefault(name, observed.sysctls().get(name)));
    }

    private boolean isOfMadeLink(String sysctl) {
        return links.stream().anyMatch(link -> state.link(link) == null && NetworkState.isSysctlOf(link, sysctl));
    }

    private void restoreRoutes(NetworkState.Builder restored, NetworkState observed) {
        RouteOrder order = RouteOrder.of(state.routes());
        Set<Route.Place> taken = placesOfRouters(restored.routes);
        for (Route route : state.routes()) {
            boolean isThere = (route.isLearned() && restored.routes.stream().anyMatch(route::isLearnedAs))
                    || (route.isLinkless() && isIn(restored.routes, route));
            boolean isPossible = route.nextHops().stream()
                    .allMatch(hop -> hop.link() == null
                            || (restored.links.containsKey(hop.link()) && has(route.family(), hop.link(), observed)));
            if (isOurs(route) && !isThere && isPossible && !(hasRouters(route) && taken.contains(route.place()))) {
                order.add(route, restored.routes);
            }
        }
    }

    /**
     * Routes that cannot be given back, since others have put theirs in their places: of IPv6 routes through routers the
     * kernel would make one of both, and send half of what is theirs by ours.
     *
     * @param restored what {@link #restoredIn} says
     */
    public List<Route> displacedIn(NetworkState restored) {
        Set<Route.Place> taken = placesOfRouters(restored.routes());
        return state.routes().stream()
                .filter(route -> isOurs(route) && hasRouters(route) && taken.contains(route.place()))
                .filter(route -> !isIn(restored.routes(), route))
                .toList();
    }

    private static Set<Route.Place> placesOfRouters(List<Route> routes) {
        return routes.stream().filter(Found::hasRouters).map(Route::place).collect(Collectors.toSet());
    }

    private static boolean hasRouters(Route route) {
        return route.family() == Family.IPV6 && !route.isKernelMade() && !route.isDirect();
    }

    /** What a change that died left for its moment only is nobody's wish. */
    private static NetworkState.Builder withoutTraces(NetworkState observed) {
        NetworkState.Builder state = observed.toBuilder();
        observed.links().keySet().stream().filter(Stub::isEnd).forEach(state::remove);
        state.redirects.clear();
        state.exchanges.clear();
        return state;
    }

    /** What routers told a bridge that Onlink made, they told its NIC. */
    private void giveBackAutomaticIpv6(NetworkState.Builder restored, NetworkState observed) {
        for (String name : links) {
            if (state.link(name) == null && observed.link(name) instanceof Bridge bridge) {
                uplinkOf(bridge, observed)
                        .filter(nic -> !"1".equals(state.sysctls().get(NetworkState.disableIpv6(nic))))
                        .ifPresent(nic -> AutomaticIpv6.move(restored, name, nic, Route.MAIN));
            }
        }
        for (Link link : state.links().values()) {
            AutomaticIpv6.moveToTable(restored, link.name(), tableOf(link.master()));
        }
    }

    private int tableOf(@Nullable String master) {
        return master != null && state.link(master) instanceof Vrf vrf ? vrf.table() : Route.MAIN;
    }

    /** The NIC that is its port; one that was pulled out of it still has its MAC address. */
    private Optional<String> uplinkOf(Bridge bridge, NetworkState observed) {
        Predicate<Link> isFound = link -> state.link(link.name()) != null;
        if (observed.portsOf(bridge.name()).stream().anyMatch(port -> port instanceof Vlan && !isFound.test(port))) {
            // What routers of a VLAN said is not the NIC's business.
            return Optional.empty();
        }
        return observed.portsOf(bridge.name()).stream()
                .filter(isFound)
                .findFirst()
                .or(() -> observed.links().values().stream()
                        .filter(isFound)
                        .filter(link -> Objects.equals(
                                link.attributes().mac(), bridge.attributes().mac()))
                        .findFirst())
                .map(Link::name);
    }

    private static boolean canBeMade(Link link, NetworkState observed) {
        return switch (link) {
            case Bridge _, Vrf _ -> true;
            case Vlan vlan -> vlan.parent() != null && observed.link(vlan.parent()) != null;
            case Veth _, Macvlan _, Ipvlan _, OtherLink _ -> false;
        };
    }

    /**
     * Still a port of a bridge of ours, which took its MAC address over when the NIC was found and has it yet: then somebody
     * gave the NIC another one since. A card that was plugged in another's place is no port.
     */
    private boolean isSameCard(Link found, Link now, NetworkState observed) {
        String master = now.master();
        return master != null
                && observed.link(master) instanceof Bridge bridge
                && links.contains(master)
                && state.link(master) == null
                && Objects.equals(bridge.attributes().mac(), found.attributes().mac());
    }

    /** Onlink gives a NIC no MAC address: another one than it had is another card's, plugged in its place. */
    private static Link withMacOf(Link now, Link link) {
        return link.withAttributes(link.attributes().withMac(now.attributes().mac()));
    }

    private static void freeOrphans(NetworkState.Builder state) {
        for (Link link : List.copyOf(state.links.values())) {
            String master = link.master();
            if (master != null && !state.links.containsKey(master)) {
                state.put(link.withMaster(null));
            }
        }
    }
}
