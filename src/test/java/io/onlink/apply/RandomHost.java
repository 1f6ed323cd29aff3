package io.onlink.apply;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Scope;
import io.onlink.model.Veth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A host as somebody might have left it, and host files that fit it, from a seed: NICs with several
 * addresses or none, routes by hand, a bridge made by hand with the addresses left on its port, container
 * veths, links that no file names, links upon links.
 */
public final class RandomHost {
    private final Random random;
    private final int nics;
    private final NetworkState.Builder state = new NetworkState.Builder();
    private final RandomUpperLinks upperLinks;

    public RandomHost(long seed) {
        random = new Random(seed);
        nics = 1 + random.nextInt(4);
        state.put(new OtherLink(LinkAttributes.named("lo").withUp(true), ""));
        state.sysctls.put("net/ipv4/tcp_l3mdev_accept", "0");
        state.sysctls.put("net/ipv4/udp_l3mdev_accept", Integer.toString(random.nextInt(2)));
        state.sysctls.put("net/ipv4/raw_l3mdev_accept", "1");
        state.sysctls.put("net/vrf/strict_mode", "0");
        for (int i = 0; i < nics; i++) {
            nic(i);
        }
        if (random.nextInt(3) == 0) {
            bridgeByHand();
        }
        bothNics();
        rules();
        tableOfOthers();
        // Nobody's file names it: no plan may either.
        state.put(new OtherLink(LinkAttributes.named("other0").withMac(mac(99)).withUp(true), ""));
        address("other0", "10.99.0.1/24");
        state.routes.add(
                Route.via(IpNetwork.parse("172.31.0.0/16"), Route.MAIN, IpAddress.parse("10.99.0.9"), "other0"));
        sharedPlaces();
        upperLinks = new RandomUpperLinks(seed, state);
        for (int i = 0; i < nics; i++) {
            upperLinks.putUpon(i);
        }
    }

    /** For what else is chosen of this host. */
    Random random() {
        return random;
    }

    public NetworkState state() {
        return state.build();
    }

    /** What leaves by two NICs, of which a file may name one. */
    private void bothNics() {
        if (nics < 2 || !isReachedThrough(0) || !isReachedThrough(1) || random.nextInt(3) != 0) {
            return;
        }
        state.routes.add(new Route(
                IpNetwork.parse("172.24.0.0/16"),
                Route.MAIN,
                0,
                Route.Type.UNICAST,
                List.of(
                        new Route.NextHop(IpAddress.parse("10.0.0.1"), "eth0", 3, false),
                        new Route.NextHop(IpAddress.parse("10.1.0.1"), "eth1", 5, random.nextBoolean())),
                null,
                Scope.GLOBAL,
                Route.PROTOCOL_BOOT,
                new TreeMap<>()));
    }

    /** As with 'ip route append': a second one where a route stands, by the same link or by another. */
    private void sharedPlaces() {
        for (Route route : List.copyOf(state.routes)) {
            boolean isPlain = !route.isKernelMade()
                    && route.family() == Family.IPV4
                    && route.nextHops().size() == 1
                    && !route.uses("other0");
            if (!isPlain || random.nextInt(4) != 0) {
                continue;
            }
            // The file has a default route too, and is refused where it would displace another link's.
            boolean isOfTheFile = route.destination().isDefault() && route.table() == Route.MAIN;
            int nic = random.nextInt(nics);
            Route.NextHop hop = isOfTheFile || (random.nextBoolean() && isReachedThrough(nic))
                    ? new Route.NextHop(
                            IpAddress.parse("10.%d.0.3".formatted(isOfTheFile ? 0 : nic)),
                            "eth" + (isOfTheFile ? 0 : nic),
                            1,
                            false)
                    : new Route.NextHop(IpAddress.parse("10.99.0.8"), "other0", 1, false);
            state.routes.add(
                    state.routes.indexOf(route) + random.nextInt(2),
                    new Route(
                            route.destination(),
                            route.table(),
                            route.metric(),
                            Route.Type.UNICAST,
                            List.of(hop),
                            null,
                            Scope.GLOBAL,
                            Route.PROTOCOL_STATIC,
                            new TreeMap<>()));
        }
        if (state.links.get("eth0").isUp() && random.nextInt(4) == 0) {
            IpNetwork network = IpNetwork.parse("2001:db8:ee::/64");
            state.routes.add(Route.direct(network, Route.MAIN, random.nextBoolean() ? "eth0" : "other0"));
            state.routes.add(
                    Route.direct(network, Route.MAIN, state.routes.getLast().uses("eth0") ? "other0" : "eth0"));
        }
    }

