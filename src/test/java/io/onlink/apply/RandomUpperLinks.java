package io.onlink.apply;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import io.onlink.model.Vlan;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * Links upon the NICs of a third of all {@link RandomHost}s: VLANs of somebody's and VLANs of these, up and down, with addresses, routes
 * and neighbours of their own. And segments with a tag, each file's with another one.
 */
final class RandomUpperLinks {
    /** With the name that Onlink would give it: a segment may have it for its uplink. */
    private static final int ID_OF_BOTH = 10;

    private final Random random;
    private final NetworkState.Builder state;
    private final boolean isThere;

    /** A generator of their own, so that a seed's host is the same with them and without. */
    RandomUpperLinks(long seed, NetworkState.Builder state) {
        // Of neighbouring seeds the first numbers are much the same.
        this.random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
        this.state = state;
        this.isThere = random.nextInt(3) == 0;
    }

    void putUpon(int nic) {
        if (!isThere) {
            return;
        }
        String name = "eth" + nic;
        if (chance(3)) {
            vlan(name + "." + ID_OF_BOTH, name, ID_OF_BOTH, 40 + nic);
        }
        if (chance(2)) {
            // Of which one comes before its NIC, by name.
            String vlan = (random.nextBoolean() ? "dmz" : "wan") + nic;
            vlan(vlan, name, 100 + nic, 50 + nic);
            if (chance(3)) {
                vlan("deep" + nic, vlan, 5, 60 + nic);
            }
        }
    }

    private void vlan(String name, String parent, int id, int network) {
        Link below = Objects.requireNonNull(state.links.get(parent));
        boolean up = below.isUp() && !chance(4);
        state.put(new Vlan(attributes(name, below).withUp(up), parent, id));
        addresses(name, network);
        if (up) {
            routes(name, parent, network);
        }
        if (chance(4)) {
            state.neighbours.add(
                    new Neighbour(name, ip("10.%d.0.99", network), new MacAddress(network), Neighbour.PERMANENT));
        }
        if (chance(4)) {
            state.neighbours.add(
                    new Neighbour(name, ip("2001:db8:%d::99", network), new MacAddress(network), Neighbour.PERMANENT));
        }
    }

    private LinkAttributes attributes(String name, Link below) {
        return LinkAttributes.named(name).withMac(below.attributes().mac()).withMtu(1500);
    }

    private void addresses(String name, int network) {
        for (int n = random.nextInt(3); n > 0; n--) {
            address(name, "10.%d.0.%d/24".formatted(network, 10 + n));
        }
        for (int n = random.nextInt(3); n > 0; n--) {
            address(name, "2001:db8:%d::%d/64".formatted(network, 10 + n));
        }
    }

    private void address(String name, String text) {
        Address address = Address.permanent(name, InterfaceAddress.parse(text));
        state.addresses.add(
                address.family() == Family.IPV6 && random.nextBoolean()
                        ? address.withFlag(Address.Flag.NO_DAD)
                        : address);
    }

    private void routes(String name, String parent, int network) {
        IpAddress router = ip("10.%d.0.1", network);
        if (isOnLink(name, router)) {
            IpNetwork behind = IpNetwork.parse("172.18.%d.0/24".formatted(network));
            route(behind, router, name, chance(4) ? 100 : Route.MAIN);
            IpAddress ofTheParent = ip("10.%d.0.1", network % 10);
            if (chance(3) && state.links.get(parent).isUp() && isOnLink(parent, ofTheParent)) {
                // In one place with that of its NIC, before it or behind.
                int table = state.routes.getLast().table();
                Route own = state.routes.removeLast();
                route(behind, ofTheParent, parent, table);
                state.routes.add(state.routes.size() - random.nextInt(2), own);
            }
        }
        IpAddress router6 = ip("2001:db8:%d::1", network);
        if (isOnLink(name, router6)) {
            route(IpNetwork.parse("2001:db8:f%d::/48".formatted(network)), router6, name, Route.MAIN);
        }
    }

    private void route(IpNetwork to, IpAddress via, String link, int table) {
        state.routes.add(new Route(
                to,
                table,
                to.family() == Family.IPV6 ? 1024 : 0,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(via, link, 1, false)),
                null,
                Scope.GLOBAL,
                Route.PROTOCOL_STATIC,
                new TreeMap<>()));
    }

    private boolean isOnLink(String link, IpAddress router) {
        return state.addresses.stream()
                .anyMatch(address -> address.link().equals(link)
                        && address.hasConnectedRoute()
                        && address.address().network().contains(router));
    }

    private static IpAddress ip(String format, int network) {
        return IpAddress.parse(format.formatted(network));
    }

    private boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    /** The segment, or one of the same bridge that has a tag. */
    String insteadOf(String segment, int nic) {
        boolean isFree = state.links.get("eth" + nic).master() == null;
        return isThere && isFree && chance(5) ? tagged("Segment" + nic, "br" + nic, nic) : segment;
    }

    /** Segments with tags beside what else the file says of the NIC; none twice with one tag. */
    String beside(String segments, int nic) {
        if (!isThere || chance(2) || segments.contains("vlan: ")) {
            return "";
        }
        return tagged("Tagged" + nic, "tag" + nic, nic);
    }

    private String tagged(String name, String bridge, int nic) {
        String ipv6 = chance(3) ? "" : ", \"2001:db8:%d::11/64\"".formatted(70 + nic);
        String routes = """
                    routes:
                      - { to: 172.19.%d.0/24, via: 10.%d.0.1 }
                """.formatted(nic, 70 + nic);
        return """
                  %s:
                    bridge: %s
                    uplink: eth%d
                    vlan: %d
                    addresses: [10.%d.0.%d/24%s]
                """.formatted(
                                name,
                                bridge,
                                nic,
                                random.nextBoolean() ? ID_OF_BOTH : 20,
                                70 + nic,
                                11 + random.nextInt(2),
                                ipv6)
                + (chance(2) ? routes : "");
    }
}
