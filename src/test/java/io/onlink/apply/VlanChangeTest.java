package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.UpperLink;
import io.onlink.model.Vlan;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hosts whose segments are VLANs of one NIC, in their second changes. */
class VlanChangeTest {
    private static final String FILE = """
            version: 1
            segments:
              untagged:
                bridge: br0
                uplink: eth0
                addresses: [10.0.0.11/24, "2001:db8::11/64"]
                routes: [{ to: default, via: 10.0.0.1 }]
              tagged:
                bridge: br1
                uplink: eth0
                vlan: 10
                addresses: [10.1.0.11/24, "2001:db8:1::11/64"]
            """;

    private static final String NO_FILE = "";

    private static final Set<String> KINDS = Set.of("bridge", "veth", "vrf", "vlan", "macvlan", "ipvlan");

    private final NetworkState.Builder host = new NetworkState.Builder();

    VlanChangeTest() {
        nic("eth0", 0);
        address("eth0", "10.0.0.11/24");
        address("eth0", "2001:db8::11/64");
        host.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("10.0.0.1"), "eth0"));
    }

    private void nic(String name, int number) {
        LinkAttributes attributes = LinkAttributes.named(name)
                .withMac(new MacAddress(0x00_50_56_00_00_10L + number))
                .withMtu(1500)
                .withUp(true);
        host.put(new OtherLink(attributes, ""));
        host.status.put(name, new LinkStatus(number + 2, true, null));
    }

    private void address(String link, String address) {
        host.addresses.add(Address.permanent(link, InterfaceAddress.parse(address)));
    }

    private static List<String> commands(Plan plan) {
        return plan.steps().stream().map(Step::command).toList();
    }

    /** Both at once would let the frames of one VLAN into the other, by the bridge. */
    @Test
    void theOldVlanLeavesTheBridgeBeforeTheNewOneJoins() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        List<String> steps = commands(AppliedFile.to(FILE.replace("vlan: 10", "vlan: 20"), kernel, found)
                .plan());
        int joins = steps.indexOf("ip link set dev eth0.20 master br1");
        assertThat(steps.get(joins - 1)).isEqualTo("ip link set dev eth0.10 nomaster");
        assertThat(steps).noneMatch(step -> step.startsWith("ip addr") && step.contains("br1"));
        AppliedFile.apply(FILE.replace("vlan: 10", "vlan: 20"), kernel, found);
    }

    /** Each VLAN's link is there and becomes the other bridge's port. */
    @Test
    void twoSegmentsThatChangeTheirVlansWithEachOtherAreNeverOne() {
        String more = """
                  another: { bridge: br2, uplink: eth0, vlan: 20, addresses: [10.2.0.11/24] }
                """;
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(FILE + more, kernel, Found.untouched());
        String swapped = FILE.replace("vlan: 10", "vlan: 20") + more.replace("vlan: 20", "vlan: 10");
        found = AppliedFile.apply(swapped, kernel, found);
        assertThat(kernel.observe().link("eth0.20")).extracting(Link::master).isEqualTo("br1");
        AppliedFile.apply(FILE + more, kernel, found);
    }

    /** A VLAN is another LAN than that of its NIC: nothing comes in by the one for the other. */
    @Test
    void aSegmentWhoseUplinkGetsATagLeavesTheNicFirst() {
        FakeKernel kernel = new FakeKernel(host.build());
        String one = FILE.substring(0, FILE.indexOf("  tagged:")).replaceFirst("    routes:.*\\n", "");
        String tagged = one.replace("uplink: eth0", "uplink: eth0\n    vlan: 20");
        Found found = AppliedFile.apply(one, kernel, Found.untouched());
        List<String> steps = commands(AppliedFile.to(tagged, kernel, found).plan());
        int joins = steps.indexOf("ip link set dev eth0.20 master br0");
        assertThat(steps.subList(0, joins)).contains("ip link set dev eth0 nomaster");
        assertThat(steps).noneMatch(step -> step.contains("onl-stub"));
        found = AppliedFile.apply(tagged, kernel, found);
        steps = commands(AppliedFile.to(one, kernel, found).plan());
        joins = steps.indexOf("ip link set dev eth0 master br0");
        assertThat(steps.subList(0, joins)).contains("ip link set dev eth0.20 nomaster");
        AppliedFile.apply(one, kernel, found);
    }

    private static String untagged() {
        return FILE.substring(0, FILE.indexOf("  tagged:")).replaceFirst("    routes:.*\\n", "");
    }

    private static String tagged() {
        return untagged().replace("uplink: eth0", "uplink: eth0\n    vlan: 10");
    }

    /** By a stub, as the other bridge is new, and after the NIC had become the port beside it. */
    @Test
    void aVlanThatGoesToANewBridgeLeavesBeforeItsNicJoins() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(tagged(), kernel, Found.untouched());
        List<String> steps = commands(AppliedFile.to(FILE, kernel, found).plan());
        assertThat(steps.indexOf("ip link set dev eth0.10 nomaster"))
                .isNotNegative()
                .isLessThan(steps.indexOf("ip link set dev eth0 master br0"));
        AppliedFile.apply(FILE, kernel, found);
    }

    @Test
    void aNicLeavesForAVlanOfAnotherBridgeBeforeItHasItsAddresses() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        List<String> steps = commands(AppliedFile.to(tagged(), kernel, found).plan());
        assertThat(steps.indexOf("ip link set dev eth0 nomaster"))
                .isNotNegative()
                .isLessThan(steps.indexOf("ip addr add 10.0.0.11/24 broadcast 10.0.0.255 dev eth0"));
        AppliedFile.apply(tagged(), kernel, found);
    }

    /** They are not there to take it back, and it would be good for hours. */
    @Test
    void whatRoutersToldABridgeDoesNotStayInAnotherVlan() {
        Address told = Address.permanent("eth0", InterfaceAddress.parse("2001:db8:a::5/64"))
                .withFlags(Address.Flag.MANAGE_TEMPORARY)
                .withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT)
                .withLifetime(new Address.Lifetime(3600, 1800));
        Route out = Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("fe80::1"), "eth0")
                .withProtocol(Route.PROTOCOL_ROUTER_ADVERTISEMENT)
                .withAdvertised(new Route.Advertised(1800, Route.Preference.MEDIUM));
        host.addresses.add(told);
        host.routes.add(out);
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(untagged(), kernel, Found.untouched());
        assertThat(linksOfWhatRoutersTold(kernel)).containsExactly("br0");
        HostChange change = AppliedFile.to(tagged(), kernel, found);
        assertIsTakenBackFromEachStep(change, kernel.observe(), EnumSet.allOf(Feature.class));
        found = AppliedFile.apply(tagged(), kernel, found);
        assertThat(linksOfWhatRoutersTold(kernel)).containsExactly("eth0");
        found = AppliedFile.apply(untagged(), kernel, found);
        assertThat(linksOfWhatRoutersTold(kernel)).containsExactly("br0");
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(linksOfWhatRoutersTold(kernel)).containsExactly("eth0");
    }

    private static Set<String> linksOfWhatRoutersTold(FakeKernel kernel) {
        NetworkState now = kernel.observe();
        Set<String> links = new TreeSet<>();
        now.addresses().stream().filter(Address::isLearned).map(Address::link).forEach(links::add);
        now.routes().stream().filter(Route::isLearned).map(Route::link).forEach(links::add);
        return links;
    }

    @Test
    void theFirewallIsOpenedWhenTheLanIsToldOfStations() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(
                untagged() + "firewall: { untagged: { allow: [tcp/22] } }\n", kernel, Found.untouched());
        List<String> steps = commands(AppliedFile.to(tagged(), kernel, found).plan());
        String stations = "# a frame leaves by eth0.10 from each station behind br0";
        assertThat(steps).contains(stations);
        assertThat(steps.subList(steps.indexOf(stations), steps.size())).anyMatch(step -> step.startsWith("nft "));
    }

    /** By name the VLAN comes first. */
    @Test
    void aVlanComesUpAfterItsNicAndGoesDownBeforeIt() {
        Link nic = Objects.requireNonNull(host.links.get("eth0"));
        host.put(nic.withUp(false));
        host.put(new Vlan(nic.attributes().withName("dmz").withUp(false), "eth0", 10));
        host.routes.clear();
        String file = """
                version: 1
                segments: { front: { bridge: br0, uplink: dmz, addresses: [10.1.0.11/24] } }
                ethernets: { eth0: { addresses: [] } }
                """;
        FakeKernel kernel = new FakeKernel(host.build());
        NetworkState before = kernel.observe();
        assertIsTakenBackFromEachStep(
                AppliedFile.to(file, kernel, Found.untouched()), before, EnumSet.allOf(Feature.class));
        Found found = AppliedFile.apply(file, kernel, Found.untouched());
        List<String> steps = commands(HostChange.back(kernel, found).plan());
        assertThat(steps.indexOf("ip link set dev dmz down"))
                .isNotNegative()
                .isLessThan(steps.indexOf("ip link set dev eth0 down"));
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(kernel.observe().links()).isEqualTo(before.links());
    }

    /** As who settles it does, from what a change that died left after each of its steps; but here nothing may be refused. */
    private static void assertIsTakenBackFromEachStep(HostChange change, NetworkState before, Set<Feature> features) {
        List<Step> steps = change.plan().steps();
        for (int done = 0; done <= steps.size(); done++) {
            FakeKernel dying = new FakeKernel(before, KINDS, features);
            steps.subList(0, done).forEach(dying::perform);
            NetworkState left = dying.observe();
            Plan back = Plan.between(left, change.wayBack().restoredIn(left), features);
            try {
                back.steps().forEach(dying::perform);
            } catch (KernelException refused) {
                throw new AssertionError(
                        "after step %d, %s, of\n%s\nback by\n%s"
                                .formatted(
                                        done, steps.get(Math.max(0, done - 1)).command(), change.plan(), back),
                        refused);
            }
            dying.passTime();
            NetworkState now = dying.observe();
            assertThat(Plan.between(now, change.wayBack().restoredIn(now), features)
                            .toString())
                    .as("left after step %d of\n%s\nand back by\n%s", done, change.plan(), back)
                    .isEmpty();
            assertThat(now.links()).isEqualTo(before.links());
            assertThat(now.redirects()).isEmpty();
            assertThat(now.exchanges()).isEmpty();
            assertThat(now.sysctls()).isEqualTo(before.sysctls());
        }
    }

    static List<Arguments> secondChanges() {
        String plain = FILE.substring(0, FILE.indexOf("  tagged:"));
        String lone = "version: 1\nsegments:\n" + FILE.substring(FILE.indexOf("  tagged:"));
        return List.of(
                arguments(FILE, FILE.replace("vlan: 10", "vlan: 20")),
                arguments(plain, FILE),
                arguments(FILE, plain),
                arguments(FILE, lone),
                arguments(lone, FILE),
                arguments(FILE, NO_FILE),
                arguments(plain, NO_FILE),
                arguments(NO_FILE, FILE),
                arguments(FILE, FILE.replace("br1", "lan1")),
                arguments(FILE, tagged()));
    }

    @ParameterizedTest
    @MethodSource("secondChanges")
    void whatDiesInTheMiddleIsTakenBack(String first, String second) {
        for (Set<Feature> features : List.of(
                EnumSet.allOf(Feature.class),
                EnumSet.of(Feature.FORWARD, Feature.LIVE_RENAME),
                EnumSet.noneOf(Feature.class))) {
            FakeKernel kernel = new FakeKernel(host.build(), KINDS, features);
            Found found = first.isEmpty() ? Found.untouched() : AppliedFile.apply(first, kernel, Found.untouched());
            HostChange change =
                    second.isEmpty() ? HostChange.back(kernel, found) : AppliedFile.to(second, kernel, found);
            assertIsTakenBackFromEachStep(change, kernel.observe(), features);
        }
    }

    /** As somebody's, with addresses and the kernel's link-local one, before any file named it. */
    private void vlanOfSomebody(int id, String... addresses) {
        MacAddress mac = new MacAddress(0x00_50_56_00_00_10L);
        String name = "eth0." + id;
        host.put(new Vlan(LinkAttributes.named(name).withMac(mac).withMtu(1500).withUp(true), "eth0", id));
        host.status.put(name, new LinkStatus(10 + id, true, null));
        for (String address : addresses) {
            address(name, address);
        }
    }

    @Test
    void aVlanOfSomebodyThatWasDeletedIsMadeAnewWithOneLinkLocalAddress() {
        vlanOfSomebody(10, "10.1.0.11/24", "2001:db8:1::11/64");
        for (String file : List.of(FILE, FILE.replace("bridge: br1", "attach: macvlan"))) {
            FakeKernel kernel = new FakeKernel(host.build());
            NetworkState before = kernel.observe();
            Found found = AppliedFile.apply(file, kernel, Found.untouched());
            delete(kernel, "eth0.10");
            HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
            assertThat(addresses(kernel)).isEqualTo(addresses(new FakeKernel(before)));
            assertThat(kernel.observe().sysctls()).isEqualTo(before.sysctls());
            found = AppliedFile.apply(file, kernel, Found.untouched());
            delete(kernel, "eth0.10");
            AppliedFile.apply(file, kernel, found);
        }
    }

    private static Set<String> addresses(FakeKernel kernel) {
        return kernel.observe().addresses().stream()
                .map(address -> address.link() + " " + address.address())
                .collect(Collectors.toSet());
    }

    /** As by hand: the kernel takes what hangs on it. */
    private static void delete(FakeKernel kernel, String name) {
        NetworkState state = kernel.observe();
        state.routes().stream()
                .filter(route -> route.uses(name) && !route.isKernelMade())
                .forEach(route -> kernel.perform(new Step.DeleteRoute(route)));
        state.addressesOf(name).stream()
                .filter(address -> !address.isKernelMade())
                .forEach(address -> kernel.perform(new Step.DeleteAddress(address)));
        Link link = Objects.requireNonNull(state.link(name));
        if (link.master() != null) {
            kernel.perform(new Step.SetMaster(name, link.master(), null));
        }
        kernel.perform(new Step.SetUp(name, false));
        kernel.perform(new Step.DeleteLink(link.withMaster(null).withUp(false)));
    }

    /** Nobody's wish: they would be written to a link of that name that somebody makes later, or to the segment's own. */
    @Test
    void sysctlsOfLinksThatOnlinkMadeAreNotWhatWasFound() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        String hearing = FILE.replace("vlan: 10", "vlan: 10\n    accept-ra: true");
        found = AppliedFile.apply(hearing, kernel, found);
        assertThat(found.state().sysctls().keySet())
                .noneMatch(name -> name.contains("/br1/") || name.contains("/eth0.10/"));
        // As an older version remembered it.
        NetworkState.Builder older = found.state().toBuilder();
        older.sysctls.put(NetworkState.acceptRa("br1"), "0");
        older.sysctls.put(NetworkState.disableIpv6("eth0.10"), "0");
        found = found.withState(older.build());
        assertThat(commands(HostChange.back(kernel, found).plan()))
                .noneMatch(step -> step.startsWith("sysctl") && (step.contains("/br1/") || step.contains("/eth0.10/")));
    }

    private static final String IN_A_VRF = """
            version: 1
            ethernets:
              eth0: { addresses: [10.0.0.11/24] }
            vrfs:
              red: { table: 10, interfaces: [eth0], routes: [{ to: default, via: 10.0.0.1 }] }
            """;

    /** The NIC goes down and up again for that, and its VLANs with it: measured on 6.1. */
    @Test
    void theVlansOfANicThatJoinsAVrfKeepTheirRoutes() {
        vlanOfSomebody(10, "10.1.0.11/24", "2001:db8:1::11/64");
        vlanOfSomebody(20, "10.2.0.11/24", "2001:db8:2::11/64");
        Vlan down = (Vlan) Objects.requireNonNull(host.links.get("eth0.20"));
        host.put(down.withUp(false));
        host.put(new Vlan(
                LinkAttributes.named("deep")
                        .withMac(new MacAddress(0x00_50_56_00_00_10L))
                        .withMtu(1500)
                        .withUp(true),
                "eth0.10",
                5));
        address("deep", "10.5.0.11/24");
        for (String[] route : new String[][] {
            {"172.16.0.0/16", "10.1.0.1", "eth0.10"},
            {"2001:db8:ff::/48", "2001:db8:1::1", "eth0.10"},
            {"172.17.0.0/16", "10.5.0.1", "deep"}
        }) {
            host.routes.add(Route.via(IpNetwork.parse(route[0]), Route.MAIN, IpAddress.parse(route[1]), route[2]));
        }
        host.neighbours.add(
                new Neighbour("eth0.10", IpAddress.parse("10.1.0.99"), new MacAddress(9), Neighbour.PERMANENT));
        FakeKernel kernel = new FakeKernel(host.build());
        NetworkState before = kernel.observe();
        HostChange change = AppliedFile.to(IN_A_VRF, kernel, Found.untouched());
        assertThat(change.connections())
                .singleElement()
                .asString()
                .contains("the kernel takes eth0 and its VLANs (deep, eth0.10) down and up again for that");
        assertIsTakenBackFromEachStep(change, before, EnumSet.allOf(Feature.class));
        Found found = AppliedFile.apply(IN_A_VRF, kernel, Found.untouched());
        for (int i = 0; i < 2; i++) {
            NetworkState now = kernel.observe();
            assertThat(now.link("eth0.20")).isEqualTo(before.link("eth0.20"));
            assertThat(now.neighbours()).containsAll(before.neighbours());
            assertThat(routes(now, "eth0.10")).isEqualTo(routes(before, "eth0.10"));
            assertThat(routes(now, "deep")).isEqualTo(routes(before, "deep"));
            assertThat(now.addresses().stream()
                            .filter(address -> address.ip().isIpv6LinkLocal()
                                    && !address.link().equals("eth0.20"))
                            .count())
                    .isEqualTo(before.addresses().stream()
                            .filter(address -> address.ip().isIpv6LinkLocal())
                            .count());
            assertThat(addresses(kernel))
                    .containsAll(
                            List.of("eth0.10 2001:db8:1::11/64", "eth0.20 10.2.0.11/24", "eth0.20 2001:db8:2::11/64"));
            HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        }
    }

    private static Set<Route> routes(NetworkState state, String link) {
        return state.routes().stream()
                .filter(route -> route.uses(link) && !route.isKernelMade())
                .collect(Collectors.toSet());
    }

    private void other(UpperLink link) {
        host.put(link);
    }

    private static void assertRefused(NetworkState state, String file, String message) {
        FakeKernel kernel = new FakeKernel(state);
        assertThatThrownBy(() -> AppliedFile.to(file, kernel, Found.untouched()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
        assertThat(kernel.observe()).isEqualTo(new FakeKernel(state).observe());
    }

    /** EBUSY: measured on 6.1. */
    @Test
    void aNicWithSomebodysMacvlanIsNoBridgesPort() {
        other(new Macvlan(LinkAttributes.named("m0").withUp(true), "eth0", Macvlan.Mode.BRIDGE));
        other(new Ipvlan(LinkAttributes.named("i1").withUp(true), "eth0.10", false));
        vlanOfSomebody(10);
        assertRefused(host.build(), FILE, """
                host.yaml:5:13: segments.untagged.uplink: the link m0 lies on eth0, and the kernel makes no such link a bridge's port: delete it (ip link del m0), or attach the segment by macvlan
                host.yaml:11:11: segments.tagged.uplink: the link i1 lies on eth0.10, and the kernel makes no such link a bridge's port: delete it (ip link del i1), or attach the segment by ipvlan""");
        AppliedFile.apply(
                FILE.replace("bridge: br0", "attach: macvlan").replace("bridge: br1", "attach: ipvlan"),
                new FakeKernel(host.build()),
                Found.untouched());
    }

    /** One handler of a NIC's frames, and either takes it. */
    @Test
    void macvlanAndIpvlanDoNotLieOnOneLink() {
        other(new Macvlan(LinkAttributes.named("m0").withUp(true), "eth0", Macvlan.Mode.BRIDGE));
        assertRefused(
                host.build(),
                FILE.replace("bridge: br0", "attach: ipvlan"),
                "host.yaml:5:13: segments.untagged.uplink: m0, a macvlan link, lies on eth0, and the kernel puts no ipvlan link beside it: delete it (ip link del m0), or attach the segment by macvlan");
    }

    @Test
    void anIpvlanLinkIsNoBridgesPort() {
        other(new Ipvlan(LinkAttributes.named("i0").withUp(true), "eth0", false));
        assertRefused(
                host.build(),
                "version: 1\nsegments: { front: { bridge: br0, uplink: i0 } }\n",
                "host.yaml:2:43: segments.front.uplink: i0 is an ipvlan link, and the kernel makes none a bridge's port: name its NIC, eth0, or a macvlan link");
    }

    /** One that the file names is brought up, as any uplink is; not one that it does not name. */
    @Test
    void aVlanOnANicThatIsDown() {
        vlanOfSomebody(10);
        host.put(Objects.requireNonNull(host.links.get("eth0")).withUp(false));
        host.put(Objects.requireNonNull(host.links.get("eth0.10")).withUp(false));
        host.routes.clear();
        String lone = "version: 1\nsegments: { front: { bridge: br0, uplink: eth0.10, addresses: [10.1.0.11/24] } }\n";
        assertRefused(
                host.build(),
                lone,
                "host.yaml:2:43: segments.front.uplink: eth0.10 cannot be up while eth0, on which it lies, is down: bring it up (ip link set eth0 up), or name it in this file");
        assertRefused(
                host.build(),
                lone.replace("eth0.10", "eth0.10, vlan: 5"),
                "host.yaml:2:58: segments.front.uplink: eth0.10 cannot be up while eth0, on which it lies, is down: bring it up (ip link set eth0 up), or name it in this file");
        AppliedFile.apply(
                lone + "ethernets: { eth0: { addresses: [] } }\n", new FakeKernel(host.build()), Found.untouched());
        FakeKernel kernel = new FakeKernel(host.build());
        NetworkState before = kernel.observe();
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        assertThat(kernel.observe().link("eth0").isUp()).isTrue();
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(kernel.observe().links()).isEqualTo(before.links());
    }

    /** Whoever did it did not mean Onlink to be stuck: what the file does not declare stays off, and comes back with IPv6. */
    @Test
    void ipv6ThatWasTurnedOffOnTheTrunkDoesNotKeepTheRestFromBeingMended() {
        host.routes.add(
                Route.via(IpNetwork.parse("2001:db8:ff::/48"), Route.MAIN, IpAddress.parse("2001:db8::1"), "eth0"));
        String lone = "version: 1\nsegments:\n" + FILE.substring(FILE.indexOf("  tagged:"));
        FakeKernel kernel = new FakeKernel(host.build());
        NetworkState before = kernel.observe();
        Found found = AppliedFile.apply(lone, kernel, Found.untouched());
        before.routes().stream()
                .filter(route -> route.family() == Family.IPV6 && !route.isKernelMade())
                .forEach(route -> kernel.perform(new Step.DeleteRoute(route)));
        kernel.perform(new Step.DeleteAddress(before.addresses().stream()
                .filter(address -> address.ip().equals(IpAddress.parse("2001:db8::11")))
                .findFirst()
                .orElseThrow()));
        kernel.perform(new Step.SetSysctl(NetworkState.disableIpv6("eth0"), "0", "1"));
        delete(kernel, "eth0.10");
        found = AppliedFile.apply(lone, kernel, found);
        assertThat(kernel.observe().sysctls()).containsEntry(NetworkState.disableIpv6("eth0"), "1");
        kernel.perform(new Step.SetSysctl(NetworkState.disableIpv6("eth0"), "1", "0"));
        found = AppliedFile.apply(lone, kernel, found);
        assertThat(kernel.observe().routes()).containsAll(before.routes());
        kernel.perform(new Step.DeleteRoute(before.routes().stream()
                .filter(route -> route.family() == Family.IPV6 && !route.isKernelMade())
                .findFirst()
                .orElseThrow()));
        kernel.perform(new Step.DeleteAddress(kernel.observe().addresses().stream()
                .filter(address -> address.ip().equals(IpAddress.parse("2001:db8::11")))
                .findFirst()
                .orElseThrow()));
        kernel.perform(new Step.SetSysctl(NetworkState.disableIpv6("eth0"), "0", "1"));
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(kernel.observe().links()).isEqualTo(before.links());
    }

    @Test
    void aVlanOnABridgeThatIsRenamedKnowsItsParentsNewName() {
        NetworkState.Builder state = new NetworkState.Builder();
        state.put(new Vlan(LinkAttributes.named("br0.5"), "br0", 5));
        state.put(new Macvlan(LinkAttributes.named("m0"), "br0", Macvlan.Mode.BRIDGE));
        state.put(new Bridge(LinkAttributes.named("br0"), Bridge.Options.SEGMENT));
        NetworkState renamed = state.build().withRenamed("br0", "lan0");
        assertThat(renamed.links().values())
                .filteredOn(UpperLink.class::isInstance)
                .allSatisfy(link -> assertThat(((UpperLink) link).parent()).isEqualTo("lan0"));
    }
}
