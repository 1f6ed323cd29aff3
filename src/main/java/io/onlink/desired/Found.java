package io.onlink.desired;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Stub;
import io.onlink.model.Veth;
import io.onlink.model.Vrf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How the host was found before Onlink changed it: of every link that Onlink manages, what it was
 * then, or that there was none. {@code onlink down} leads back to it, and a link that a new host file
 * no longer names goes back to it.
 *
 * @param links names of all managed links, those that Onlink made included
 * @param ports links of others that were ports or members of managed links, by name, with their master
 * @param made rules that Onlink added
 * @param state of those managed links that were there: their attributes, addresses, routes, and the
 *     sysctls that Onlink sets
 */
public record Found(
        NavigableSet<String> links, NavigableMap<String, String> ports, List<Rule> made, NetworkState state) {
    public Found {
        links = Collections.unmodifiableNavigableSet(new TreeSet<>(links));
        ports = Collections.unmodifiableNavigableMap(new TreeMap<>(ports));
        made = List.copyOf(made);
    }

    /** A host that Onlink has not touched. */
    public static Found untouched() {
        return new Found(new TreeSet<>(), new TreeMap<>(), List.of(), NetworkState.empty());
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
                .filter(address -> !address.isKernelMade())
                .forEach(more.addresses::add);
        observed.routes().stream()
                .filter(route -> !route.isKernelMade() && added.stream().anyMatch(route::uses))
                .filter(route -> !more.routes.contains(route))
                .forEach(more.routes::add);
        observed.neighbours().stream()
                .filter(neighbour -> neighbour.isSetByHand() && added.contains(neighbour.link()))
                .forEach(more.neighbours::add);
        desired.sysctls().forEach((name, value) -> {
            String was = observed.sysctls().get(name);
            if (was != null && !was.equals(value)) {
                more.sysctls.putIfAbsent(name, was);
            }
        });

        List<Rule> rules = new ArrayList<>(made);
        desired.rules().stream()
                .filter(rule -> !observed.rules().contains(rule) && !rules.contains(rule))
                .forEach(rules::add);
        NavigableMap<String, String> attached = new TreeMap<>(ports);
        observed.links().values().stream()
                .filter(link -> !all.contains(link.name()))
                .forEach(link -> {
                    String master = link.master();
                    if (master != null && added.contains(master)) {
                        attached.put(link.name(), master);
                    }
                });
        return new Found(all, attached, rules, more.build());
    }

    /**
     * What is observed now, with every managed link as it was found: those that Onlink made are gone,
     * and whoever was a port of one is free.
     */
    public NetworkState restoredIn(NetworkState observed) {
        NetworkState.Builder restored = withoutTraces(observed);
        links.stream().filter(link -> state.link(link) == null).forEach(restored::remove);
        restored.addresses.removeIf(address -> links.contains(address.link()) && !address.isKernelMade());
        restored.routes.removeIf(
                route -> !route.isKernelMade() && links.stream().anyMatch(route::uses));
        restored.rules.removeAll(made);
        restored.neighbours.removeIf(neighbour -> neighbour.isSetByHand() && links.contains(neighbour.link()));

        for (Link link : state.links().values()) {
            // A NIC that has been unplugged since cannot be given anything back; a bridge is made again.
            Link now = observed.link(link.name());
            if (canBeMade(link)) {
                restored.put(link);
            } else if (now != null) {
                restored.put(isSameCard(link, now, observed) ? link : withMacOf(now, link));
            }
        }
        for (Address address : state.addresses()) {
            if (restored.links.containsKey(address.link())) {
                restored.addresses.add(address);
            }
        }
        state.neighbours().stream()
                .filter(neighbour -> restored.links.containsKey(neighbour.link()))
                .forEach(restored.neighbours::add);
        for (Route route : state.routes()) {
            if (route.nextHops().stream()
                    .allMatch(hop -> hop.link() == null || restored.links.containsKey(hop.link()))) {
                restored.routes.add(route);
            }
        }
        state.sysctls().forEach((name, value) -> {
            boolean isOfNewLink = links.stream()
                    .anyMatch(link -> observed.link(link) == null
                            && restored.links.containsKey(link)
                            && NetworkState.isSysctlOf(link, name));
            if (isOfNewLink || observed.sysctls().containsKey(name)) {
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

    /** What a change that died left for its moment only is nobody's wish. */
    private static NetworkState.Builder withoutTraces(NetworkState observed) {
        NetworkState.Builder state = observed.toBuilder();
        observed.links().keySet().stream().filter(Stub::isEnd).forEach(state::remove);
        state.redirects.clear();
        return state;
    }

    private static boolean canBeMade(Link link) {
        return switch (link) {
            case Bridge _, Vrf _ -> true;
            case Veth _, OtherLink _ -> false;
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
