package io.onlink.hostfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile.Route;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFileTest {
    private static final Path SCENARIO = Path.of("examples/scenario.yaml");

    @TempDir
    private Path directory;

    @Test
    void peersAreReadAndMayBeLeftOut() {
        String bare = "version: 1\nethernets: { eth0: { addresses: [192.168.22.217/24] } }\n";
        assertThat(HostFile.parse("host.yaml", bare).verify().peers()).isEmpty();
        assertThat(HostFile.parse("host.yaml", bare + "verify: { peers: [192.168.22.10, \"2001:db8:1::2\"] }\n")
                        .verify()
                        .peers())
                .containsExactly(IpAddress.parse("192.168.22.10"), IpAddress.parse("2001:db8:1::2"));
    }

    @Test
    void theScenarioIsReadWhole() {
        HostFile file = HostFile.read(SCENARIO);

        assertThat(file.version()).isEqualTo(1);
        assertThat(file.segments().sequencedKeySet()).containsExactly("Service-Segment", "Access-Segment");

        Segment service = file.segments().firstEntry().getValue();
        assertThat(service.link()).isEqualTo("br0");
        assertThat(service.uplink()).isEqualTo("eth0");
        assertThat(service.addresses())
                .containsExactly(
                        InterfaceAddress.parse("192.168.22.217/24"),
                        InterfaceAddress.parse("2001:470:fe36:face::217:1/64"));
        assertThat(service.routes())
                .containsExactly(
                        route("0.0.0.0/0", "192.168.22.1", 0, "br0", 10, 9),
                        route("::/0", "2001:470:fe36:face::1", 1024, "br0", 11, 9));
        assertThat(service.containers().orElseThrow().pool())
                .extracting(Object::toString)
                .containsExactly(
                        "192.168.22.222-192.168.22.239", "2001:470:fe36:face::222:0-2001:470:fe36:face::222:ffff");
        assertThat(service.containers().orElseThrow().routers()).isEmpty();
        assertThat(service.position()).hasToString("examples/scenario.yaml:5:3");

        Segment access = file.segments().lastEntry().getValue();
        assertThat(access.routes()).containsExactly(route("172.16.52.0/24", "192.168.52.1", 0, "br1", 20, 9));

        HostFile.Ethernet eth2 = file.ethernets().get("eth2");
        assertThat(file.ethernets()).hasSize(1);
        assertThat(eth2.addresses())
                .containsExactly(
                        InterfaceAddress.parse("192.168.1.217/24"), InterfaceAddress.parse("2405:6580:aa40::217:1/64"));

        HostFile.Vrf mgmt0 = file.vrfs().get("mgmt0");
        assertThat(file.vrfs()).hasSize(1);
        assertThat(mgmt0.table()).isEqualTo(10);
        assertThat(mgmt0.interfaces()).containsExactly("eth2");
        assertThat(mgmt0.routes())
                .containsExactly(
                        route("0.0.0.0/0", "192.168.1.1", 0, "eth2", 33, 9),
                        route("::/0", "2405:6580:aa40::1", 1024, "eth2", 34, 9));
        assertThat(file.vrfOf("eth2")).contains(mgmt0);
        assertThat(file.vrfOf("br0")).isEmpty();
    }

    @Test
    void containersTakeTheSegmentsRoutes() {
        HostFile file = HostFile.read(SCENARIO);
        Segment service = file.segments().firstEntry().getValue();
        Segment access = file.segments().lastEntry().getValue();

        assertThat(service.networks())
                .containsExactly(IpNetwork.parse("192.168.22.0/24"), IpNetwork.parse("2001:470:fe36:face::/64"));
        assertThat(service.router(Family.IPV4)).contains(IpAddress.parse("192.168.22.1"));
        assertThat(service.router(Family.IPV6)).contains(IpAddress.parse("2001:470:fe36:face::1"));
        assertThat(service.hasDefaultRoute()).isTrue();
        assertThat(service.containerRoutes()).isEmpty();

        assertThat(access.hasDefaultRoute()).isFalse();
        assertThat(access.containerRoutes()).isEqualTo(access.routes());
    }

    @Test
    void noContainerGetsAnAddressThatIsTaken() {
        assertThat(HostFile.read(SCENARIO).segments().firstEntry().getValue().reserved())
                .extracting(IpAddress::toString)
                .containsExactlyInAnyOrder(
                        "192.168.22.0",
                        "192.168.22.1",
                        "192.168.22.217",
                        "192.168.22.255",
                        "2001:470:fe36:face::",
                        "2001:470:fe36:face::1",
                        "2001:470:fe36:face::217:1");
    }

    @Test
    void containersRoutersComeBeforeTheHosts() {
        Segment segment = HostFile.parse("host.yaml", """
                        version: 1
                        segments:
                          Lan:
                            bridge: br0
                            uplink: eth0
                            addresses: [10.0.0.2/24, "2001:db8::2/64"]
                            routes:
                              - { to: default, via: 10.0.0.1, metric: 200 }
                              - { to: default, via: 10.0.0.9, metric: 100 }
                            containers:
                              pool: [10.0.0.0/24, "2001:db8::/64"]
                              routers: ["fe80::1"]
                        """).segments().get("Lan");

        assertThat(segment.router(Family.IPV4)).contains(IpAddress.parse("10.0.0.9"));
        assertThat(segment.router(Family.IPV6)).contains(IpAddress.parse("fe80::1"));
    }

    @Test
    void oneNetworkMayBeInTwoRoutingTables() {
        HostFile file = HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Blue: { bridge: br0, uplink: eth0, addresses: [10.0.0.2/24], routes: [{ to: default, via: 10.0.0.1 }] }
                  Red: { bridge: br1, uplink: eth1, addresses: [10.0.0.2/24], routes: [{ to: default, via: 10.0.0.1 }] }
                ethernets:
                  eth1: {}
                  eth2: { addresses: [10.0.1.2/24] }
                vrfs:
                  red:
                    table: 7
                    interfaces: [br1, eth2]
                    routes: [{ to: 172.16.0.0/12, via: 10.0.1.1 }]
                """);

        assertThat(file.vrfOf("br1")).contains(file.vrfs().get("red"));
        assertThat(file.vrfs().get("red").routes()).extracting(Route::link).containsExactly("eth2");
    }

    @Test
    void allProblemsAreAtHandOneByOne() {
        assertThatThrownBy(() -> HostFile.parse("host.yaml", "version: 1\nsegments: 7\nvrfs: 8\n"))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        refusal -> assertThat(refusal.problems())
                                .containsExactly(
                                        "host.yaml:2:11: segments: is the number 7; a mapping is expected, as in {name: …}",
                                        "host.yaml:3:7: vrfs: is the number 8; a mapping is expected, as in {name: …}"));
    }

    @Test
    void aFileThatCannotBeReadIsSaidSo() {
        assertThatThrownBy(() -> HostFile.read(directory.resolve("none.yaml")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageEndingWith(
                        "none.yaml: cannot read the host file: there is no such file; name one that can be read");
        assertThatThrownBy(() -> HostFile.read(directory))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("Is a directory");
    }

    @Test
    void aFileInAnotherEncodingIsRefusedWithThePlace() throws IOException {
        Path file = directory.resolve("latin.yaml");
        Files.write(file, "version: 1\n# Büro\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> HostFile.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(file + ":2:4: the byte 0xFC is not UTF-8; the host file is UTF-8 text");
    }

    @Test
    void aFileOfAMegabyteIsRefusedUnread() throws IOException {
        Path file = directory.resolve("large.yaml");
        Files.writeString(file, "#".repeat(1 << 20));

        assertThatThrownBy(() -> HostFile.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(":1:1: the file is too large");
        assertThatThrownBy(() -> HostFile.parse("large.yaml", "[".repeat(1 << 20)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("large.yaml:1:21: ");
    }

    private static Route route(String to, String via, int metric, String link, int line, int column) {
        Position position = new Position(SCENARIO.toString(), line, column);
        return new Route(IpNetwork.parse(to), IpAddress.parse(via), metric, link, position);
    }

    @Test
    void segmentsKeepTheOrderOfTheFile() {
        HostFile file = HostFile.parse("host.yaml", """
                version: 1
                segments:
                  Z: { bridge: br0, uplink: eth0 }
                  A: { bridge: br1, uplink: eth1 }
                  M: { bridge: br2, uplink: eth2 }
                """);
        assertThat(List.copyOf(file.segments().keySet())).containsExactly("Z", "A", "M");
    }
}
