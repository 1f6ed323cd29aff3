package io.onlink.desired;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Position;
import io.onlink.hostfile.Segment;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The laying of a host file over a base, part by part; all that does not fit is collected. */
final class Overlay {
    /** IPv6 sysctls of the NIC that mean the link which hears the routers: the bridge, once it has the NIC as a port. */
    private static final List<String> AS_ON_THE_NIC = List.of(
            "accept_ra_defrtr",
            "accept_ra_pinfo",
            "accept_ra_rtr_pref",
            "accept_ra_rt_info_min_plen",
            "accept_ra_rt_info_max_plen",
            "accept_ra_min_hop_limit",
            "accept_ra_mtu",
            "autoconf",
            "use_tempaddr",
            "temp_valid_lft",
            "temp_prefered_lft");

    private final HostFile file;
    private final Found found;
    private final NetworkState base;
    private final NetworkState observed;
    private final NetworkState.Builder state;
    private final NavigableSet<String> managed = new TreeSet<>();
    private final Map<Route, Position> ours = new LinkedHashMap<>();
    private final List<String> errors = new ArrayList<>();
    private final Set<String> unfit = new TreeSet<>();
    private final boolean asFarAsItFits;
    private final Tables tables;
    private final RoutingDomains domains;

    /** @param asFarAsItFits beside others' routes, where they have come into the place of the file's */
    Overlay(HostFile file, Found found, NetworkState observed, boolean asFarAsItFits) {
        this.asFarAsItFits = asFarAsItFits;
        this.file = file;
        this.found = found;
        this.base = found.restoredIn(observed);
        this.observed = observed;
        this.state = base.toBuilder();
        this.tables = new Tables(base);
        this.domains = new RoutingDomains(file, found, observed, state, tables);
    }

    Desired build() {
        file.segments().values().forEach(segment -> part(linksOf(segment), () -> segment(segment)));
        file.ethernets().values().forEach(nic -> part(Set.of(nic.name()), () -> ethernet(nic)));
        file.vrfs().values().forEach(this::vrf);
        file.vrfs().values().forEach(vrf -> vrf.leaks().forEach(leak -> domains.leak(leak, ours)));
        file.segments()
                .values()
                .forEach(segment ->
                        part(linksOf(segment), () -> domains.answers(segment).ifPresent(errors::add)));
        file.ethernets()
                .values()
                .forEach(nic ->
                        part(Set.of(nic.name()), () -> domains.answers(nic).ifPresent(errors::add)));
        if (!file.vrfs().isEmpty()) {
            routingDomains();
        }
        file.segments()
                .values()
                .forEach(segment -> part(
                        linksOf(segment),
                        () -> requireParentUp(
                                segment.nic(), segment.uplinkPosition(), "segments." + segment.name() + ".uplink")));
        file.ethernets()
                .values()
                .forEach(nic -> part(
                        Set.of(nic.name()),
                        () -> requireParentUp(nic.name(), nic.position(), "ethernets." + nic.name())));
        domains.keepRoutesInTablesOfOthers(managed, this::isOnLink);
        state.firewall = file.hostFirewall();
        keepPorts();
        containerPorts();
        connectedRoutes();
        errors.addAll(new Places(state, observed, ours).check(asFarAsItFits));
        return new Desired(state.build(), managed, errors);
    }

    /** The links of those parts that do not fit: what was built is of no use to them. */
    Set<String> unfit() {
        return unfit;
    }

    private void part(Set<String> links, Runnable laying) {
        int before = errors.size();
        laying.run();
        if (errors.size() > before) {
            unfit.addAll(links);
        }
    }

    private static Set<String> linksOf(Segment segment) {
        return new TreeSet<>(List.of(segment.link(), segment.uplink()));
    }

