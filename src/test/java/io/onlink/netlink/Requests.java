package io.onlink.netlink;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Ipvlan;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.Neighbour;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Scope;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** One request of each sort that we send, by the name of its golden file. Link N has index N. */
final class Requests {
    static final MacAddress MAC = MacAddress.parse("00:50:56:00:22:d9");
    static final Bridge BRIDGE = new Bridge(
            new LinkAttributes("br0", MAC, 1400, true, "ignored", "segment Service-Segment"), Bridge.Options.SEGMENT);
    static final Veth VETH = new Veth(
            LinkAttributes.named("v0").withMtu(1450),
            LinkAttributes.named("v1").withMac(MAC).withUp(true));
    static final Vrf VRF = new Vrf(LinkAttributes.named("mgmt0"), 10);
    static final Vlan VLAN = new Vlan(LinkAttributes.named("br2.20"), "br2", 20);
    static final Macvlan MACVLAN = new Macvlan(LinkAttributes.named("m0").withMtu(1400), "br2", Macvlan.Mode.BRIDGE);
    static final Ipvlan IPVLAN = new Ipvlan(LinkAttributes.named("i0"), "br2", true);
    static final Address IPV4 = Address.permanent("br2", InterfaceAddress.parse("192.168.22.217/24"));
    static final Address IPV6 = Address.permanent("br2", InterfaceAddress.parse("2001:470:fe36:face::217:1/64"))
            .withFlag(Address.Flag.NO_DAD);
    static final Address LIMITED = new Address(
            "br2",
            InterfaceAddress.parse("10.0.0.1/32"),
            IpAddress.parse("10.0.0.2"),
            null,
            Scope.LINK,
            IPV4.flags(),
            new Address.Lifetime(1000, 500),
            77);
    static final IpAddress ROUTER = IpAddress.parse("192.168.22.1");
    static final IpAddress ROUTER_IPV6 = IpAddress.parse("2001:470:fe36:face::1");
    static final Route DEFAULT_IPV4 = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, ROUTER, "br2");
    static final Route DEFAULT_IPV6 = Route.via(IpNetwork.DEFAULT_IPV6, 1000, ROUTER_IPV6, "br2");
    static final Route DETAILED = new Route(
            IpNetwork.parse("172.16.52.0/24"),
            10,
            50,
            Route.Type.UNICAST,
            List.of(new Route.NextHop(ROUTER_IPV6, "br2", 1, true)),
            IpAddress.parse("192.168.22.217"),
            Scope.GLOBAL,
            Route.PROTOCOL_STATIC,
            new TreeMap<>(Map.of(2, 1300)));
    static final Route MULTIPATH = new Route(
            IpNetwork.parse("172.17.0.0/16"),
            Route.MAIN,
            0,
            Route.Type.UNICAST,
            List.of(
                    new Route.NextHop(ROUTER, "br2", 1, false),
                    new Route.NextHop(IpAddress.parse("192.168.52.1"), "br3", 5, false)),
            null,
            Scope.GLOBAL,
            Route.PROTOCOL_BOOT,
            new TreeMap<>());
    static final Route BLACKHOLE = new Route(
            IpNetwork.parse("10.66.0.0/16"),
            Route.MAIN,
            0,
            Route.Type.BLACKHOLE,
            List.of(),
            null,
            Scope.GLOBAL,
            Route.PROTOCOL_STATIC,
            new TreeMap<>());
    static final Rule SELECTIVE = new Rule(
            Family.IPV4,
            500,
            IpNetwork.parse("192.168.22.0/24"),
            IpNetwork.parse("10.0.0.0/8"),
            "br0",
            "br1",
            0x10,
            0xff,
            false,
            1000,
            Rule.TO_TABLE,
            Route.PROTOCOL_STATIC);

    private Requests() {}

    static Map<String, Request> all() {
        Map<String, Request> all = new LinkedHashMap<>();
        all.put("link-list", LinkRequests.list());
        all.put("link-find", LinkRequests.find("br0"));
        all.put("link-create-bridge", LinkRequests.create(BRIDGE));
        all.put("link-create-veth", LinkRequests.create(VETH));
        all.put("link-create-vrf", LinkRequests.create(VRF));
        all.put("link-create-vlan", LinkRequests.create(VLAN, Requests::index));
        all.put("link-create-macvlan", LinkRequests.create(MACVLAN, Requests::index));
        all.put("link-create-ipvlan", LinkRequests.create(IPVLAN, Requests::index));
        all.put("link-create-bare", LinkRequests.createBare("vrf", "trial"));
        all.put(
                "link-alias",
                LinkRequests.complete(2, LinkAttributes.named("v0").withAlias("x"), false)
                        .getFirst());
        all.put("link-delete", LinkRequests.delete(2));
        all.put("link-up", LinkRequests.setUp(2, true));
        all.put("link-down", LinkRequests.setUp(2, false));
        all.put("link-master", LinkRequests.setMaster(2, 3));
        all.put("link-mac", LinkRequests.setMac(2, MAC));
        List<Request> options = LinkRequests.setBridgeOptions(
                2, new Bridge.Options(true, 1500, true, true, false, false, false), Bridge.Options.SEGMENT);
        all.put("link-bridge-stp-off", options.getFirst());
        all.put("link-bridge-options", options.getLast());
        all.put(
                "link-port-options",
                LinkRequests.setPortOptions(
                        2,
                        Set.of(BridgePort.Option.ISOLATED, BridgePort.Option.FLOOD),
                        Set.of(BridgePort.Option.LEARNING, BridgePort.Option.FLOOD)));
        all.put("link-port-state", LinkRequests.setPortState(2, PortState.FORWARDING));
        all.put("link-flush-port", LinkRequests.flushPort(2));
        all.put("link-rename", LinkRequests.rename(2, "lan0"));
        all.put("link-mtu", LinkRequests.setMtu(2, 9000));
        all.put("address-list", AddressMessages.list(Family.IPV6));
        all.put("address-add-ipv4", AddressMessages.add(IPV4, 2));
        all.put("address-add-ipv6", AddressMessages.add(IPV6, 2));
        all.put("address-add-limited", AddressMessages.add(LIMITED, 2));
        all.put("address-delete", AddressMessages.delete(IPV4, 2));
        all.put("route-list", RouteMessages.list(Family.IPV4));
        all.put("route-add-default-ipv4", RouteMessages.add(DEFAULT_IPV4, Requests::index));
        all.put("route-add-default-ipv6", RouteMessages.add(DEFAULT_IPV6, Requests::index));
        all.put("route-add-detailed", RouteMessages.add(DETAILED, Requests::index));
        all.put("route-add-multipath", RouteMessages.add(MULTIPATH, Requests::index));
        all.put("route-add-blackhole", RouteMessages.add(BLACKHOLE, Requests::index));
        all.put("route-replace", RouteMessages.replace(DEFAULT_IPV4, Requests::index));
        all.put("route-delete", RouteMessages.delete(DEFAULT_IPV4, Requests::index));
        all.put("rule-list", RuleMessages.list(Family.IPV6));
        all.put("rule-add-selective", RuleMessages.add(SELECTIVE));
        all.put("rule-add-l3mdev", RuleMessages.add(Rule.l3mdev(Family.IPV6)));
        all.put("rule-delete", RuleMessages.delete(SELECTIVE));
        MacAddress mac = MacAddress.parse("00:50:56:00:01:01");
        all.put("neighbour-put-ipv4", NeighbourMessages.put(new Neighbour("eth0", ROUTER, mac, Neighbour.STALE), 2));
        all.put(
                "neighbour-put-permanent",
                NeighbourMessages.put(new Neighbour("eth0", ROUTER, mac, Neighbour.PERMANENT), 2));
        all.put("neighbour-put-proxy", NeighbourMessages.put(new Neighbour("eth0", ROUTER, null, 0, true), 2));
        all.put("neighbour-list-proxies", NeighbourMessages.listProxies(Family.IPV6));
        all.put("address-change", AddressMessages.change(LIMITED, 2));
        all.put("neighbour-delete-ipv4", NeighbourMessages.delete(ROUTER, 2));
        all.put("neighbour-delete-ipv6", NeighbourMessages.delete(IPV6.ip(), 2));
        all.put("neighbour-list", NeighbourMessages.list(Family.IPV4));
        return all;
    }

    private static int index(String link) {
        return Character.digit(link.charAt(link.length() - 1), 10);
    }
}
