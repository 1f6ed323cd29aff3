package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.TestNamespace;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Hosts as other programs leave them: made a segment, and given back as {@code ip -j} showed them. Needs root. */
class OddHostIT {
    private static final String SEGMENT = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    private static final String NIC = """
            version: 1
            ethernets:
              eth0: { addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"] }
            """;

    private static final List<String> PLAIN = List.of(
            "addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0",
            "addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad",
            "route add default via 192.168.22.1 dev eth0",
            "-6 route add default via 2001:470:fe36:face::1 dev eth0");

    private static final List<String> NETWORK_MANAGER = List.of(
            "link set eth0 addrgenmode none",
            "addr flush dev eth0 scope link",
            "addr add fe80::8d2:f15c:1bd1:71f2/64 dev eth0 nodad noprefixroute",
            "-6 route add fe80::/64 dev eth0 proto kernel metric 1024",
            "addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0 noprefixroute",
            "addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad noprefixroute",
            "route add 192.168.22.0/24 dev eth0 proto kernel scope link src 192.168.22.217 metric 100",
            "-6 route add 2001:470:fe36:face::/64 dev eth0 proto kernel metric 100",
            "route add default via 192.168.22.1 dev eth0 proto static metric 100",
            "-6 route add default via 2001:470:fe36:face::1 dev eth0 proto static metric 100");

    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @TempDir
    private Path state;

    @BeforeEach
    void aNic() {
        namespace.ip("link set lo up");
        namespace.ip("link add eth0 address 00:50:56:00:22:d9 type veth peer name switch");
        namespace.ip("link set switch up");
        namespace.ip("link set eth0 up");
    }

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hosts")
    void aHostBecomesASegmentAndIsGivenBack(String name, String file, List<String> host) {
        host.forEach(namespace::ip);
        List<String> before = witness();

        HostChange change = HostChange.to(HostFile.parse("host.yaml", file), kernel, Found.untouched(), false);
        make(change, change.found());
        HostChange again = HostChange.to(HostFile.parse("host.yaml", file), kernel, change.found(), false);
        assertThat(again.plan().toString()).as("second plan").isEmpty();

        make(HostChange.back(kernel, change.found()), Found.untouched());
        assertThat(witness()).containsExactlyInAnyOrderElementsOf(before);
    }

