package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Vrf;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A management NIC that goes into a VRF: whose the tables and rules are, before, after and on the way back. */
class VrfChangeTest {
    private static final String FILE = """
            version: 1
            ethernets:
              eth0:
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes: [{ to: default, via: 192.168.22.1 }]
              eth2:
                addresses: [192.168.1.217/24, "2405:6580:aa40::217:1/64"]
                routes: [{ to: 10.8.0.0/16, via: 192.168.1.8 }]
            vrfs:
              mgmt0:
                table: 10
                interfaces: [eth2]
                routes:
                  - { to: default, via: 192.168.1.1 }
                  - { to: default, via: "2405:6580:aa40::1" }
            """;

    private static final Route OF_ANOTHER_TABLE =
            Route.via(IpNetwork.parse("10.9.0.0/16"), 99, IpAddress.parse("192.168.1.9"), "eth2");

    @TempDir
    private Path directory;

    /** As the distribution's scripts leave it: two default routes in the main table. */
    private static NetworkState.Builder host() {
        NetworkState.Builder state = new NetworkState.Builder();
        for (int i : new int[] {0, 2}) {
            String name = "eth" + i;
            state.put(new OtherLink(
                    LinkAttributes.named(name)
                            .withMac(new MacAddress(0x00_50_56_00_00_10L + i))
                            .withMtu(1500)
                            .withUp(true),
                    ""));
            state.status.put(name, new LinkStatus(i + 2, true, null));
        }
        address(state, "eth0", "192.168.22.217/24");
        address(state, "eth0", "2001:470:fe36:face::217:1/64");
        address(state, "eth2", "192.168.1.217/24");
        address(state, "eth2", "2405:6580:aa40::217:1/64");
        state.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.22.1"), "eth0"));
        state.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.1.1"), "eth2")
                .withMetric(102));
        state.routes.add(Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2405:6580:aa40::1"), "eth2"));
        for (String name : List.of("net/ipv4/tcp_l3mdev_accept", "net/ipv4/udp_l3mdev_accept", "net/vrf/strict_mode")) {
            state.sysctls.put(name, "0");
        }
        state.sysctls.put("net/ipv4/raw_l3mdev_accept", "1");
        return state;
    }

    private static void address(NetworkState.Builder state, String link, String address) {
        state.addresses.add(Address.permanent(link, InterfaceAddress.parse(address)));
    }

    private static Set<String> routes(FakeKernel kernel, int table) {
        return kernel.observe().routes().stream()
                .filter(route -> route.table() == table && !route.isKernelMade())
                .map(route -> new Step.AddRoute(route).command())
                .collect(Collectors.toSet());
    }

    private static Object comparable(NetworkState state) {
        return List.of(
                state.links(),
                Set.copyOf(state.addresses()),
                state.routes().stream().filter(route -> !route.isKernelMade()).collect(Collectors.toSet()),
                Set.copyOf(state.rules()),
                state.sysctls());
    }

