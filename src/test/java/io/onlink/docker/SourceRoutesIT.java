package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A container on several segments answers by the one that it was asked by, on a real engine: what it would send out of another
 * the guard drops there, so that an answer that comes has taken the right way. Both families, from a client behind the routers.
 */
class SourceRoutesIT {
    private static final String IMAGE = "busybox:test";

    private static final String HOST_FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:22::1" }
                containers:
                  pool: [192.168.22.222-192.168.22.239, "2001:db8:22::222:0/112"]
              Access-Segment:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24, "2001:db8:52::217/64"]
                containers:
                  pool: [192.168.52.222-192.168.52.239, "2001:db8:52::222:0/112"]
              Aside-Segment:
                bridge: br2
                uplink: eth2
                addresses: [192.168.62.217/24, "2001:db8:62::217/64"]
                routes:
                  - { to: 172.16.62.0/24, via: 192.168.62.1 }
                containers:
                  pool: [192.168.62.222-192.168.62.239, "2001:db8:62::222:0/112"]
                  routers: [192.168.62.1, "2001:db8:62::1"]
            """;

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start(HOST_FILE, List.of("addr add 2001:db8:62::217/64 dev br2 nodad"));
        host.inRouter("ip", "addr", "add", "2001:db8:62::1/64", "dev", "r2", "nodad");
    }

    @AfterEach
    void removeAll() {
        host.removeContainers();
    }

    @Test
    void whoAsksByASegmentIsAnsweredByIt() {
        host.docker(
                "create",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.230",
                "--ip6",
                "2001:db8:22::230",
                IMAGE,
                "/bin/httpd",
                "-f",
                "-p",
                "80",
                "-h",
                "/www");
        connect("Aside-Segment", "192.168.62.230", "2001:db8:62::230");
        host.docker("start", "box");
        for (int start = 0; start < 3; start++) {
            assertAnswers("192.168.22.230", "[2001:db8:22::230]", "192.168.62.230", "[2001:db8:62::230]");
            assertThat(rules())
                    .containsExactlyInAnyOrder(
                            "192.168.22.230", "192.168.62.230", "2001:db8:22::230", "2001:db8:62::230");
            host.docker("restart", "-t", "0", "box");
        }
        // From a machine on the first segment, which the container could reach at once, by the wrong way.
        host.addMachine("machine0");
        host.inClient("ip", "addr", "add", "192.168.22.99/24", "dev", "machine0");
        host.inClient("ip", "route", "add", "192.168.62.0/24", "via", "192.168.22.1");
        assertThat(host.clientReaches("192.168.62.230")).isTrue();
        host.inClient("ip", "link", "delete", "machine0");
        assertThat(routes("192.168.62.230"))
                .containsExactlyInAnyOrder(
                        "default via 192.168.62.1", "172.16.62.0/24 via 192.168.62.1", "192.168.62.0/24");
    }

    @Test
    void aSegmentThatComesAndGoesTakesItsRulesWithIt() {
        host.docker(
                "run",
                "-d",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.231",
                "--ip6",
                "2001:db8:22::231",
                IMAGE,
                "/bin/httpd",
                "-f",
                "-p",
                "80",
                "-h",
                "/www");
        assertThat(rules()).isEmpty();
        for (int time = 0; time < 2; time++) {
            connect("Aside-Segment", "192.168.62.231", "2001:db8:62::231");
            host.await("the rules", () -> rules().size() == 4);
            assertAnswers("192.168.62.231", "[2001:db8:62::231]", "192.168.22.231", "[2001:db8:22::231]");
            host.docker("network", "disconnect", "Aside-Segment", "box");
            host.await("no rule", () -> rules().isEmpty());
            assertThat(inside("ip", "route", "show", "table", "all")).doesNotContain(" table 10");
            assertAnswers("192.168.22.231", "[2001:db8:22::231]");
        }
    }

    @Test
    void aSegmentWithoutARouterHasNone() {
        host.docker(
                "create",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.232",
                "--ip6",
                "2001:db8:22::232",
                IMAGE,
                "/bin/httpd",
                "-f",
                "-p",
                "80",
                "-h",
                "/www");
        connect("Access-Segment", "192.168.52.232", "2001:db8:52::232");
        host.docker("start", "box");
        assertAnswers("192.168.22.232", "[2001:db8:22::232]");
        assertThat(rules()).containsExactlyInAnyOrder("192.168.22.232", "2001:db8:22::232");
    }

    @Test
    void aLinkThatIsMadeAnewHasItsRulesAgain() {
        host.docker(
                "create",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.233",
                "--ip6",
                "2001:db8:22::233",
                IMAGE,
                "/bin/httpd",
                "-f",
                "-p",
                "80",
                "-h",
                "/www");
        connect("Aside-Segment", "192.168.62.233", "2001:db8:62::233");
        host.docker("start", "box");
        assertAnswers("192.168.62.233", "[2001:db8:62::233]");
        host.inHost("ip", "link", "delete", host.containerPort("br2"));
        assertAnswers("192.168.62.233", "[2001:db8:62::233]", "192.168.22.233", "[2001:db8:22::233]");
    }

    private static void connect(String segment, String ipv4, String ipv6) {
        host.docker("network", "connect", "--ip", ipv4, "--ip6", ipv6, segment, "box");
    }

    private static void assertAnswers(String... addresses) {
        for (String address : addresses) {
            host.await(
                    "an answer of " + address,
                    () -> host.inClient("busybox", "timeout", "2", "busybox", "wget", "-qO-", "http://" + address + "/")
                            .contains("onlink test"));
        }
    }

    /** The addresses for which there are rules. */
    private static List<String> rules() {
        return Stream.of("-4", "-6")
                .flatMap(family -> inside("ip", family, "rule", "show").lines())
                .filter(line -> line.startsWith("30000:"))
                .map(line -> line.split("\\s+", 4)[2])
                .toList();
    }

    /** Of the table for what has this source. */
    private static List<String> routes(String source) {
        String table = inside("ip", "rule", "show")
                .lines()
                .filter(line -> line.contains("from " + source + " "))
                .findFirst()
                .orElseThrow()
                .replaceFirst(".* lookup (\\d+).*", "$1");
        return inside("ip", "route", "show", "table", table)
                .lines()
                .map(route -> route.replaceFirst(" dev .*", "").strip())
                .toList();
    }

    private static String inside(String... command) {
        String process = host.docker("inspect", "-f", "{{.State.Pid}}", "box").strip();
        return host.inHost(Stream.concat(Stream.of("nsenter", "-t", process, "-n"), Stream.of(command))
                .toArray(String[]::new));
    }
}