    static Stream<Arguments> hosts() {
        return Stream.of(
                Arguments.of("NetworkManager", SEGMENT, NETWORK_MANAGER),
                Arguments.of("NetworkManager, a NIC alone", NIC, NETWORK_MANAGER),
                Arguments.of(
                        "prefixes of other lengths",
                        SEGMENT.replace("/24", "/23").replace("/64", "/56"),
                        PLAIN),
                Arguments.of(
                        "prefixes of other lengths, a NIC alone",
                        NIC.replace("/24", "/23").replace("/64", "/56"),
                        PLAIN),
                Arguments.of(
                        "systemd-networkd: connected routes with the address's metric",
                        SEGMENT,
                        List.of(
                                "addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0 metric 100",
                                "addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad metric 100",
                                "route add default via 192.168.22.1 dev eth0 metric 100")),
                Arguments.of(
                        "a router in none of the NIC's networks",
                        SEGMENT,
                        List.of(
                                "addr add 203.0.113.9/32 dev eth0",
                                "route add 172.31.1.1/32 dev eth0",
                                "route add default via 172.31.1.1 dev eth0")),
                Arguments.of(
                        "ifconfig's further addresses, with names",
                        SEGMENT,
                        with("addr add 192.168.22.251/24 dev eth0 label eth0:1", "addr add 10.9.0.1/8 dev eth0")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "route add 10.85.0.0/16 tos 0x10 via 192.168.22.1",
                "route add 10.85.0.0/16 via 192.168.22.1 congctl cubic",
                "-6 route add 2001:db8:85::/48 encap seg6 mode encap segs 2001:db8::1 dev eth0",
                "-6 route add 2001:db8:85::/48 via 2001:470:fe36:face::1 pref high",
                "route add 10.85.0.0/16 nhid 5"
            })
    void aRouteThatCouldNotBePutBackStays(String route) {
        PLAIN.forEach(namespace::ip);
        namespace.ip("nexthop add id 5 via 192.168.22.1 dev eth0");
        namespace.ip(route);
        List<String> before = witness();
        HostChange change = HostChange.to(HostFile.parse("host.yaml", SEGMENT), kernel, Found.untouched(), false);
        assertThatThrownBy(() -> make(change, change.found()))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(" by eth0 (")
                .hasMessageContaining("nothing was changed");
        assertThat(witness()).isEqualTo(before);
    }

    /** The one from which the host speaks. */
    @Test
    void theFirstAddressIsFirstInBothFamilies() {
        with("addr add 2001:470:fe36:face::1111/64 dev eth0 nodad").forEach(namespace::ip);
        List<String> before = sources("eth0");
        HostFile file = HostFile.parse(
                "host.yaml",
                SEGMENT.replace("192.168.22.217/24,", "192.168.22.217/24, 192.168.22.3/24,")
                        .replace("217:1/64\"", "217:1/64\", \"2001:470:fe36:face::3/64\""));
        HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
        make(change, change.found());
        assertThat(sources("br0")).containsExactly("192.168.22.217", "2001:470:fe36:face::217:1");
        make(HostChange.back(kernel, change.found()), Found.untouched());
        assertThat(sources("eth0")).isEqualTo(before);
    }

    private List<String> sources(String link) {
        return Stream.of("192.168.22.1", "2001:470:fe36:face::1")
                .map(router -> json("route get " + router + " oif " + link)
                        .get(0)
                        .get("prefsrc")
                        .asString())
                .toList();
    }

    @Test
    void aPortOfABridgeThatTheFileDoesNotNameStays() {
        with("link add other type bridge", "link set other up", "link set eth0 master other")
                .forEach(namespace::ip);
        assertThatThrownBy(() -> HostChange.to(HostFile.parse("host.yaml", SEGMENT), kernel, Found.untouched(), false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("host.yaml:5:13")
                .hasMessageContaining("eth0 is a port of other")
                .hasMessageContaining("ip link set eth0 nomaster");
    }

    @Test
    void aCardInAnothersPlaceKeepsItsOwnMacAddress() {
        PLAIN.forEach(namespace::ip);
        HostFile file = HostFile.parse("host.yaml", SEGMENT);
        HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
        make(change, change.found());
        namespace.ip("link del eth0");
        namespace.ip("link add eth0 address 00:50:56:00:99:99 type veth peer name switch");
        namespace.ip("link set switch up");

        make(HostChange.to(file, kernel, change.found(), false), change.found());
        assertThat(json("link show eth0").get(0).get("address").asString()).isEqualTo("00:50:56:00:99:99");
        assertThat(json("link show br0").get(0).get("address").asString()).isEqualTo("00:50:56:00:99:99");
    }

    private void make(HostChange change, Found found) {
        StateDirectory directory = new StateDirectory(state);
        var _ = new Transaction(directory, kernel, () -> () -> {}, step -> {}, InstantSource.system())
                .run(change, new Journal.Outcome(found, "version: 1"), () -> {}, Optional.empty());
    }

    private static List<String> with(String... more) {
        List<String> lines = new ArrayList<>(PLAIN);
        lines.addAll(List.of(more));
        return lines;
    }

    /** Addresses and routes; without what the kernel does by itself and in its own time, which is link-local. */
    private List<String> witness() {
        List<String> lines = new ArrayList<>();
        for (JsonNode link : json("addr")) {
            for (JsonNode address : link.get("addr_info")) {
                if (isOfLinkLocal(address) && !address.has("noprefixroute")) {
                    continue;
                }
                ((ObjectNode) address).remove(List.of("tentative", "nodad", "protocol"));
                lines.add(link.get("ifname") + " " + address);
            }
        }
        for (String family : List.of("-4", "-6")) {
            for (JsonNode route : json(family + " route show table main")) {
                if (!isOfLinkLocal(route) || route.get("metric").asInt() == 1024) {
                    lines.add(route.toString());
                }
            }
        }
        return lines;
    }

    private static boolean isOfLinkLocal(JsonNode node) {
        return node.toString().contains("\"fe80::");
    }

    private JsonNode json(String arguments) {
        return JsonMapper.shared().readTree(namespace.ip("-j " + arguments));
    }
}