    private boolean isReachedThrough(int i) {
        return state.links.get("eth" + i).isUp() && hasAddress("eth" + i, "10." + i + ".0.");
    }

    private void rules() {
        for (int n = random.nextInt(3); n > 0; n--) {
            IpNetwork from = IpNetwork.parse("10." + n + ".0.0/16");
            state.rules.add(new Rule(
                    from.family(),
                    100 + n,
                    from,
                    null,
                    random.nextBoolean() ? "eth0" : null,
                    null,
                    random.nextInt(2) * 7,
                    random.nextInt(2) * 0xff,
                    false,
                    100,
                    Rule.TO_TABLE,
                    random.nextInt(2) * 4));
        }
    }

    /** As of an administrator who routes by source. */
    private void tableOfOthers() {
        for (int i = 0; i < nics; i++) {
            if (isReachedThrough(i) && random.nextInt(4) == 0) {
                state.routes.add(Route.via(
                        IpNetwork.DEFAULT_IPV4, 200 + i, IpAddress.parse("10.%d.0.1".formatted(i)), "eth" + i));
            }
        }
    }

    private void nic(int i) {
        String name = "eth" + i;
        boolean up = random.nextInt(8) != 0;
        state.put(new OtherLink(
                LinkAttributes.named(name).withMac(mac(i)).withMtu(1500).withUp(up), ""));
        for (int n = random.nextInt(3); n > 0; n--) {
            address(name, "10.%d.0.%d/24".formatted(i, 10 + n));
        }
        for (int n = random.nextInt(3); n > 0; n--) {
            address(name, "2001:db8:%d::%d/64".formatted(i, 10 + n));
        }
        if (random.nextInt(4) == 0) {
            address(name, "10.%d.5.1/32".formatted(i));
            state.addresses.add(peered(state.addresses.removeLast(), "10.%d.5.2".formatted(i)));
        }
        neighboursByHand(i);
        state.sysctls.put("net/ipv4/conf/%s/rp_filter".formatted(name), Integer.toString(random.nextInt(3)));
        state.sysctls.put(NetworkState.promoteSecondaries(name), Integer.toString(random.nextInt(2)));
        if (!up) {
            return;
        }
        if (hasAddress(name, "10." + i + ".0.") && random.nextInt(4) == 0) {
            asNetworkManagerDoes(name);
        }
        if (random.nextInt(4) == 0) {
            // A provider's way: the router is in no network of the NIC's.
            address(name, "100.64." + i + ".1/32");
            state.routes.add(direct("100.64." + i + ".254/32", name, 0, Route.PROTOCOL_BOOT));
            route("172.20." + i + ".0/24", "100.64." + i + ".254", name, 0);
        }
        if (random.nextInt(3) == 0) {
            advertised(i);
        }
        state.neighbours.add(
                new Neighbour(name, IpAddress.parse("10." + i + ".0.1"), mac(200 + i), Neighbour.REACHABLE));
        if (hasAddress(name, "10." + i + ".0.")) {
            route("172.16." + i + ".0/24", "10." + i + ".0.1", name, random.nextInt(2) * 50);
            if (i == 0) {
                route("0.0.0.0/0", "10.0.0.1", name, 0);
            }
        }
        if (hasAddress(name, "2001:db8:" + i + ":")) {
            route("2001:db8:ff" + i + "::/48", "2001:db8:" + i + "::1", name, 1024);
            if (i == 0) {
                route("::/0", "2001:db8:0::1", name, 1024);
            }
        }
    }

