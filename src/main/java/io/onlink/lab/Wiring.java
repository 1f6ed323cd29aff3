package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import io.onlink.lab.Lan.DeclaredRoute;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import io.onlink.model.Vlan;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Works out a {@link Topology}, once. */
final class Wiring {
    private static final String BRIDGE = "switch";
    private static final String OUTSIDE = "outside";

    /** VMware's range for addresses set by hand, which the scenario's NICs are from. */
    private static final long FIRST_NIC = MacAddress.parse("00:50:56:00:00:01").value();

    private static final long FIRST_OTHER =
            MacAddress.parse("00:50:56:00:01:01").value();

    private final List<Lan> lans;
    private final List<Machine> machines;
    private final boolean bare;

    private final Map<String, Draft> drafts = new LinkedHashMap<>();
    private final List<Cable> cables = new ArrayList<>();
    private final Map<String, Integer> portsOf = new TreeMap<>();
    private final List<IpAddress> taken = new ArrayList<>();
    private long nextNic = FIRST_NIC;
    private long nextOther = FIRST_OTHER;

    Wiring(List<Lan> lans, List<Machine> machines, boolean bare) {
        this.lans = lans;
        this.machines = machines;
        this.bare = bare;
    }

    Topology topology() {
        lans.forEach(Wiring::refuseOutsideAddresses);
        host();
        lans.forEach(lan -> network(switchOf(lan), "the switch of " + lan.name()));
        Map<String, List<Lan>> byNic =
                lans.stream().collect(Collectors.groupingBy(Lan::nic, LinkedHashMap::new, Collectors.toList()));
        byNic.forEach(this::plugHost);
        outside();
        machines.forEach(this::machine);
        List<Member> members = new ArrayList<>();
        drafts.forEach((name, draft) -> members.add(new Member(name, draft.purpose, draft.before, draft.after)));
        return new Topology(members, cables);
    }

    private static void refuseOutsideAddresses(Lan lan) {
        for (InterfaceAddress address : lan.addresses()) {
            for (IpNetwork outside : Outside.NETWORKS) {
                if (outside.overlaps(address.network())) {
                    throw new ConfigurationException(("%s has the address %s: a lab keeps %s for what is behind the"
                                    + " routers. Rehearse the file with another network there")
                            .formatted(lan.name(), address, outside));
                }
            }
        }
    }

    private void host() {
        member(Member.HOST, "the host of the file");
    }

    private void plugHost(String nic, List<Lan> ofNic) {
        if (ofNic.stream().allMatch(lan -> lan.vlan().isEmpty())) {
            ofNic.forEach(lan -> plug(Member.HOST, nic, switchOf(lan), new MacAddress(nextNic++)));
        } else {
            plugTrunk(nic, ofNic);
        }
        ofNic.forEach(this::address);
    }

    /** What a switch does whose port is a member of VLANs, made of a bridge for each of them and a cable from there. */
    private void plugTrunk(String nic, List<Lan> ofNic) {
        String trunk = "trunk-" + nic;
        network(trunk, "the switch that has the VLANs of " + nic);
        String port = plug(Member.HOST, nic, trunk, new MacAddress(nextNic++));
        for (Lan lan : ofNic) {
            String bridge = lan.vlan().map(id -> vlan(trunk, port, id)).orElse(BRIDGE);
            var _ = plugInto(bridge, switchOf(lan), "trunk", trunk, otherMac());
            draft(switchOf(lan)).after.add(new Step.SetMaster("trunk", null, BRIDGE));
        }
    }

    private String vlan(String trunk, String port, int id) {
        String bridge = "vlan" + id;
        String tagged = port + "." + id;
        Draft draft = draft(trunk);
        addBridge(draft, bridge);
        draft.after.add(new Step.CreateLink(new Vlan(LinkAttributes.named(tagged), port, id)));
        draft.after.add(new Step.SetMaster(tagged, null, bridge));
        draft.after.add(new Step.SetUp(tagged, true));
        return bridge;
    }

    /** As an installer leaves it, who makes no VLANs. */
    private void address(Lan lan) {
        lan.addresses().forEach(own -> taken.add(own.ip()));
        if (bare || lan.vlan().isPresent()) {
            return;
        }
        List<Step> after = draft(Member.HOST).after;
        lan.addresses().forEach(own -> after.add(new Step.AddAddress(Address.permanent(lan.nic(), own))));
        lan.routes().stream()
                .filter(DeclaredRoute::main)
                .forEach(route -> after.add(new Step.AddRoute(byInstaller(route, lan.nic()))));
    }

