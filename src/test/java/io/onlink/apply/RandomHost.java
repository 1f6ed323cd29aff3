package io.onlink.apply;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
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
import io.onlink.model.Scope;
import io.onlink.model.Veth;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * A host as somebody might have left it, and host files that fit it, from a seed: NICs with several
 * addresses or none, routes by hand, a bridge made by hand with the addresses left on its port, container
 * veths, links that no file names.
 */
public final class RandomHost {
    private final Random random;
    private final int nics;
    private final NetworkState.Builder state = new NetworkState.Builder();

    public RandomHost(long seed) {
        random = new Random(seed);
        nics = 1 + random.nextInt(4);
        state.put(new OtherLink(LinkAttributes.named("lo").withUp(true), ""));
        state.sysctls.put("net/ipv4/tcp_l3mdev_accept", "0");
        state.sysctls.put("net/ipv4/udp_l3mdev_accept", Integer.toString(random.nextInt(2)));
        for (int i = 0; i < nics; i++) {
            nic(i);
        }
        if (random.nextInt(3) == 0) {
            bridgeByHand();
        }
        // Nobody's file names it: no plan may either.
        state.put(new OtherLink(LinkAttributes.named("other0").withMac(mac(99)).withUp(true), ""));
        address("other0", "10.99.0.1/24");
        state.routes.add(
                Route.via(IpNetwork.parse("172.31.0.0/16"), Route.MAIN, IpAddress.parse("10.99.0.9"), "other0"));
    }

    public NetworkState state() {
        return state.build();
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
        if (!up) {
            return;
        }
        if (hasAddress(name, "10." + i + ".") && random.nextInt(4) == 0) {
            asNetworkManagerDoes(name);
        }
        if (random.nextInt(4) == 0) {
            // A provider's way: the router is in no network of the NIC's.
            address(name, "100.64." + i + ".1/32");
            state.routes.add(direct("100.64." + i + ".254/32", name, 0, Route.PROTOCOL_BOOT));
            route("172.20." + i + ".0/24", "100.64." + i + ".254", name, 0);
        }
        state.neighbours.add(
                new Neighbour(name, IpAddress.parse("10." + i + ".0.1"), mac(200 + i), Neighbour.REACHABLE));
        if (hasAddress(name, "10." + i + ".")) {
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
        Bridge.Options options = new Bridge.Options(random.nextBoolean(), 1500, true, false);
        state.put(new Bridge(
                LinkAttributes.named("br0").withMac(mac(50)).withMtu(1500).withUp(true), options));
        Link eth0 = state.links.get("eth0");
        state.put(eth0.withMaster("br0"));
        if (random.nextBoolean()) {
            address("br0", "10.0.0.200/24");
        }
        LinkAttributes veth =
                LinkAttributes.named("veth1").withMac(mac(51)).withMtu(1500).withUp(true);
        state.put(new Veth(veth.withMaster("br0"), null));
    }

    private void address(String link, String text) {
        state.addresses.add(Address.permanent(link, InterfaceAddress.parse(text)));
    }

    private boolean hasAddress(String link, String prefix) {
        return state.addresses.stream()
                .anyMatch(a -> a.link().equals(link) && a.ip().toString().startsWith(prefix));
    }

    private void route(String destination, String via, String link, int metric) {
        Route route = Route.via(IpNetwork.parse(destination), Route.MAIN, IpAddress.parse(via), link)
                .withMetric(metric);
        state.routes.add(new Route(
                route.destination(),
                route.table(),
                route.metric(),
                route.type(),
                route.nextHops(),
                null,
                route.scope(),
                Route.PROTOCOL_BOOT,
                new TreeMap<>()));
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
        StringBuilder segments = new StringBuilder(segment(0));
        StringBuilder ethernets = new StringBuilder();
        StringBuilder vrfs = new StringBuilder();
        for (int i : others) {
            switch (random.nextInt(4)) {
                case 0 -> segments.append(segment(i));
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
        }
        return "version: 1\nsegments:\n" + segments
                + (ethernets.isEmpty() ? "" : "ethernets:\n" + ethernets)
                + (vrfs.isEmpty() ? "" : "vrfs:\n" + vrfs);
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
