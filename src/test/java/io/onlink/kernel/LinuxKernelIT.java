package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.KernelException;
import io.onlink.libc.Errno;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Scope;
import io.onlink.model.Veth;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What we do {@code ip} must see, and what {@code ip} does we must see. Needs root. */
class LinuxKernelIT {
    private static final MacAddress MAC = MacAddress.parse("02:42:c0:a8:16:de");
    private static final Bridge BRIDGE = new Bridge(
            new LinkAttributes("br0", MAC, 1400, false, null, "segment Service-Segment"), Bridge.Options.SEGMENT);
    private static final Veth VETH = new Veth(
            LinkAttributes.named("v0").withAlias("this end"),
            LinkAttributes.named("v1").withMtu(1450));

    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Test
    void ipSeesTheLinksWeMake() {
        kernel.perform(new Step.CreateLink(BRIDGE));
        kernel.perform(new Step.CreateLink(VETH));
        kernel.perform(new Step.SetMaster("v0", null, "br0"));
        kernel.perform(new Step.SetUp("v0", true));
        JsonNode bridge = json("link show br0").get(0);
        assertThat(bridge.at("/linkinfo/info_kind").asString()).isEqualTo("bridge");
        assertThat(bridge.at("/linkinfo/info_data/forward_delay").asInt()).isZero();
        assertThat(bridge.at("/linkinfo/info_data/stp_state").asInt()).isZero();
        assertThat(bridge.at("/linkinfo/info_data/mcast_snooping").asInt()).isZero();
        assertThat(bridge.at("/linkinfo/info_data/vlan_filtering").asInt()).isZero();
        assertThat(bridge.get("address").asString()).isEqualTo(MAC.toString());
        assertThat(bridge.get("mtu").asInt()).isEqualTo(1400);
        assertThat(bridge.get("ifalias").asString()).isEqualTo("segment Service-Segment");
        assertThat(bridge.get("flags").toString()).doesNotContain("\"UP\"");
        JsonNode veth = json("link show v0").get(0);
        assertThat(veth.get("master").asString()).isEqualTo("br0");
        assertThat(veth.get("link").asString()).isEqualTo("v1");
        assertThat(veth.get("flags").toString()).contains("\"UP\"");
        assertThat(json("link show v1").get(0).get("mtu").asInt()).isEqualTo(1450);
    }

    @Test
    void weSeeTheLinksIpMakes() {
        namespace.ip(
                "link add br0 address 02:42:c0:a8:16:de type bridge forward_delay 300 stp_state 1 nf_call_ip6tables 1");
        namespace.ip("link set br0 mtu 1400 alias hello");
        namespace.ip("link add v0 type veth peer name v1");
        namespace.ip("link set v0 master br0 up");
        namespace.ip("link set v1 up");
        namespace.ip("link set br0 up type bridge stp_state 0");
        NetworkState state = kernel.observe();
        assertThat(state.link("br0"))
                .isEqualTo(new Bridge(
                        new LinkAttributes("br0", MAC, 1400, true, null, "hello"),
                        new Bridge.Options(false, 300, true, false, false, false, true)));
        Link veth = Objects.requireNonNull(state.link("v0"));
        assertThat(veth).isInstanceOf(Veth.class);
        assertThat(veth.master()).isEqualTo("br0");
        assertThat(veth.isUp()).isTrue();
        assertThat(state.link("lo"))
                .isEqualTo(new OtherLink(new LinkAttributes("lo", null, 65536, false, null, null), ""));
        assertThat(state.status().get("v0").portState())
                .isIn(PortState.LEARNING, PortState.LISTENING, PortState.FORWARDING);
        assertThat(state.status().get("v0").lowerUp()).isTrue();
        assertThat(state.status().get("br0").portState()).isNull();
    }

    @Test
    void aLinkMovesToAnotherNamespace() {
        kernel.perform(new Step.CreateLink(VETH));
        try (TestNamespace other = new TestNamespace()) {
            kernel.perform(new Step.MoveLink("v1", Path.of("/run/netns", other.name()), "eth0"));
            assertThat(kernel.observe().link("v1")).isNull();
            assertThat(other.ip("-o link show eth0")).contains("link-netns " + namespace.name());
        }
    }