    /** Routes of an installer's scripts say {@code proto boot}, as every {@code ip route add} does. */
    private static Route byInstaller(DeclaredRoute declared, String nic) {
        Route ours = Route.via(declared.to(), Route.MAIN, declared.via(), nic);
        return new Route(
                ours.destination(),
                ours.table(),
                declared.metric(),
                ours.type(),
                ours.nextHops(),
                ours.source(),
                ours.scope(),
                Route.PROTOCOL_BOOT,
                ours.metrics());
    }

    private void outside() {
        List<Lan> routed = lans.stream().filter(lan -> !lan.routes().isEmpty()).toList();
        if (routed.isEmpty()) {
            return;
        }
        if (routed.size() > Outside.MOST_ROUTERS) {
            throw new ConfigurationException("A lab has room for %d routers, and the file has %d networks with one"
                    .formatted(Outside.MOST_ROUTERS, routed.size()));
        }
        network(OUTSIDE, "the switch behind the routers");
        Draft client = member(Member.CLIENT, "a client behind the routers");
        for (int number = 1; number <= routed.size(); number++) {
            router(routed.get(number - 1), Outside.router(number), client);
        }
        plug(Member.CLIENT, "eth0", OUTSIDE, otherMac());
        // The addresses have to be there before the routes that the routers gave.
        List<Step> routes = List.copyOf(client.routes);
        outsideAddresses(client, "eth0", Outside.CLIENT);
        client.after.addAll(routes);
    }

    private void router(Lan lan, List<IpAddress> outer, Draft client) {
        String name = Member.ROUTER + lan.name();
        Draft router = member(name, "the router of " + lan.name());
        router.before.add(new Step.SetSysctl("net/ipv4/ip_forward", "0", "1"));
        router.before.add(new Step.SetSysctl("net/ipv6/conf/all/forwarding", "0", "1"));
        // The host may answer through another of its LANs' routers, as the scenario's back yard does.
        router.before.add(new Step.SetSysctl("net/ipv4/conf/all/rp_filter", "2", "0"));
        router.before.add(new Step.SetSysctl("net/ipv4/conf/default/rp_filter", "2", "0"));
        plug(name, "lan", switchOf(lan), otherMac());
        plug(name, OUTSIDE, OUTSIDE, otherMac());
        List<IpAddress> vias =
                lan.routes().stream().map(DeclaredRoute::via).distinct().toList();
        for (IpAddress via : vias) {
            taken.add(via);
            router.after.add(new Step.AddAddress(onLan(lan, "lan", via)));
        }
        outsideAddresses(router, OUTSIDE, outer);
        for (IpAddress toRouter : outer) {
            Family family = toRouter.family();
            if (vias.stream().anyMatch(via -> via.family() == family)) {
                lan.addresses().stream()
                        .map(InterfaceAddress::network)
                        .filter(network -> network.family() == family)
                        .distinct()
                        .forEach(network -> reach(network, toRouter, vias, router, client));
                lan.routes().stream()
                        .map(DeclaredRoute::to)
                        .filter(to -> to.family() == family && !to.isDefault())
                        .filter(to -> Outside.NETWORKS.stream().noneMatch(to::overlaps))
                        .distinct()
                        .forEach(to -> answerFor(to, toRouter, router, client));
            }
        }
    }

    private static void reach(IpNetwork network, IpAddress toRouter, List<IpAddress> vias, Draft router, Draft client) {
        client.routes.add(new Step.AddRoute(Route.via(network, Route.MAIN, toRouter, "eth0")));
        // A router known by its link-local address alone has no address that would bring this route with it.
        if (vias.stream().noneMatch(network::contains)) {
            router.after.add(new Step.AddRoute(connected(network, "lan")));
        }
    }

    private static void answerFor(IpNetwork to, IpAddress toRouter, Draft router, Draft client) {
        client.routes.add(new Step.AddRoute(Route.via(to, Route.MAIN, toRouter, "eth0")));
        boolean single = to.prefixLength() == to.family().bits();
        IpAddress first = single ? to.address() : to.address().next();
        InterfaceAddress address = new InterfaceAddress(first, first.family().bits());
        router.after.add(new Step.AddAddress(Address.permanent("lo", address)));
    }