    private void segment(Segment segment) {
        String where = "segments." + segment.name() + ".uplink";
        Link uplink = segment.vlan().isPresent()
                ? vlan(segment, segment.vlan().get(), where)
                : nic(segment.uplink(), segment.uplinkPosition(), where);
        if (uplink == null) {
            return;
        }
        Optional<String> refusal = new UpperLinks(base).refusalOf(segment.attach(), uplink);
        if (refusal.isPresent()) {
            errors.add("%s: %s: %s".formatted(segment.uplinkPosition(), where, refusal.get()));
            return;
        }
        switch (segment.attach()) {
            case BRIDGE -> bridge(segment, uplink, where);
            case MACVLAN, IPVLAN -> withoutBridge(segment, uplink, where);
        }
    }

    /** A VLAN of somebody's, on a link that the file need not name. */
    private void requireParentUp(String name, Position position, String where) {
        Link link = state.links.get(name);
        Link parent = link instanceof Vlan vlan && vlan.parent() != null ? state.links.get(vlan.parent()) : null;
        if (link != null && link.isUp() && parent != null && !parent.isUp()) {
            errors.add(
                    "%s: %s: %s cannot be up while %s, on which it lies, is down: bring it up (ip link set %s up), or name it in this file"
                            .formatted(position, where, name, parent.name(), parent.name()));
        }
    }

    /** The VLAN's link as it was found, or else a new one: it has its NIC's MAC address, as ip-link(8) would make it. */
    private @Nullable Link vlan(Segment segment, int id, String where) {
        Link nic = nic(segment.nic(), segment.uplinkPosition(), where);
        if (nic == null) {
            return null;
        }
        // As it is by now: it may be the uplink of another segment, for frames without a tag.
        state.put(Objects.requireNonNull(state.links.get(nic.name())).withUp(true));
        String name = segment.uplink();
        Link there = base.link(name);
        Optional<Vlan> same = base.links().values().stream()
                .flatMap(link -> link instanceof Vlan vlan ? Stream.of(vlan) : Stream.empty())
                .filter(vlan -> nic.name().equals(vlan.parent()) && vlan.id() == id)
                .findFirst();
        if (same.isPresent() && !same.get().name().equals(name)) {
            errors.add("%s: %s: VLAN %d of %s is there already and is called %s: rename it (ip link set %s name %s)"
                    .formatted(
                            segment.uplinkPosition(),
                            where,
                            id,
                            nic.name(),
                            same.get().name(),
                            same.get().name(),
                            name));
            return null;
        }
        if (there != null && same.isEmpty()) {
            errors.add("%s: %s: this host has a link %s already, and it is not VLAN %d of %s: rename it"
                    .formatted(segment.uplinkPosition(), where, name, id, nic.name()));
            return null;
        }
        managed.add(name);
        LinkAttributes attributes = LinkAttributes.named(name)
                .withMac(nic.attributes().mac())
                .withMtu(nic.attributes().mtu())
                .withAlias(OwnLink.alias(segment.name()));
        return there != null ? there : new Vlan(attributes, nic.name(), id);
    }

    /** The uplink keeps the host's addresses: the containers' links lie on it, and need nothing else of it. */
    private void withoutBridge(Segment segment, Link uplink, String where) {
        String master = uplink.master();
        if (master != null && base.link(master) instanceof Bridge) {
            errors.add(
                    "%s: %s: %s is a port of %s, and no container's link can lie on such: take it out of it (ip link set %s nomaster)"
                            .formatted(segment.uplinkPosition(), where, uplink.name(), master, uplink.name()));
            return;
        }
        clear(uplink.name());
        state.put(uplink.withUp(true));
        state.sysctls.put(NetworkState.disableIpv6(uplink.name()), "0");
        if (base.link(uplink.name()) == null || segment.acceptRa().isPresent()) {
            state.sysctls.put(
                    NetworkState.acceptRa(uplink.name()), segment.acceptRa().orElse(false) ? "2" : "0");
        }
        if (segment.acceptRa().equals(Optional.of(false))) {
            AutomaticIpv6.forget(state, uplink.name());
        }
        addresses(uplink.name(), segment.addresses());
        routes(segment.routes());
    }