    @Test
    void everyStepOnALinkCanBeTakenBack() {
        kernel.perform(new Step.CreateLink(BRIDGE));
        kernel.perform(new Step.CreateLink(VETH));
        NetworkState before = kernel.observe();
        MacAddress other = MacAddress.parse("02:00:00:00:00:99");
        List<Step> steps = List.of(
                new Step.SetMaster("v0", null, "br0"),
                new Step.SetMac("br0", MAC, other),
                new Step.SetBridgeOptions(
                        "br0", Bridge.Options.SEGMENT, new Bridge.Options(true, 400, true, false, false, true, true)),
                new Step.SetSysctl("net/ipv6/conf/v0/disable_ipv6", "0", "1"),
                new Step.SetUp("v0", true));
        steps.forEach(kernel::perform);
        NetworkState after = kernel.observe();
        assertThat(after.link("br0"))
                .isEqualTo(new Bridge(
                        BRIDGE.attributes().withMac(other),
                        new Bridge.Options(true, 400, true, false, false, true, true)));
        assertThat(after.sysctls()).containsEntry("net/ipv6/conf/v0/disable_ipv6", "1");
        Plan.between(after, before).steps().forEach(kernel::perform);
        NetworkState restored = kernel.observe();
        assertThat(restored.links()).isEqualTo(before.links());
        assertThat(restored.sysctls()).isEqualTo(before.sysctls());
        kernel.perform(new Step.DeleteLink(VETH));
        kernel.perform(new Step.DeleteLink(BRIDGE));
        assertThat(kernel.observe().links()).containsOnlyKeys("lo");
    }

    @Test
    void linksAreDeletedTogetherAndOthersStay() {
        namespace.ip("link add br0 type bridge");
        namespace.ip("link set br0 up");
        for (String number : List.of("1", "2", "3", "4")) {
            namespace.ip("link add v%s type veth peer name w%s".formatted(number, number));
            namespace.ip("link set v%s master br0 up".formatted(number));
            namespace.ip("link set w%s up".formatted(number));
        }
        try (TestNamespace sandbox = new TestNamespace()) {
            namespace.ip("link set w2 netns " + sandbox.name());
            kernel.deleteLinks(List.of("v1", "w1", "v2", "w2", "w3", "gone"));
            assertThat(kernel.observe().links()).containsOnlyKeys("lo", "br0", "v4", "w4");
            assertThat(sandbox.ip("-br link")).doesNotContain("w2");
        }
        kernel.deleteLinks(List.of("v1", "gone"));
        assertThat(kernel.observe().links()).containsOnlyKeys("lo", "br0", "v4", "w4");
    }

    @Test
    void aBridgeThatIsUpTakesAnotherName() {
        assertThat(kernel.features()).contains(Feature.REDIRECT, Feature.LIVE_RENAME);
        kernel.perform(new Step.CreateLink(BRIDGE));
        kernel.perform(new Step.CreateLink(VETH));
        kernel.perform(new Step.SetMaster("v0", null, "br0"));
        kernel.perform(new Step.SetUp("br0", true));
        kernel.perform(new Step.AddAddress(Address.permanent("br0", InterfaceAddress.parse("192.168.22.217/24"))));
        NetworkState before = kernel.observe();
        kernel.perform(new Step.FlushPort("v0"));
        kernel.perform(new Step.RenameLink("br0", "lan0"));
        NetworkState after = kernel.observe();
        NetworkState expected = before.withRenamed("br0", "lan0");
        assertThat(after.links()).isEqualTo(expected.links());
        assertThat(after.addressesOf("lan0")).containsAll(expected.addressesOf("lan0"));
        assertThat(after.sysctls()).isEqualTo(expected.sysctls());
        kernel.perform(new Step.SetMtu("lan0", 1400, 1300));
        assertThat(json("link show lan0").get(0).get("mtu").asInt()).isEqualTo(1300);
    }