    private void neighboursByHand(int i) {
        String name = "eth" + i;
        if (random.nextInt(4) == 0) {
            state.neighbours.add(
                    new Neighbour(name, IpAddress.parse("10." + i + ".0.99"), mac(300 + i), Neighbour.PERMANENT));
        }
        if (random.nextInt(4) == 0) {
            state.neighbours.add(
                    new Neighbour(name, IpAddress.parse("2001:db8:" + i + "::99"), mac(300 + i), Neighbour.PERMANENT));
        }
        if (random.nextInt(8) == 0) {
            state.neighbours.add(new Neighbour(name, IpAddress.parse("10." + i + ".0.98"), null, 0, true));
        }
    }

    private static Address peered(Address address, String peer) {
        return new Address(
                address.link(),
                address.address(),
                IpAddress.parse(peer),
                null,
                address.scope(),
                address.flags(),
                address.lifetime(),
                address.protocol(),
                address.metric(),
                address.label());
    }

    /** As a router told: an address and a way out; sometimes a network behind it, a network that is not on the link, privacy. */
    private void advertised(int i) {
        String name = "eth" + i;
        String network = "2001:db8:a%d::".formatted(i);
        long life = 900L + random.nextInt(900);
        learned(name, network + "5054:ff:fe00:%d/64".formatted(i), life * 2, Address.Flag.MANAGE_TEMPORARY);
        learned(direct(network + "/64", name, 256, Route.PROTOCOL_KERNEL), life * 2, Route.Preference.MEDIUM);
        IpAddress router = IpAddress.parse("fe80::" + (1 + random.nextInt(2)));
        Route out = Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, router, name);
        Route.Preference preference = List.of(Route.Preference.LOW, Route.Preference.MEDIUM, Route.Preference.HIGH)
                .get(random.nextInt(3));
        learned(out.withProtocol(Route.PROTOCOL_ROUTER_ADVERTISEMENT), life, preference);
        if (random.nextBoolean()) {
            Route behind = Route.via(IpNetwork.parse("2001:db8:b%d::/48".formatted(i)), Route.MAIN, router, name);
            learned(behind.withProtocol(Route.PROTOCOL_ROUTER_ADVERTISEMENT), life / 2, preference);
        }
        if (random.nextBoolean()) {
            learned(name, "2001:db8:c%d::99/64".formatted(i), life, Address.Flag.MANAGE_TEMPORARY);
        }
        if (random.nextInt(3) == 0) {
            learned(name, network + "aaaa:bbbb:cccc:%d/64".formatted(i), life, Address.Flag.SECONDARY);
        }
        state.sysctls.put(NetworkState.acceptRa(name), Integer.toString(1 + random.nextInt(2)));
        state.neighbours.add(new Neighbour(name, router, mac(210 + i), Neighbour.STALE));
    }

    private void learned(String link, String text, long life, Address.Flag flag) {
        state.addresses.add(Address.permanent(link, InterfaceAddress.parse(text))
                .withFlags(flag)
                .withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT)
                .withLifetime(new Address.Lifetime(life, life / 2)));
    }

    private void learned(Route route, long life, Route.Preference preference) {
        state.routes.add(route.withAdvertised(new Route.Advertised(life, preference)));
    }

    /** Each connected route with a metric, in the kernel's name, and none made by the kernel. */
    private void asNetworkManagerDoes(String name) {
        state.addresses.replaceAll(
                address -> address.link().equals(name) ? address.withFlag(Address.Flag.NO_PREFIX_ROUTE) : address);
        state.addresses.stream()
                .filter(address -> address.link().equals(name))
                .map(address -> direct(address.address().network().toString(), name, 100, Route.PROTOCOL_KERNEL))
                .distinct()
                .forEach(state.routes::add);
    }

    private static Route direct(String destination, String link, int metric, int protocol) {
        return new Route(
                IpNetwork.parse(destination),
                Route.MAIN,
                metric,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, link, 1, false)),
                null,
                Scope.LINK,
                protocol,
                new TreeMap<>());
    }

    /** As the scenario's author made it, half done: the NIC is a port and still has the addresses. */
    private void bridgeByHand() {
        Bridge.Options options =
                new Bridge.Options(random.nextBoolean(), 1500, true, false, false, random.nextInt(5) == 0, false);
        state.put(new Bridge(
                LinkAttributes.named("br0").withMac(mac(50)).withMtu(1500).withUp(true), options));
        Link eth0 = state.links.get("eth0");
        state.put(eth0.withMaster("br0"));
        // A port hears no routers: the bridge was told all that its NIC had been told.
        state.addresses.replaceAll(a -> a.isLearned() && a.link().equals("eth0") ? a.on("br0") : a);
        state.routes.replaceAll(r -> r.isLearned() ? r.moved("eth0", "br0") : r);
        if (random.nextBoolean()) {
            address("br0", "10.0.0.200/24");
        }
        LinkAttributes veth =
                LinkAttributes.named("veth1").withMac(mac(51)).withMtu(1500).withUp(true);
        state.put(new Veth(veth.withMaster("br0"), null));
    }

    private void address(String link, String text) {
        Address plain = Address.permanent(link, InterfaceAddress.parse(text));
        Set<Address.Flag> flags = EnumSet.copyOf(plain.flags());
        if (plain.family() == Family.IPV6 && random.nextBoolean()) {
            flags.add(Address.Flag.NO_DAD);
        }
        Address.Lifetime lifetime = lifetime();
        if (!lifetime.isForever()) {
            flags.remove(Address.Flag.PERMANENT);
        }
        boolean isLabelled = plain.family() == Family.IPV4 && random.nextInt(5) == 0;
        state.addresses.add(new Address(
                link,
                plain.address(),
                null,
                random.nextInt(3) == 0 ? null : plain.broadcast(),
                plain.scope(),
                flags,
                lifetime,
                random.nextInt(6) == 0 ? 66 : 0,
                0,
                isLabelled ? link + ":" + state.addresses.size() : null));
    }

    private Address.Lifetime lifetime() {
        return switch (random.nextInt(10)) {
            case 0 -> new Address.Lifetime(3600, 1800);
            case 1 -> new Address.Lifetime(7200, 0);
            default -> Address.Lifetime.FOREVER;
        };
    }

    private boolean hasAddress(String link, String prefix) {
        return state.addresses.stream()
                .anyMatch(a -> a.link().equals(link) && a.ip().toString().startsWith(prefix));
    }

    private void route(String destination, String via, String link, int metric) {
        NavigableMap<Integer, Integer> metrics = new TreeMap<>();
        if (random.nextInt(4) == 0) {
            metrics.put(2, 1400);
        }
        IpNetwork network = IpNetwork.parse(destination);
        List<Address> sources = state.addresses.stream()
                .filter(address -> address.link().equals(link) && address.family() == network.family())
                .toList();
        IpAddress source = sources.isEmpty() || random.nextInt(4) != 0
                ? null
                : sources.get(random.nextInt(sources.size())).ip();
        state.routes.add(new Route(
                network,
                random.nextInt(6) == 0 ? 100 : Route.MAIN,
                metric,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(IpAddress.parse(via), link, 1, false)),
                source,
                Scope.GLOBAL,
                Route.PROTOCOL_BOOT,
                metrics));
    }

    private static MacAddress mac(int i) {
        return new MacAddress(0x52_54_00_00_00_00L + i);
    }

    /** A host file that names eth0 always and the other NICs sometimes, as segments, in a VRF, or plain. */
    public String file() {
        List<Integer> others = new ArrayList<>();
        for (int i = 1; i < nics; i++) {
            others.add(i);
        }
        Collections.shuffle(others, random);
        StringBuilder segments = new StringBuilder(upperLinks.insteadOf(segment(0), 0));
        segments.append(upperLinks.beside(segments.toString(), 0));
        StringBuilder ethernets = new StringBuilder();
        StringBuilder vrfs = new StringBuilder();
        for (int i : others) {
            String own = "";
            switch (random.nextInt(4)) {
                case 0 -> {
                    own = upperLinks.insteadOf(segment(i), i);
                    segments.append(own);
                }
                case 1 -> ethernets.append(ethernet(i));
                case 2 -> {
                    ethernets.append(ethernet(i));
                    vrfs.append("""
                              vrf%d:
                                table: %d
                                interfaces: [eth%d]
                                routes: [{ to: default, via: 10.%d.0.1 }]
                            """.formatted(i, 10 + i, i, i));
                }
                case 3 -> {}
            }
            segments.append(upperLinks.beside(own, i));
        }
        return "version: 1\nsegments:\n" + segments
                + (ethernets.isEmpty() ? "" : "ethernets:\n" + ethernets)
                + (vrfs.isEmpty() ? "" : "vrfs:\n" + vrfs)
                + firewall(segments.toString(), ethernets.toString(), vrfs.toString());
    }

    /** For some of the segments and NICs that the file names; for the VRF instead of its member. */
    private String firewall(String segments, String ethernets, String vrfs) {
        StringBuilder sections = new StringBuilder();
        for (int i = 0; i < nics; i++) {
            String name = Stream.of("Segment" + i, "vrf" + i, "eth" + i)
                    .filter(one -> (segments + vrfs + ethernets).contains("  " + one + ":"))
                    .findFirst()
                    .orElse("");
            if (name.isEmpty() || random.nextBoolean()) {
                continue;
            }
            sections.append(
                    random.nextInt(5) == 0
                            ? "  %s: { default: allow }\n".formatted(name)
                            : "  %s: { allow: %s }\n".formatted(name, allowances(i)));
        }
        return sections.isEmpty() ? "" : "firewall:\n" + sections;
    }

    private List<String> allowances(int i) {
        List<String> allowances = new ArrayList<>(List.of(
                "tcp/22",
                "tcp/20-30 from 10.%d.0.0/24".formatted(i),
                "\"udp/53 from 2001:db8:%d::/64\"".formatted(i),
                "icmp",
                "icmp from 10.0.0.0/8",
                "tcp/25-26 from 0.0.0.0/0"));
        Collections.shuffle(allowances, random);
        return allowances.subList(0, random.nextInt(allowances.size()));
    }

    private String segment(int i) {
        // A port of a bridge made by hand stays in that bridge.
        boolean isFree = state.links.get("eth" + i).master() == null;
        String name = isFree && random.nextInt(4) == 0 ? "lan" + i : "br" + i;
        String more = random.nextBoolean() ? ", 10.%d.0.77/24".formatted(i) : "";
        String ipv6 = random.nextInt(4) == 0 ? "" : ", \"2001:db8:%d::%d/64\"".formatted(i, 11 + random.nextInt(2));
        StringBuilder routes = new StringBuilder();
        if (i == 0) {
            routes.append("      - { to: default, via: 10.0.0.%d }\n".formatted(1 + random.nextInt(2)));
        }
        if (!ipv6.isEmpty()) {
            String to = i == 0 ? "default" : "\"2001:db8:fe%d::/48\"".formatted(i);
            routes.append("      - { to: %s, via: \"2001:db8:%d::1\" }\n".formatted(to, i));
        }
        return """
                  Segment%d:
                    bridge: %s
                    uplink: eth%d
                    addresses: [10.%d.0.%d/24%s%s]
                """.formatted(i, name, i, i, 11 + random.nextInt(3), more, ipv6)
                + (routes.isEmpty() ? "" : "    routes:\n" + routes);
    }

    private String ethernet(int i) {
        return "  eth%d: { addresses: [10.%d.0.%d/24] }\n".formatted(i, i, 11 + random.nextInt(2));
    }
}