    private void bridge(Segment segment, Link uplink, String where) {
        if (!isFreeFor(segment.link(), uplink, segment.uplinkPosition(), where)) {
            return;
        }
        if (!isFree(segment.link(), Bridge.class, segment.linkPosition(), "segments." + segment.name() + ".bridge")) {
            return;
        }
        managed.add(segment.link());
        clear(uplink.name());
        clear(segment.link());

        // A bridge without an address of its own takes the lowest of its ports': the host's would change with
        // the first container (br_stp_recalculate_bridge_id).
        LinkAttributes attributes = LinkAttributes.named(segment.link())
                .withMac(uplink.attributes().mac())
                .withMtu(uplink.attributes().mtu())
                .withAlias(OwnLink.alias(segment.name()))
                .withUp(true);
        Link bridge = new Bridge(attributes, Bridge.Options.SEGMENT.withMulticastSnooping(segment.multicastSnooping()));
        state.put(bridge);
        state.put(uplink.withMaster(segment.link()).withUp(true));
        state.sysctls.put(NetworkState.disableIpv6(segment.link()), "0");
        // The port and the bridge have one MAC address, hence one link-local address: only one may have it.
        state.sysctls.put(NetworkState.disableIpv6(uplink.name()), "1");
        hearRouters(segment, bridge);
        addresses(segment.link(), segment.addresses());
        routes(segment.routes());
    }

    /** The bridge hears the routers as its NIC did, unless the file says otherwise. */
    private void hearRouters(Segment segment, Link link) {
        String bridge = segment.link();
        String uplink = segment.uplink();
        if (base.link(uplink) == null) {
            // A VLAN that nobody had: a router there is not to change where the host's packets go, unless it is asked
            // to.
            state.sysctls.put(NetworkState.acceptRa(bridge), segment.acceptRa().orElse(false) ? "2" : "0");
            makeOwnAddresses(segment, link);
            return;
        }
        for (String name : AS_ON_THE_NIC) {
            String value = base.sysctls().get(NetworkState.ipv6(name, uplink));
            if (value != null) {
                state.sysctls.put(NetworkState.ipv6(name, bridge), value);
            }
        }
        String accept = base.sysctls().get(NetworkState.acceptRa(uplink));
        if (accept != null) {
            state.sysctls.put(NetworkState.acceptRa(bridge), acceptRa(segment, accept));
        }
        makeOwnAddresses(segment, link);
        if (segment.acceptRa().equals(Optional.of(false))) {
            AutomaticIpv6.forget(state, uplink);
            AutomaticIpv6.forget(state, bridge);
        } else {
            int table = file.vrfOf(bridge).map(HostFile.Vrf::table).orElse(Route.MAIN);
            AutomaticIpv6.move(state, uplink, bridge, table);
            AutomaticIpv6.moveToTable(state, bridge, table);
        }
    }

    private void makeOwnAddresses(Segment segment, Link link) {
        String bridge = segment.link();
        String uplink = segment.uplink();
        List<Address> ofTheNic = base.addresses().stream()
                .filter(address -> address.link().equals(uplink) && address.isKernelsLinkLocal())
                .toList();
        state.addresses.removeAll(ofTheNic);
        String generation = base.sysctls().getOrDefault(NetworkState.addressGeneration(uplink), "0");
        if (StablePrivacy.isIn(generation)) {
            new StablePrivacy(base, observed, uplink, bridge)
                    .put(state, ofTheNic, hears(bridge), found.links().contains(bridge));
        } else {
            // Where NetworkManager has made the NIC's addresses itself (1), nobody would make the bridge's.
            state.sysctls.put(NetworkState.addressGeneration(bridge), "0");
            AutomaticIpv6.putLinkLocal(state, link);
        }
    }