    @Test
    void addressesAreThereAndBackAgain() {
        kernel.perform(new Step.CreateLink(BRIDGE));
        kernel.perform(new Step.SetUp("br0", true));
        Address first = Address.permanent("br0", InterfaceAddress.parse("192.168.22.217/24"));
        Address second = Address.permanent("br0", InterfaceAddress.parse("192.168.22.218/24"))
                .withFlag(Address.Flag.NO_PREFIX_ROUTE);
        Address third = Address.permanent("br0", InterfaceAddress.parse("2001:db8::217:1/64"))
                .withFlag(Address.Flag.NO_DAD);
        List.of(first, second, third).forEach(address -> kernel.perform(new Step.AddAddress(address)));
        assertThat(kernel.observe().addressesOf("br0"))
                .containsAll(List.of(first, second.withFlag(Address.Flag.SECONDARY), third));
        JsonNode shown = json("addr show br0").get(0).get("addr_info");
        assertThat(shown.toString())
                .contains("\"local\":\"192.168.22.217\"", "\"local\":\"2001:db8::217:1\"", "\"nodad\":true")
                .contains("\"noprefixroute\":true", "\"broadcast\":\"192.168.22.255\"");
        List.of(third, second, first).forEach(address -> kernel.perform(new Step.DeleteAddress(address)));
        assertThat(kernel.observe().addressesOf("br0")).allMatch(Address::isKernelMade);
    }

    /** The kernel makes the route for what is sent to the host in a work queue, after it has said yes. */
    @Test
    void anIpv6AddressIsDeliveredToAsSoonAsItIsAdded() throws IOException {
        namespace.ip("link add eth0 type veth peer name wire");
        namespace.ip("link set eth0 up");
        namespace.ip("link set wire up");
        Address address = Address.permanent("eth0", InterfaceAddress.parse("2001:db8::217:1/64"))
                .withFlag(Address.Flag.NO_DAD);
        while (!json("link show eth0").get(0).get("operstate").asString().equals("UP")) {
            Thread.onSpinWait();
        }
        // It is a race: without the wait, a few in a hundred are lost on a machine that has other work.
        for (int round = 0; round < 300; round++) {
            kernel.perform(new Step.AddAddress(address));
            String routes = namespace.call(() -> Files.readString(Path.of("/proc/thread-self/net/ipv6_route")));
            assertThat(routes).containsPattern("20010db8000000000000000002170001 80 .* eth0\n");
            kernel.perform(new Step.DeleteAddress(address));
        }
    }

    @Test
    void weSeeWhatIpSaysOfAnAddress() {
        namespace.ip("link add br0 type bridge");
        namespace.ip("addr add 10.0.0.1 peer 10.0.0.2/32 dev br0 scope link valid_lft 1000 preferred_lft 500");
        Address address = kernel.observe().addressesOf("br0").getFirst();
        assertThat(address.peer()).isEqualTo(IpAddress.parse("10.0.0.2"));
        assertThat(address.address()).isEqualTo(InterfaceAddress.parse("10.0.0.1/32"));
        assertThat(address.scope()).isEqualTo(Scope.LINK);
        assertThat(address.lifetime().valid()).isBetween(900L, 1000L);
        assertThat(address.lifetime().preferred()).isBetween(400L, 500L);
        kernel.perform(new Step.DeleteAddress(address));
        kernel.perform(new Step.AddAddress(withProtocol(address, 77)));
        Address again = kernel.observe().addressesOf("br0").getFirst();
        assertThat(again.lifetime().isForever()).isFalse();
        assertThat(again.peer()).isEqualTo(address.peer());
        assertThat(again.protocol()).isEqualTo(77);
    }

