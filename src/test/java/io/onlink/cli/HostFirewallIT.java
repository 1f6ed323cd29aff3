package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The life of the host's own firewall, one after the other on one host: applied with the bridge, seen from the client behind
 * the router, flushed, changed, booted, taken down. Needs root.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HostFirewallIT {
    private static final String ADDRESS = "192.168.22.217";
    private static final String FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            firewall:
              Service-Segment: { allow: [%s] }
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private static Path temporary;

    @AutoClose
    private LabHost host;

    private Path file;
    private String written;

    @BeforeAll
    void aHost() throws IOException, InterruptedException {
        file = Files.writeString(temporary.resolve("host.yaml"), FILE.formatted("icmp, tcp/22"));
        host = LabHost.up("hostfirewall", file);
        serve(22);
        serve(80);
    }

    /** Conntrack begins to look in the middle of this connection, and the client speaks first. */
    @Test
    @Order(1)
    void aConnectionOutlivesTheAdoptionAndNobodyElseGetsIn() throws IOException, InterruptedException {
        Process old = host.start("client", List.of("bash", "-c", """
                exec 3<>/dev/tcp/%s/80; echo open; read -r; echo over >&3; head -c 5 <&3
                """.formatted(ADDRESS)));
        assertThat(old.inputReader().readLine()).isEqualTo("open");
        LabHost.Said plan = host.onlink("plan", "-f", file.toString());
        assertThat(plan.text().lines().filter(line -> line.contains("nft ")))
                .singleElement()
                .asString()
                .contains("nft 'table inet onlink {", "add element inet onlink closed { \"br0\" }");
        LabHost.Said applied = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        written = table();
        old.getOutputStream().write('\n');
        old.getOutputStream().flush();
        assertThat(old.inputReader().readLine()).isEqualTo("over");
        assertThat(isLetIn(22)).isTrue();
        assertThat(isLetIn(80)).isFalse();
        assertThat(host.isReached(ADDRESS)).isTrue();
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
        assertThat(host.onlink("plan", "-f", file.toString()).exitCode()).isZero();
        String status = host.onlink("status").text();
        assertThat(status.lines().filter(line -> line.startsWith("Service-Segment") && line.contains("icmp")))
                .singleElement()
                .asString()
                .matches("Service-Segment +br0 +deny +icmp, tcp/22 +up +[1-9][0-9]*");
    }

    @Test
    @Order(2)
    void whoFlushesItIsAnsweredByTheAgent() throws IOException, InterruptedException {
        host.output("host", "nft", "flush", "ruleset");
        LabHost.Said status = host.onlink("status");
        assertThat(status.exitCode()).isEqualTo(1);
        assertThat(status.text()).contains("missing", "nft 'table inet onlink");
        Path log = Files.createFile(temporary.resolve("agent.log"));
        Process agent = host.startAgent(log, temporary.resolve("run"));
        try {
            awaitTable();
            for (List<String> meddling : List.of(
                    List.of("nft", "flush", "ruleset"),
                    List.of("nft", "insert", "rule", "inet", "onlink", "input", "accept"),
                    List.of("nft", "delete", "element", "inet", "onlink", "closed", "{ br0 }"))) {
                Thread.sleep(2_000);
                host.output("host", meddling.toArray(String[]::new));
                awaitTable();
            }
            assertThat(Files.readString(log))
                    .contains("the host's firewall (table inet onlink) is gone", "by nft", "has other rules");
            assertThat(isLetIn(80)).isFalse();
            assertThat(isLetIn(22)).isTrue();
        } finally {
            agent.destroy();
            agent.waitFor();
        }
    }

    /** Nobody can confirm over a connection that does not get in; and the firewall of before is back. */
    @Test
    @Order(3)
    void whatIsNotConfirmedIsTakenBack() throws IOException, InterruptedException {
        Path less = Files.writeString(temporary.resolve("less.yaml"), FILE.formatted("icmp, tcp/80"));
        LabHost.Said said = host.onlink("apply", "--yes", "--confirm", "1", "-f", less.toString());
        assertThat(said.exitCode()).as(said.text()).isEqualTo(6);
        assertThat(table()).isEqualTo(written);
        assertThat(isLetIn(80)).isFalse();
    }

    @Test
    @Order(4)
    void aChangeIsAChangeOfElements() throws IOException, InterruptedException {
        Path more = Files.writeString(temporary.resolve("more.yaml"), FILE.formatted("icmp, tcp/22, tcp/80"));
        assertThat(host.onlink("plan", "-f", more.toString()).text())
                .contains("nft 'add element inet onlink allowed-ipv4 { \"br0\" . tcp . 80 . 0.0.0.0/0 }; add element"
                        + " inet onlink allowed-ipv6 { \"br0\" . tcp . 80 . ::/0 }'")
                .contains("1 steps: 0 to create, 1 to change");
        assertThat(host.onlink("apply", "--yes", "-f", more.toString()).exitCode())
                .isZero();
        assertThat(isLetIn(80)).isTrue();
        assertThat(host.onlink("apply", "--yes", "-f", file.toString()).exitCode())
                .isZero();
        assertThat(isLetIn(80)).isFalse();
        assertThat(table()).isEqualTo(written);
    }

    @Test
    @Order(5)
    void itIsThereAfterABootAndGoneAfterDown() throws IOException, InterruptedException {
        host.reboot();
        assertThat(table()).isEmpty();
        assertThat(host.onlink("boot").exitCode()).isZero();
        assertThat(table()).isEqualTo(written);
        serve(80);
        assertThat(isLetIn(80)).isFalse();
        // The agent that ran before is gone, and there is no engine whose networks could stay.
        LabHost.Said down = host.onlink("down", "--yes", "--force");
        assertThat(down.exitCode()).as(down.text()).isZero();
        assertThat(down.text()).contains("nft 'delete table inet onlink'");
        assertThat(table()).isEmpty();
        assertThat(isLetIn(80)).isTrue();
    }

    /** One that answers with what it is told, for each who comes. */
    private void serve(int port) throws IOException, InterruptedException {
        host.leave("python3", "-c", """
                import socketserver, sys
                class Echo(socketserver.StreamRequestHandler):
                    def handle(self):
                        for line in self.rfile: self.wfile.write(line)
                class Server(socketserver.ThreadingTCPServer):
                    allow_reuse_address = True
                    daemon_threads = True
                Server(('', int(sys.argv[1])), Echo).serve_forever()
                """, Integer.toString(port));
        while (!host.output("host", "ss", "-Hltn").contains(":" + port + " ")) {
            Thread.sleep(50);
        }
    }

    private boolean isLetIn(int port) throws IOException, InterruptedException {
        return host.run("client", "timeout", "3", "bash", "-c", "exec 3<>/dev/tcp/%s/%d".formatted(ADDRESS, port))
                        .exitCode()
                == 0;
    }

    /** Without the counters. */
    private String table() throws IOException, InterruptedException {
        return host.run("host", "sh", "-c", "nft list table inet onlink 2>/dev/null")
                .text()
                .lines()
                .filter(line -> !line.contains("packets") && !line.isBlank())
                .map(String::strip)
                .sorted()
                .toList()
                .toString()
                .replaceFirst("^\\[]$", "");
    }

    private void awaitTable() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!table().equals(written)) {
            assertThat(System.nanoTime() - deadline)
                    .as("the table is not put back: %s", table())
                    .isNegative();
            Thread.sleep(50);
        }
    }
}