    private boolean hears(String bridge) {
        String accept = state.sysctls.getOrDefault(NetworkState.acceptRa(bridge), "0");
        boolean forwards = Stream.of("all", "default", bridge)
                .anyMatch(name -> "1".equals(observed.sysctls().get(NetworkState.forwardingIpv6(name))));
        return accept.equals("2") || (accept.equals("1") && !forwards);
    }

    /** With 1 a bridge would turn deaf as soon as the host forwards packets, and Docker makes it do so. */
    private String acceptRa(Segment segment, String asOnTheNic) {
        if (segment.acceptRa().isPresent()) {
            return segment.acceptRa().get() ? "2" : "0";
        }
        boolean forwards = segment.containers().isPresent()
                || "1".equals(observed.sysctls().get(NetworkState.forwardingIpv6("all")))
                || "1".equals(observed.sysctls().get(NetworkState.forwardingIpv6(segment.link())));
        return forwards && found.heardRouters(segment.uplink(), observed) ? "2" : asOnTheNic;
    }

    private void ethernet(HostFile.Ethernet ethernet) {
        Link link = nic(ethernet.name(), ethernet.position(), "ethernets." + ethernet.name());
        if (link == null) {
            return;
        }
        clearAddresses(link.name());
        state.put(link.withUp(true));
        ethernet.acceptRa()
                .ifPresent(accept -> state.sysctls.put(NetworkState.acceptRa(link.name()), accept ? "2" : "0"));
        addresses(link.name(), ethernet.addresses());
        if (ethernet.routes().isEmpty()) {
            dropUnreachableRoutes(link.name());
        } else {
            clearRoutes(link.name());
            routes(ethernet.routes());
        }
    }

    /** A file that names a NIC's addresses only leaves its routes alone, but for those that go with an address. */
    private void dropUnreachableRoutes(String link) {
        state.routes.removeIf(route -> !route.isKernelMade() && route.uses(link) && isOfLostAddress(link, route));
        state.routes.removeIf(route -> !route.isKernelMade()
                && route.nextHops().stream()
                        .anyMatch(hop -> link.equals(hop.link()) && !hop.onlink() && !isOnLink(link, hop.via())));
    }

    /** The kernel takes a route whose source is no address of the host any more. */
    private boolean isOfLostAddress(String link, Route route) {
        IpAddress source = route.source();
        boolean isConnected = route.protocol() == Route.PROTOCOL_KERNEL;
        return (source != null && state.addresses.stream().noneMatch(a -> a.ip().equals(source)))
                || (isConnected
                        && state.addresses.stream()
                                .noneMatch(a -> a.link().equals(link)
                                        && a.address().network().equals(route.destination())));
    }

    private boolean isOnLink(String link, @Nullable IpAddress router) {
        return router == null
                || router.isIpv6LinkLocal()
                || state.routes.stream()
                        .anyMatch(route -> !route.isKernelMade()
                                && route.isDirect()
                                && route.uses(link)
                                && route.destination().contains(router))
                || state.addresses.stream()
                        .anyMatch(a ->
                                a.link().equals(link) && a.address().network().contains(router));
    }

    private void vrf(HostFile.Vrf vrf) {
        Set<String> all = new TreeSet<>(vrf.interfaces());
        all.add(vrf.name());
        part(all, () -> isFree(vrf.name(), Vrf.class, vrf.position(), "vrfs." + vrf.name()));
        if (unfit.contains(vrf.name())) {
            return;
        }
        part(
                all,
                () -> tables.check(vrf.table(), vrf.name())
                        .ifPresent(reason ->
                                errors.add("%s: vrfs.%s.table: %s".formatted(vrf.position(), vrf.name(), reason))));
        managed.add(vrf.name());
        state.put(new Vrf(
                LinkAttributes.named(vrf.name())
                        .withAlias(OwnLink.alias(vrf.name()))
                        .withUp(true),
                vrf.table()));
        vrf.interfaces().forEach(name -> part(Set.of(name), () -> member(vrf, name)));
        routes(vrf.routes());
        domains.endSearchIn(vrf.table());
        vrf.interfaces().forEach(member -> domains.answerBy(vrf.table(), member));
    }