    @Test
    void routesAreThereAndBackAgain() {
        twoUplinks();
        IpAddress router = IpAddress.parse("192.168.22.1");
        Route withMetrics = new Route(
                IpNetwork.parse("172.16.52.0/24"),
                100,
                50,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(router, "br0", 1, true)),
                IpAddress.parse("192.168.22.217"),
                Scope.GLOBAL,
                Route.PROTOCOL_STATIC,
                new TreeMap<>(Map.of(2, 1300)));
        Route multipath = new Route(
                IpNetwork.parse("172.17.0.0/16"),
                Route.MAIN,
                0,
                Route.Type.UNICAST,
                List.of(
                        new Route.NextHop(router, "br0", 1, false),
                        new Route.NextHop(IpAddress.parse("192.168.52.1"), "br1", 5, false)),
                null,
                Scope.GLOBAL,
                Route.PROTOCOL_BOOT,
                new TreeMap<>());
        Route throughIpv6 =
                Route.via(IpNetwork.parse("10.99.0.0/16"), Route.MAIN, IpAddress.parse("2001:db8::1"), "br0");
        List<Route> routes = List.of(
                Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, router, "br0"),
                Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8::1"), "br0"),
                Route.via(IpNetwork.parse("2001:db8:52::/48"), 1000, IpAddress.parse("2001:db8::1"), "br0"),
                withMetrics,
                multipath,
                throughIpv6,
                closed("10.66.0.0/16", Route.Type.BLACKHOLE, 0),
                closed("2001:db8:66::/48", Route.Type.UNREACHABLE, Route.IPV6_DEFAULT_METRIC));
        routes.forEach(route -> kernel.perform(new Step.AddRoute(route)));
        assertThat(kernel.observe().routes()).containsAll(routes);
        JsonNode shown = json("route show table 100").get(0);
        assertThat(shown.get("dst").asString()).isEqualTo("172.16.52.0/24");
        assertThat(shown.get("gateway").asString()).isEqualTo("192.168.22.1");
        assertThat(shown.get("metric").asInt()).isEqualTo(50);
        assertThat(shown.get("prefsrc").asString()).isEqualTo("192.168.22.217");
        assertThat(shown.at("/metrics/0/mtu").asInt()).isEqualTo(1300);
        assertThat(shown.get("flags").toString()).contains("onlink");
        assertThat(namespace.ip("route show 172.17.0.0/16")).contains("192.168.52.1", "weight 5");
        assertThat(namespace.ip("route show 10.99.0.0/16")).contains("via inet6 2001:db8::1");
        routes.reversed().forEach(route -> kernel.perform(new Step.DeleteRoute(route)));
        assertThat(kernel.observe().routes()).allMatch(Route::isKernelMade);
    }

    @Test
    void weSeeTheRoutesIpMakes() {
        twoUplinks();
        namespace.ip("route add default via 192.168.22.1 proto static");
        namespace.ip("-6 route add default via 2001:db8::1 dev br0 proto static");
        namespace.ip("route add prohibit 10.3.0.0/16 table 77");
        namespace.ip("route add 10.4.0.0/16 nexthop via 192.168.22.1 weight 2 nexthop via 192.168.52.1");
        assertThat(kernel.observe().routes())
                .contains(
                        Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.22.1"), "br0"),
                        Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8::1"), "br0"))
                .anyMatch(route -> route.table() == 77 && route.type() == Route.Type.PROHIBIT)
                .anyMatch(route -> route.nextHops().size() == 2
                        && route.nextHops().getFirst().weight() == 2)
                .anyMatch(route -> route.protocol() == Route.PROTOCOL_KERNEL
                        && route.destination().equals(IpNetwork.parse("192.168.22.0/24"))
                        && IpAddress.parse("192.168.22.217").equals(route.source()));
    }

    @Test
    void aRouteIsReplacedInItsPlace() {
        twoUplinks();
        for (String[] routers :
                new String[][] {{"0.0.0.0/0", "192.168.22.1", "192.168.52.1"}, {"::/0", "2001:db8::1", "2001:db8:1::1"}
                }) {
            IpNetwork destination = IpNetwork.parse(routers[0]);
            Route from = Route.via(destination, Route.MAIN, IpAddress.parse(routers[1]), "br0");
            Route to = Route.via(destination, Route.MAIN, IpAddress.parse(routers[2]), "br1");
            assertThatThrownBy(() -> kernel.perform(new Step.ReplaceRoute(from, to)))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("ENOENT");
            kernel.perform(new Step.AddRoute(from));
            kernel.perform(new Step.ReplaceRoute(from, to));
            assertThat(kernel.observe().routes()).contains(to).doesNotContain(from);
        }
    }

    @Test
    void rulesAreThereAndBackAgain() {
        List<Rule> before = kernel.observe().rules();
        assertThat(before)
                .contains(new Rule(
                        Family.IPV4,
                        0,
                        null,
                        null,
                        null,
                        null,
                        0,
                        0,
                        false,
                        255,
                        Rule.TO_TABLE,
                        Route.PROTOCOL_KERNEL));
        List<Rule> rules = List.of(
                new Rule(
                        Family.IPV4,
                        500,
                        IpNetwork.parse("192.168.22.0/24"),
                        IpNetwork.parse("10.0.0.0/8"),
                        "br0",
                        null,
                        0x10,
                        0xff,
                        false,
                        1000,
                        Rule.TO_TABLE,
                        Route.PROTOCOL_STATIC),
                new Rule(
                        Family.IPV6,
                        501,
                        null,
                        IpNetwork.parse("2001:db8::/32"),
                        null,
                        "br1",
                        0,
                        0,
                        false,
                        10,
                        Rule.TO_TABLE,
                        Route.PROTOCOL_STATIC));
        rules.forEach(rule -> kernel.perform(new Step.AddRule(rule)));
        assertThat(kernel.observe().rules()).containsAll(rules);
        assertThat(namespace.ip("rule show"))
                .contains(
                        "500:", "from 192.168.22.0/24", "to 10.0.0.0/8", "fwmark 0x10/0xff", "iif br0", "lookup 1000");
        assertThat(namespace.ip("-6 rule show")).contains("501:", "to 2001:db8::/32", "oif br1", "lookup 10");
        rules.forEach(rule -> kernel.perform(new Step.DeleteRule(rule)));
        assertThat(kernel.observe().rules()).isEqualTo(before);
    }

    @Test
    void weSeeNeighbours() {
        twoUplinks();
        namespace.ip("neigh add 192.168.22.1 lladdr 02:00:00:00:00:01 dev br0 nud permanent");
        namespace.ip("neigh add 2001:db8::1 lladdr 02:00:00:00:00:02 dev br0 nud stale");
        assertThat(kernel.observe().neighbours())
                .contains(
                        new Neighbour(
                                "br0",
                                IpAddress.parse("192.168.22.1"),
                                MacAddress.parse("02:00:00:00:00:01"),
                                Neighbour.PERMANENT),
                        new Neighbour(
                                "br0",
                                IpAddress.parse("2001:db8::1"),
                                MacAddress.parse("02:00:00:00:00:02"),
                                Neighbour.STALE));
    }

    @Test
    void whatWasLearnedIsForgottenAndWhatWasSetStays() {
        twoUplinks();
        for (String link : List.of("br0", "br1")) {
            namespace.ip("neigh add 192.168.22.9 lladdr 02:00:00:00:00:09 dev " + link + " nud permanent");
            namespace.ip("neigh add 192.168.22.1 lladdr 02:00:00:00:00:01 dev " + link + " nud reachable");
            namespace.ip("neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev " + link + " nud stale");
        }
        kernel.flushNeighbours(List.of("br0", "gone"));
        kernel.flushNeighbours(List.of("br0"));
        assertThat(namespace.ip("neigh show dev br0").lines())
                .singleElement()
                .asString()
                .startsWith("192.168.22.9 lladdr 02:00:00:00:00:09 PERMANENT");
        assertThat(namespace.ip("neigh show dev br1").lines()).hasSize(3);
    }

    @Test
    void sysctlsAreWhatTheirFilesSay() {
        namespace.ip("link add br0 type bridge");
        namespace.exec("sysctl", "-qw", "net.ipv6.conf.br0.keep_addr_on_down=1", "net.ipv6.conf.br0.accept_ra=2");
        namespace.exec("sysctl", "-qw", "net.ipv6.conf.br0.addr_gen_mode=1", "net.ipv4.conf.br0.rp_filter=2");
        namespace.exec("sysctl", "-qw", "net.ipv6.conf.br0.disable_ipv6=1", "net.ipv4.ip_forward=1");
        SortedMap<String, String> observed = new TreeMap<>(kernel.observe().sysctls());
        assertThat(observed)
                .containsKeys(
                        "net/ipv6/conf/br0/disable_ipv6",
                        "net/ipv6/conf/br0/keep_addr_on_down",
                        "net/ipv6/conf/lo/accept_ra",
                        "net/ipv6/conf/default/addr_gen_mode",
                        "net/ipv4/conf/br0/rp_filter",
                        "net/ipv4/ip_forward");
        observed.keySet().removeIf(NetworkState::isToken);
        observed.forEach((name, value) -> assertThat(
                        namespace.exec("cat", "/proc/sys/" + name).strip())
                .as(name)
                .isEqualTo(value));
    }

    @Test
    void aRefusalSaysStepErrnoAndWhatTheKernelSays() {
        kernel.perform(new Step.CreateLink(BRIDGE));
        assertThatThrownBy(() -> kernel.perform(new Step.CreateLink(BRIDGE)))
                .isInstanceOfSatisfying(
                        KernelException.class,
                        refused -> assertThat(refused.errno()).isEqualTo(Errno.EEXIST.number()))
                .hasMessageStartingWith("ip link add br0")
                .hasMessageContaining("EEXIST (File exists)")
                .hasMessageContaining("plan again");
        Route unreachable = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.0.2.1"), "br0");
        kernel.perform(new Step.SetUp("br0", true));
        assertThatThrownBy(() -> kernel.perform(new Step.AddRoute(unreachable)))
                .isInstanceOf(KernelException.class)
                .hasMessageStartingWith("ip route add default via 192.0.2.1")
                .hasMessageContaining("ENETUNREACH (Network is unreachable): Nexthop has invalid gateway");
        assertThatThrownBy(() -> kernel.perform(new Step.SetUp("br9", true)))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("there is no link \"br9\"");
        assertThatThrownBy(() -> kernel.perform(new Step.SetSysctl("net/ipv6/conf/br0/no_such", "0", "1")))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("ENOENT");
    }

    @Test
    void aLinkWhoseAliasIsRefusedIsNotLeftBehind() {
        Bridge tooMuchSaid = BRIDGE.withAttributes(BRIDGE.attributes().withAlias("x".repeat(300)));
        NetworkState before = kernel.observe();
        assertThatThrownBy(() -> kernel.perform(new Step.CreateLink(tooMuchSaid)))
                .isInstanceOf(KernelException.class);
        assertThat(kernel.observe().links()).isEqualTo(before.links());
    }

    @Test
    void kindsAreFoundOutWithoutATrace() {
        assertThat(kernel.supportsLinkKind("bridge")).isTrue();
        assertThat(kernel.supportsLinkKind("veth")).isTrue();
        assertThat(kernel.supportsLinkKind("no-such-kind")).isFalse();
        assertThat(kernel.observe().links()).containsOnlyKeys("lo");
    }

    @Test
    void anAnnouncementTeachesTheOtherSide() {
        try (TestNamespace neighbour = new TestNamespace()) {
            kernel.perform(new Step.CreateLink(VETH));
            namespace.ip("link set v1 netns " + neighbour.name());
            namespace.ip("link set v0 up");
            neighbour.exec("sysctl", "-qw", "net.ipv4.conf.v1.arp_accept=1", "net.ipv6.conf.v1.accept_dad=0");
            neighbour.ip("link set v1 up");
            neighbour.ip("addr add 10.0.0.2/24 dev v1");
            neighbour.ip("addr add 2001:db8::2/64 dev v1 nodad");
            neighbour.ip("neigh add 10.0.0.9 lladdr 02:00:00:00:00:01 dev v1 nud stale");
            neighbour.ip("neigh add 2001:db8::9 lladdr 02:00:00:00:00:01 dev v1 nud stale");
            kernel.perform(new Step.Announce("v0", IpAddress.parse("10.0.0.9"), MAC));
            kernel.perform(new Step.Announce("v0", IpAddress.parse("2001:db8::9"), MAC));
            assertThat(neighbour.ip("neigh show dev v1").lines())
                    .anyMatch(line -> line.startsWith("10.0.0.9 lladdr " + MAC))
                    .anyMatch(line -> line.startsWith("2001:db8::9 lladdr " + MAC));
        }
    }

    private void twoUplinks() {
        for (String[] bridge : new String[][] {
            {"br0", "192.168.22.217/24", "2001:db8::217:1/64"}, {"br1", "192.168.52.217/24", "2001:db8:1::217:1/64"}
        }) {
            namespace.ip("link add " + bridge[0] + " type bridge");
            namespace.ip("link add port-" + bridge[0] + " type veth peer name peer-" + bridge[0]);
            namespace.ip("link set port-" + bridge[0] + " master " + bridge[0] + " up");
            namespace.ip("link set peer-" + bridge[0] + " up");
            namespace.ip("link set " + bridge[0] + " up");
            namespace.ip("addr add " + bridge[1] + " dev " + bridge[0]);
            namespace.ip("addr add " + bridge[2] + " dev " + bridge[0] + " nodad");
        }
    }

    private static Address withProtocol(Address address, int protocol) {
        return new Address(
                address.link(),
                address.address(),
                address.peer(),
                address.broadcast(),
                address.scope(),
                address.flags(),
                address.lifetime(),
                protocol);
    }

    private static Route closed(String destination, Route.Type type, int metric) {
        return new Route(
                IpNetwork.parse(destination),
                Route.MAIN,
                metric,
                type,
                List.of(),
                null,
                Scope.GLOBAL,
                Route.PROTOCOL_STATIC,
                new TreeMap<>());
    }

    private JsonNode json(String arguments) {
        return JsonMapper.shared().readTree(namespace.ip("-j -d " + arguments));
    }
}
