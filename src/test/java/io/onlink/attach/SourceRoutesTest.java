package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import io.onlink.step.Step;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules and tables by which a container answers, on a kernel that is stricter than the real one. */
class SourceRoutesTest {
    private static final SequencedMap<String, Segment> SEGMENTS =
            HostFile.parse("host.yaml", """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "fe80::1" }
                containers:
                  pool: [192.168.22.222-192.168.22.239, "2001:db8:22::222:0/112"]
              back:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24]
                routes:
                  - { to: 172.16.52.0/24, via: 192.168.52.1 }
                containers:
                  pool: [192.168.52.222-192.168.52.239]
              aside:
                bridge: br2
                uplink: eth2
                addresses: [192.168.62.217/24, "2001:db8:62::217/64"]
                routes:
                  - { to: 172.16.62.0/24, via: 192.168.62.2 }
                  - { to: "2001:db8:172::/64", via: "2001:db8:62::2" }
                containers:
                  pool: [192.168.62.222-192.168.62.239]
                  routers: [192.168.62.1, "2001:db8:62::1"]
            """).segments();

    private static final Endpoint FRONT = endpoint("a1", "front", "192.168.22.222/24", "2001:db8:22::222/64");
    private static final Endpoint BACK = endpoint("b2", "back", "192.168.52.222/24", null);
    private static final Endpoint ASIDE = endpoint("c3", "aside", "192.168.62.222/24", "2001:db8:62::222/64");

    private FakeKernel sandbox = sandbox("eth0", "eth2");
    private final Map<String, String> links = new HashMap<>(Map.of("a1", "eth0", "b2", "eth1", "c3", "eth2"));

    @Test
    void eachSegmentWithARouterHasItsWays() {
        assertThat(correct(FRONT, BACK, ASIDE))
                .containsExactlyInAnyOrder(
                        "ip route add 192.168.22.0/24 dev eth0 table 1000 proto static scope link",
                        "ip route add default via 192.168.22.1 dev eth0 table 1000 proto static",
                        "ip -6 route add 2001:db8:22::/64 dev eth0 table 1000 proto static",
                        "ip -6 route add default via fe80::1 dev eth0 table 1000 proto static",
                        "ip route add 192.168.62.0/24 dev eth2 table 1002 proto static scope link",
                        "ip route add 172.16.62.0/24 via 192.168.62.2 dev eth2 table 1002 proto static",
                        "ip route add default via 192.168.62.1 dev eth2 table 1002 proto static",
                        "ip -6 route add 2001:db8:62::/64 dev eth2 table 1002 proto static",
                        "ip -6 route add 2001:db8:172::/64 via 2001:db8:62::2 dev eth2 table 1002 proto static",
                        "ip -6 route add default via 2001:db8:62::1 dev eth2 table 1002 proto static",
                        "ip rule add priority 30000 from 192.168.22.222/32 table 1000",
                        "ip -6 rule add priority 30000 from 2001:db8:22::222/128 table 1000",
                        "ip rule add priority 30000 from 192.168.62.222/32 table 1002",
                        "ip -6 rule add priority 30000 from 2001:db8:62::222/128 table 1002");
        assertThat(correct(FRONT, BACK, ASIDE)).as("once more").isEmpty();
    }

    @Test
    void aContainerOnOneSegmentHasOneWayAnyhow() {
        assertThat(correct(ASIDE)).isEmpty();
    }

    @Test
    void whatASegmentLeavesGoesWithIt() {
        var _ = correct(FRONT, ASIDE);
        assertThat(correct(FRONT)).hasSize(14).allMatch(step -> step.contains(" del "));
        assertThat(sandbox.observe().rules()).isEmpty();
        assertThat(sandbox.observe().routes()).allMatch(route -> route.table() == Route.MAIN);
        assertThat(correct()).isEmpty();
    }

    /** Disconnected and connected, before anybody looked; its IPv6 address is not there yet. */
    @Test
    void anotherNumberIsAnotherTable() {
        var _ = correct(FRONT, ASIDE);
        NetworkState before = sandbox.observe();
        NetworkState.Builder moved = before.toBuilder();
        moved.routes.removeIf(route -> route.uses("eth2"));
        moved.addresses.removeIf(address -> address.link().equals("eth2"));
        put(moved, "eth7", "192.168.62.222/24");
        sandbox = new FakeKernel(moved.build());
        links.put("c3", "eth7");
        assertThat(correct(FRONT, ASIDE))
                .contains(
                        "ip rule del priority 30000 from 192.168.62.222/32 table 1002",
                        "ip rule add priority 30000 from 192.168.62.222/32 table 1007",
                        "ip -6 rule del priority 30000 from 2001:db8:62::222/128 table 1002")
                .noneMatch(step -> step.startsWith("ip -6") && step.contains(" add "));
    }

    @Test
    void aNameThatSomebodyGaveHasATableToo() {
        sandbox = sandbox("eth7", "lan");
        links.put("a1", "eth7");
        links.put("c3", "lan");
        assertThat(correct(FRONT, ASIDE))
                .contains(
                        "ip rule add priority 30000 from 192.168.22.222/32 table 1007",
                        "ip rule add priority 30000 from 192.168.62.222/32 table 1000");
    }

    @Test
    void whatOthersPutThereIsTheirs() {
        Route own = new Route(
                IpNetwork.parse("10.9.0.0/16"),
                1000,
                0,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, "eth0", 1, false)),
                null,
                Scope.LINK,
                Route.PROTOCOL_BOOT,
                new TreeMap<>());
        sandbox.perform(new Step.AddRoute(own));
        var _ = correct(FRONT, ASIDE);
        var _ = correct(FRONT);
        assertThat(sandbox.observe().routes()).contains(own);
    }

    /** What had to be done, and is. */
    private List<String> correct(Endpoint... endpoints) {
        List<Step> steps = SourceRoutes.correct(sandbox.observe(), List.of(endpoints), links, SEGMENTS);
        steps.forEach(sandbox::perform);
        return steps.stream().map(Step::command).toList();
    }

    /** @param front what the interface on that segment is called, as the next */
    private static FakeKernel sandbox(String front, String aside) {
        NetworkState.Builder state = new NetworkState.Builder();
        for (String link : List.of("eth0", "eth1", "eth2", "eth7", "lan")) {
            state.put(new OtherLink(LinkAttributes.named(link).withUp(true), "veth"));
        }
        put(state, front, "192.168.22.222/24");
        put(state, front, "2001:db8:22::222/64");
        put(state, "eth1", "192.168.52.222/24");
        put(state, aside, "192.168.62.222/24");
        put(state, aside, "2001:db8:62::222/64");
        return new FakeKernel(state.build());
    }

    private static void put(NetworkState.Builder state, String link, String address) {
        state.addresses.add(Address.permanent(link, InterfaceAddress.parse(address)));
    }

    private static Endpoint endpoint(String id, String segment, String ipv4, @Nullable String ipv6) {
        return new Endpoint(
                id,
                "n",
                segment,
                InterfaceAddress.parse(ipv4),
                ipv6 == null ? null : InterfaceAddress.parse(ipv6),
                MacAddress.parse("02:42:c0:a8:16:de"),
                null,
                "/run/docker/netns/1",
                null,
                Instant.EPOCH);
    }
}