    private void member(HostFile.Vrf vrf, String name) {
        String where = "vrfs." + vrf.name() + ".interfaces";
        Link member = state.links.get(name);
        if (member == null) {
            member = nic(name, vrf.position(), where);
        }
        if (member == null || !isFreeFor(vrf.name(), member, vrf.position(), where)) {
            return;
        }
        managed.add(name);
        state.put(member.withMaster(vrf.name()).withUp(true));
        // Those of the member's own section are there already.
        state.routes.removeIf(route -> route.uses(name) && !route.isKernelMade() && !ours.containsKey(route));
        AutomaticIpv6.moveToTable(state, name, vrf.table());
    }

    /** What every VRF needs of the namespace: the rule that asks its table, and sockets that accept from it. */
    private void routingDomains() {
        for (Family family : Family.values()) {
            boolean hasRule = state.rules.stream().anyMatch(rule -> rule.family() == family && rule.l3mdev());
            if (!hasRule) {
                state.rules.add(Rule.l3mdev(family));
            }
        }
        // Those of IPv4 hold for IPv6 too (net/ipv6/inet6_hashtables.c, raw.c).
        for (String name :
                List.of("net/ipv4/tcp_l3mdev_accept", "net/ipv4/udp_l3mdev_accept", "net/ipv4/raw_l3mdev_accept")) {
            state.sysctls.computeIfPresent(name, (key, value) -> "1");
        }
        // The kernel does not take it while somebody has two VRFs with one table.
        if (tables.areOfOneVrfEach()) {
            state.sysctls.computeIfPresent("net/vrf/strict_mode", (key, value) -> "1");
        }
    }

    /**
     * What is a port of a bridge now, and was none when the bridge was not there yet, stays one; but not the uplink of an earlier file:
     * beside this one's it were a loop.
     */
    private void keepPorts() {
        for (Link link : observed.links().values()) {
            String master = link.master();
            Link current = state.links.get(link.name());
            if (master != null
                    && current != null
                    && current.master() == null
                    && !managed.contains(link.name())
                    && !found.links().contains(link.name())
                    && state.links.containsKey(master)) {
                state.put(current.withMaster(master));
            }
        }
    }

    /** A bridge that somebody deleted has lost its containers; one that is named otherwise now is to have them. */
    private void containerPorts() {
        for (Link link : observed.links().values()) {
            Link current = state.links.get(link.name());
            Segment segment =
                    ContainerPort.segmentOf(link).map(file.segments()::get).orElse(null);
            if (current == null || segment == null) {
                continue;
            }
            if (!segment.hasBridge()) {
                unfit.addAll(linksOf(segment));
                errors.add(
                        "%s: segments.%s.attach: containers are attached by a bridge still, by %s for one: stop the segment's containers first (onlink status names them)"
                                .formatted(segment.position(), segment.name(), link.name()));
                return;
            }
            if (state.links.containsKey(segment.link())) {
                state.put(current.withMaster(segment.link()).withUp(true));
            }
        }
    }

    /** Of links that stay where they are: with an address that is only now put on a link its route comes by itself. */
    private void connectedRoutes() {
        for (String name : managed) {
            Link now = observed.link(name);
            Link wanted = state.links.get(name);
            if (now == null || wanted == null || !Objects.equals(now.master(), wanted.master())) {
                continue;
            }
            int table = file.vrfOf(name).map(HostFile.Vrf::table).orElse(Route.MAIN);
            ConnectedRoutes.missing(observed, name, table).stream()
                    .filter(route -> state.addresses.stream()
                            .anyMatch(address -> address.link().equals(name)
                                    && address.address().network().equals(route.destination())
                                    && (route.source() == null || address.ip().equals(route.source()))))
                    .filter(route -> state.routes.stream()
                            .noneMatch(other -> other.destination().equals(route.destination()) && other.uses(name)))
                    .forEach(state.routes::add);
        }
    }