    @Test
    void theTableLeadsWhatItShallAndNothingLeaksFromIt() {
        FakeKernel kernel = new FakeKernel(host().build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        assertThat(routes(kernel, 10))
                .containsExactlyInAnyOrder(
                        "ip route add default via 192.168.1.1 dev eth2 table 10 proto static",
                        "ip -6 route add default via 2405:6580:aa40::1 dev eth2 table 10 proto static",
                        "ip route add 10.8.0.0/16 via 192.168.1.8 dev eth2 table 10 proto static",
                        "ip route add unreachable default table 10 proto static metric 4278198272",
                        "ip -6 route add unreachable default table 10 proto static metric 4278198272");
        assertThat(routes(kernel, Route.MAIN))
                .containsExactly("ip route add default via 192.168.22.1 dev eth0 proto static");
        assertThat(kernel.observe().rules())
                .contains(
                        Rule.l3mdev(Family.IPV4),
                        Rule.l3mdev(Family.IPV6),
                        Rule.from(IpAddress.parse("192.168.1.217"), 10),
                        Rule.from(IpAddress.parse("2405:6580:aa40::217:1"), 10));
        assertThat(kernel.observe().sysctls())
                .containsEntry("net/ipv4/tcp_l3mdev_accept", "1")
                .containsEntry("net/ipv4/udp_l3mdev_accept", "1")
                .containsEntry("net/ipv4/raw_l3mdev_accept", "1")
                .containsEntry("net/vrf/strict_mode", "1");
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(comparable(kernel.observe())).isEqualTo(comparable(new FakeKernel(host().build()).observe()));
    }

    @Test
    void theEndOfTheSearchIsThereBeforeTheNicAndTheWayOutRightAfterIt() {
        List<String> steps =
                AppliedFile.to(FILE, new FakeKernel(host().build()), Found.untouched()).plan().steps().stream()
                        .map(Step::command)
                        .toList();
        int move = steps.indexOf("ip link set dev eth2 master mgmt0");
        assertThat(steps.indexOf("ip route add unreachable default table 10 proto static metric 4278198272"))
                .isLessThan(move);
        assertThat(steps.subList(move + 1, move + 7))
                .containsExactlyInAnyOrder(
                        "ip -6 addr add 2405:6580:aa40::217:1/64 dev eth2 nodad",
                        "ip route add 10.8.0.0/16 via 192.168.1.8 dev eth2 table 10 proto static",
                        "ip route add default via 192.168.1.1 dev eth2 table 10 proto static",
                        "ip -6 route add default via 2405:6580:aa40::1 dev eth2 table 10 proto static",
                        "ip rule add priority 1100 from 192.168.1.217/32 table 10",
                        "ip -6 rule add priority 1100 from 2405:6580:aa40::217:1/128 table 10");
    }

    static List<Consumer<NetworkState.Builder>> users() {
        return List.of(
                state -> state.routes.add(
                        Route.via(IpNetwork.parse("10.9.0.0/16"), 10, IpAddress.parse("192.168.22.9"), "eth0")),
                state -> state.routes.add(Route.endOf(10, Family.IPV6)),
                state -> state.rules.add(Rule.from(IpAddress.parse("10.9.9.9"), 10)),
                state -> state.put(new Vrf(LinkAttributes.named("red"), 10)));
    }

    @ParameterizedTest
    @MethodSource("users")
    void aTableThatSomebodyUsesIsRefused(Consumer<NetworkState.Builder> user) {
        NetworkState.Builder state = host();
        user.accept(state);
        FakeKernel kernel = new FakeKernel(state.build());
        assertThatThrownBy(() -> AppliedFile.to(FILE, kernel, Found.untouched()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageMatching("(?s)host.yaml:10:3: vrfs.mgmt0.table: table 10 is in use on this host, by .*");
        AppliedFile.apply(FILE.replace("table: 10", "table: 11"), kernel, Found.untouched());
    }

    @Test
    void aVrfThatIsThereAlreadyIsTakenOverAndGivenBack() {
        NetworkState.Builder state = host();
        state.put(new Vrf(LinkAttributes.named("mgmt0").withUp(true), 10));
        state.routes.add(Route.endOf(10, Family.IPV4));
        state.rules.add(Rule.l3mdev(Family.IPV4));
        FakeKernel kernel = new FakeKernel(state.build());
        NetworkState before = kernel.observe();
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(Set.copyOf(kernel.observe().routes())).isEqualTo(Set.copyOf(before.routes()));
        assertThat(kernel.observe().rules()).isEqualTo(before.rules());
    }

    @Test
    void whatOthersHaveInOtherTablesStays() {
        NetworkState.Builder state = host();
        state.routes.add(OF_ANOTHER_TABLE);
        state.rules.add(Rule.from(IpAddress.parse("10.9.9.9"), 99));
        FakeKernel kernel = new FakeKernel(state.build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        assertThat(kernel.observe().routes()).contains(OF_ANOTHER_TABLE);
        assertThat(kernel.observe().rules()).contains(Rule.from(IpAddress.parse("10.9.9.9"), 99));
        // What they take away themselves is not put back.
        kernel.perform(new Step.DeleteRoute(OF_ANOTHER_TABLE));
        assertThat(AppliedFile.to(FILE, kernel, found).plan().steps()).isEmpty();
    }

    @Test
    void aVrfUnderAnotherNameOrWithAnotherTable() {
        FakeKernel kernel = new FakeKernel(host().build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        found = AppliedFile.apply(FILE.replace("mgmt0", "mgmt1"), kernel, found);
        found = AppliedFile.apply(FILE.replace("table: 10", "table: 20"), kernel, found);
        assertThat(routes(kernel, 10)).isEmpty();
        assertThat(kernel.observe().links()).doesNotContainKey("mgmt1");
        found = AppliedFile.apply(FILE.substring(0, FILE.indexOf("vrfs:")), kernel, found);
        assertThat(routes(kernel, 20)).isEmpty();
        assertThat(kernel.observe().rules()).isEmpty();
        HostChange.back(kernel, found).plan().steps().forEach(kernel::perform);
        assertThat(comparable(kernel.observe())).isEqualTo(comparable(new FakeKernel(host().build()).observe()));
    }

    /** The kernel makes the l3mdev rules with the first VRF only: nobody else would put them back. */
    @Test
    void aFailedStepOnTheWayBackToNoVrfBringsRulesAndTableBack() {
        FakeKernel kernel = new FakeKernel(host().build());
        Found found = AppliedFile.apply(FILE, kernel, Found.untouched());
        NetworkState before = kernel.observe();
        int steps = HostChange.back(kernel, found).plan().steps().size();
        for (int step = 1; step <= steps; step++) {
            HostChange back = HostChange.back(kernel, found);
            if (back.plan().steps().get(step - 1) instanceof Step.Announce) {
                continue;
            }
            kernel.failAt(step);
            StateDirectory state = new StateDirectory(directory, new UnsyncedDisk());
            assertThatThrownBy(() -> new Transaction(state, kernel, () -> () -> {}, each -> {}, InstantSource.system())
                            .run(back, new Journal.Outcome(found, FILE), () -> {}, Optional.empty()))
                    .isInstanceOf(KernelException.class);
            kernel.passTime();
            assertThat(comparable(kernel.observe())).as("after step %d", step).isEqualTo(comparable(before));
        }
    }
}