    private void machine(Machine machine) {
        Lan lan = lans.stream()
                .filter(any -> any.name().equals(machine.lan()))
                .findFirst()
                .orElseThrow(() ->
                        new ConfigurationException("--machine %s: there is no network '%s' in the file, only %s"
                                .formatted(
                                        machine.name(),
                                        machine.lan(),
                                        String.join(
                                                ", ",
                                                lans.stream().map(Lan::name).toList()))));
        if (drafts.containsKey(machine.name())) {
            throw new ConfigurationException(
                    "--machine %s: the lab has a member of that name already".formatted(machine.name()));
        }
        Draft draft = member(machine.name(), "a machine on " + lan.name());
        plug(machine.name(), "eth0", switchOf(lan), otherMac());
        for (IpAddress ip : machine.addresses()) {
            if (taken.contains(ip)) {
                throw new ConfigurationException(
                        "--machine %s: the address %s is the host's, a router's or another machine's"
                                .formatted(machine.name(), ip));
            }
            taken.add(ip);
            draft.after.add(new Step.AddAddress(onLan(lan, "eth0", ip)));
            lan.routes().stream()
                    .map(DeclaredRoute::via)
                    .filter(via -> via.family() == ip.family() && !via.equals(ip))
                    .findFirst()
                    .ifPresent(via -> draft.after.add(
                            new Step.AddRoute(Route.via(IpNetwork.defaultOf(ip.family()), Route.MAIN, via, "eth0"))));
        }
    }

    private static Address onLan(Lan lan, String link, IpAddress ip) {
        InterfaceAddress address = lan.neighbour(ip);
        if (address == null) {
            throw new ConfigurationException("%s is in none of the networks of %s, which are %s"
                    .formatted(
                            ip,
                            lan.name(),
                            lan.addresses().stream()
                                    .map(InterfaceAddress::network)
                                    .toList()));
        }
        Address permanent = Address.permanent(link, address);
        return ip.isIpv6LinkLocal()
                ? new Address(
                        link,
                        address,
                        null,
                        null,
                        Scope.LINK,
                        permanent.flags(),
                        permanent.lifetime(),
                        permanent.protocol())
                : permanent;
    }

    private static void outsideAddresses(Draft draft, String link, List<IpAddress> addresses) {
        for (IpAddress ip : addresses) {
            int prefixLength = Outside.NETWORKS.stream()
                    .filter(network -> network.contains(ip))
                    .findFirst()
                    .orElseThrow()
                    .prefixLength();
            draft.after.add(new Step.AddAddress(Address.permanent(link, new InterfaceAddress(ip, prefixLength))));
        }
    }

    private static Route connected(IpNetwork network, String link) {
        Route via = Route.via(network, Route.MAIN, network.address(), link);
        return new Route(
                network,
                via.table(),
                via.metric(),
                via.type(),
                List.of(new Route.NextHop(null, link, 1, false)),
                null,
                network.family() == Family.IPV4 ? Scope.LINK : Scope.GLOBAL,
                via.protocol(),
                via.metrics());
    }

    private Draft member(String name, String purpose) {
        Draft draft = new Draft(purpose);
        if (!name.equals(Member.HOST)) {
            // Nobody else has these addresses; on the host, waiting for the check is part of what is rehearsed.
            draft.before.add(new Step.SetSysctl("net/ipv6/conf/default/accept_dad", "1", "0"));
        }
        draft.after.add(new Step.SetUp("lo", true));
        drafts.put(name, draft);
        return draft;
    }

    private void network(String name, String purpose) {
        Draft draft = member(name, purpose);
        // A switch has nothing to say for itself: no router solicitations, no multicast reports.
        draft.before.add(new Step.SetSysctl("net/ipv6/conf/default/disable_ipv6", "0", "1"));
        addBridge(draft, BRIDGE);
    }

    private static void addBridge(Draft draft, String name) {
        draft.before.add(new Step.CreateLink(new Bridge(LinkAttributes.named(name), Bridge.Options.SEGMENT)));
        draft.before.add(new Step.SetUp(name, true));
    }

    private String plug(String machine, String link, String network, MacAddress mac) {
        return plugInto(BRIDGE, machine, link, network, mac);
    }

    /** @return the name of the network's end */
    private String plugInto(String bridge, String machine, String link, String network, MacAddress mac) {
        String port = "port" + portsOf.merge(network, 1, Integer::sum);
        cables.add(new Cable(
                network,
                LinkAttributes.named(port).withAlias(machine),
                machine,
                LinkAttributes.named(link).withMac(mac)));
        Draft draft = draft(network);
        draft.after.add(new Step.SetMaster(port, null, bridge));
        draft.after.add(new Step.SetUp(port, true));
        draft(machine).after.add(new Step.SetUp(link, true));
        return port;
    }

    private Draft draft(String name) {
        return Objects.requireNonNull(drafts.get(name), name);
    }

    private MacAddress otherMac() {
        return new MacAddress(nextOther++);
    }

    private static String switchOf(Lan lan) {
        return "switch-" + lan.name();
    }

    /** A member that is still being worked out. */
    private static final class Draft {
        private final String purpose;
        private final List<Step> before = new ArrayList<>();
        private final List<Step> after = new ArrayList<>();

        /** Kept back until the addresses are there. */
        private final List<Step> routes = new ArrayList<>();

        private Draft(String purpose) {
            this.purpose = purpose;
        }
    }
}