    private @Nullable Link nic(String name, Position position, String where) {
        Link link = base.link(name);
        if (link == null) {
            errors.add("%s: %s: this host has no link %s; it has %s"
                    .formatted(
                            position,
                            where,
                            name,
                            String.join(", ", base.links().keySet())));
            return null;
        }
        managed.add(name);
        return link;
    }

    private boolean isFree(String name, Class<? extends Link> kind, Position position, String where) {
        Link there = base.link(name);
        if (there != null && !kind.isInstance(there)) {
            errors.add("%s: %s: this host has a link %s already, and it is no %s"
                    .formatted(position, where, name, kind.getSimpleName().toLowerCase(java.util.Locale.ROOT)));
            return false;
        }
        return true;
    }

    /** To take a port out of a bridge that the file does not name would cut off whoever lives in that bridge. */
    private boolean isFreeFor(String master, Link link, Position position, String where) {
        String current = link.master();
        if (current != null && !current.equals(master)) {
            errors.add(
                    "%s: %s: %s is a port of %s: name %s here instead of %s, or take %s out of it (ip link set %s nomaster)"
                            .formatted(
                                    position, where, link.name(), current, current, master, link.name(), link.name()));
            return false;
        }
        return true;
    }

    private void clear(String link) {
        state.neighbours.removeIf(
                neighbour -> neighbour.isSetByHand() && neighbour.link().equals(link));
        clearAddresses(link);
        clearRoutes(link);
    }

    private void clearAddresses(String link) {
        List<Address> cleared = state.addresses.stream()
                .filter(address -> address.link().equals(link) && !address.isKernelMade())
                .toList();
        state.addresses.removeAll(cleared);
        // That of an address which runs out runs out too, and no router told of it.
        state.routes.removeIf(route -> route.isLearned()
                && route.isDirect()
                && route.uses(link)
                && isNetworkOf(cleared, route.destination())
                && !isNetworkOf(state.build().addressesOf(link), route.destination()));
    }

    private static boolean isNetworkOf(Collection<Address> addresses, IpNetwork network) {
        return addresses.stream()
                .anyMatch(address -> address.hasConnectedRoute()
                        && address.address().network().equals(network));
    }

    private void clearRoutes(String link) {
        state.routes.removeIf(route -> route.uses(link) && !route.isKernelMade());
    }

    private void addresses(String link, List<InterfaceAddress> addresses) {
        for (InterfaceAddress address : addresses) {
            // The file does not speak of the connected route's metric: it stays as it is.
            int metric = base.addressesOf(link).stream()
                    .filter(found -> found.address().equals(address))
                    .mapToInt(Address::metric)
                    .findFirst()
                    .orElse(0);
            Address wanted = Address.permanent(link, address).withMetric(metric);
            boolean alreadyOurs =
                    observed.addresses().stream().anyMatch(a -> a.isUnique() && a.ip().equals(address.ip()));
            // What the file declares does not depend on what routers say.
            state.addresses.removeIf(a -> a.isLearned() && a.isSameAs(wanted));
            state.addresses.add(
                    alreadyOurs && address.family() == Family.IPV6 ? wanted.withFlag(Address.Flag.NO_DAD) : wanted);
        }
    }

    private void routes(List<HostFile.Route> routes) {
        for (HostFile.Route route : routes) {
            int table = file.vrfOf(route.link()).map(HostFile.Vrf::table).orElse(Route.MAIN);
            Route wanted =
                    Route.via(route.to(), table, route.via(), route.link()).withMetric(route.metric());
            state.routes.add(wanted);
            ours.put(wanted, route.position());
        }
    }
}
