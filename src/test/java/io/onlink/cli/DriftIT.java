package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.reconcile.Drift;
import io.onlink.reconcile.DriftFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Somebody takes away what Onlink owns, by {@code ip} and {@code sysctl}; the same tools are the witness. Needs root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriftIT {
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
            """;

    /** Everything of the host that Onlink owns here, without what differs between two that are alike. */
    private static final String WITNESS = """
            { ip -br link show dev br0; ip -br link show dev eth0; ip -br addr show scope global | sort
              ip -d link show dev br0 | grep -o 'stp_state [01]\\|forward_delay [0-9]*'
              ip -d link show dev eth0 | grep -o 'bridge_slave state forwarding'
              ip route | sort; ip -6 route show default; ip rule
              sysctl net.ipv6.conf.br0.disable_ipv6 net.ipv6.conf.eth0.disable_ipv6; } 2>&1
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private static Path temporary;

    private LabHost host;
    private Process agent;
    private Path log;
    private String right;

    @BeforeAll
    void aHostWithAnAgent() throws IOException, InterruptedException {
        host = LabHost.up("drift", Files.writeString(temporary.resolve("host.yaml"), FILE));
        log = Files.createFile(temporary.resolve("agent.log"));
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        startAgent();
        await("the host forwards", () -> witness().contains("forwarding"));
        right = witness();
    }

    @AfterEach
    void itIsRightForTheNext() throws IOException, InterruptedException {
        // Whatever the agent still holds back would make the next row wait.
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        await("what is right", () -> witness().equals(right));
        Thread.sleep(600);
    }

    @AfterAll
    void takeAway() throws InterruptedException {
        agent.destroy();
        agent.waitFor();
        host.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ip addr del 192.168.22.217/24 dev br0             | address 192.168.22.217/24 is gone from br0; route default via 192.168.22.1 by br0 is gone
            ip addr del 2001:470:fe36:face::217:1/64 dev br0  | address 2001:470:fe36:face::217:1/64 is gone from br0
            ip link set eth0 nomaster                         | eth0 is no port of br0
            ip link set br0 down                              | br0 is down
            ip link set eth0 down                             | eth0 is down
            ip link set br0 address 02:00:00:00:00:77         | br0 has MAC 02:00:00:00:00:77, not
            ip link set eth0 address 02:00:00:00:00:77        | eth0 has MAC 02:00:00:00:00:77, not
            ip route del default                              | route default via 192.168.22.1 by br0 is gone
            ip route del 192.168.22.0/24 dev br0              | route 192.168.22.0/24 by br0 is gone
            ip -6 route del 2001:470:fe36:face::/64 dev br0   | route 2001:470:fe36:face::/64 by br0 is gone
            ip -6 route del default                           | route default via 2001:470:fe36:face::1 by br0 is gone
            ip route replace default via 192.168.22.99        | route default via 192.168.22.99 by br0 stands in the place of route default via 192.168.22.1 by br0
            ip link del br0                                   | br0 is gone
            sysctl -w net.ipv6.conf.br0.disable_ipv6=1        | net.ipv6.conf.br0.disable_ipv6 is 1, not 0
            sysctl -w net.ipv6.conf.eth0.disable_ipv6=0       | net.ipv6.conf.eth0.disable_ipv6 is 0, not 1
            ip addr add 192.168.22.217/24 dev eth0            | address 192.168.22.217/24 does not belong on eth0
            ip link set br0 type bridge stp_state 1           | br0: stp is on
            """)
    void isPutRight(String culprit, String told) throws IOException, InterruptedException {
        int before = logged().size();
        Instant start = Instant.now();
        assertThat(host.run("host", culprit.split(" ")).exitCode()).isZero();
        await(
                "repair of: " + culprit,
                () -> logged().stream().skip(before).anyMatch(line -> line.startsWith("INFO drift: put right")));
        await("what is right", () -> witness().equals(right));
        System.out.printf(
                "%-50s right again after %d ms%n",
                culprit, Duration.between(start, Instant.now()).toMillis());
        assertThat(logged().stream().skip(before))
                .anySatisfy(line -> assertThat(line).startsWith("WARNING drift: " + told));
        assertThat(host.state().readJournal()).isEmpty();
        assertThat(drifts()).anySatisfy(drift -> {
            assertThat(drift.what()).startsWith(told);
            assertThat(drift.outcome()).isEqualTo(Drift.Outcome.REPAIRED);
        });
    }

    @Test
    void whatOthersAddedStays() throws IOException, InterruptedException {
        host.run("host", "ip", "addr", "add", "192.168.22.250/24", "dev", "br0");
        host.run("host", "ip", "route", "add", "10.9.0.0/16", "via", "192.168.22.1");
        host.run("host", "ip", "rule", "add", "pref", "777", "to", "10.9.0.0/16", "lookup", "main");
        assertThat(isPutRight()).isFalse();
        host.run("host", "ip", "link", "set", "eth0", "nomaster");
        await("the port", () -> witness().contains("forwarding"));
        assertThat(host.run("host", "ip", "-br", "addr", "show", "br0").text()).contains("192.168.22.250/24");
        assertThat(host.run("host", "ip", "route").text()).contains("10.9.0.0/16");
        assertThat(host.run("host", "ip", "rule").text()).contains("777:");
        host.run("host", "ip", "rule", "del", "pref", "777");
    }

    @Test
    void theCulpritIsNamedIfItStillRuns() throws IOException, InterruptedException {
        Process culprit = host.leave("ip", "-batch", "-");
        try (OutputStream commands = culprit.getOutputStream()) {
            commands.write("addr del 192.168.22.217/24 dev br0\n".getBytes(StandardCharsets.UTF_8));
            commands.flush();
            await(
                    "its name",
                    () -> logged().stream()
                            .anyMatch(line -> line.startsWith("WARNING drift: address")
                                    && line.endsWith(", by ip (pid %d)".formatted(culprit.pid()))));
        }
        assertThat(culprit.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFightEnds() throws IOException, InterruptedException {
        Process culprit = host.leave(
                "sh", "-c", "while :; do ip addr del 192.168.22.217/24 dev br0 2>/dev/null; sleep 0.1; done");
        try {
            await(
                    "the agent's giving up",
                    () -> logged().stream().anyMatch(line -> line.startsWith("SEVERE drift: GIVEN UP on IPv4 on br0")));
            assertThat(drifts())
                    .filteredOn(Drift::isOpen)
                    .extracting(Drift::outcome)
                    .containsExactly(Drift.Outcome.GIVEN_UP);
            LabHost.Said status =
                    host.onlink("status", "--run-dir", temporary.resolve("run").toString());
            assertThat(status.exitCode()).isEqualTo(1);
            assertThat(status.text())
                    .contains("given up: IPv4 on br0, put right 5 times in 10 minutes, and it did not stay")
                    .contains("given up after 5 times");
            assertThat(host.onlink(
                                    "status",
                                    "--json",
                                    "--run-dir",
                                    temporary.resolve("run").toString())
                            .text())
                    .contains("\"lastDrifts\"", "\"outcome\" : \"GIVEN_UP\"");
            // The rest of the host is looked after all the same.
            host.run("host", "ip", "-6", "route", "del", "default");
            await(
                    "the IPv6 route",
                    () -> host.run("host", "ip", "-6", "route", "show", "default")
                            .text()
                            .contains("::1"));
            assertThat(host.run("host", "ip", "-4", "-br", "addr", "show", "br0")
                            .text())
                    .doesNotContain("217");
        } finally {
            culprit.descendants().forEach(ProcessHandle::destroy);
            culprit.destroy();
            culprit.waitFor();
        }
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        await("the end of it", () -> drifts().stream().noneMatch(Drift::isOpen));
        host.run("host", "ip", "addr", "del", "192.168.22.217/24", "dev", "br0");
        await("what is right", () -> witness().equals(right));
    }

    @Test
    void aChangeThatWaitsForConfirmationIsNoDrift() throws IOException, InterruptedException {
        Path second = Files.writeString(temporary.resolve("second.yaml"), FILE.replace("217/24", "219/24"));
        Process applying =
                host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600", "-f", second.toString());
        await("the change", () -> host.run("host", "ip", "-br", "addr").text().contains("192.168.22.219/24"));
        assertThat(isPutRight()).isFalse();
        assertThat(host.onlink("rollback").exitCode()).isZero();
        assertThat(applying.waitFor()).isEqualTo(6);
        await("what is right", () -> witness().equals(right));
        assertThat(isPutRight()).isFalse();
    }

    /** As a disk that fails for a moment just when a file was applied. */
    @Test
    void aJournalThatCannotBeReadEndsNothing() throws IOException, InterruptedException {
        Path journal = Files.writeString(host.state().path().resolve("journal.json"), "{");
        Files.setLastModifiedTime(host.state().appliedFile(), FileTime.from(Instant.now()));
        await(
                "the agent's word",
                () -> logged().stream()
                        .anyMatch(line -> line.startsWith("SEVERE drift cannot be looked for: reading")));
        Files.delete(journal);
        host.run("host", "ip", "addr", "del", "192.168.22.217/24", "dev", "br0");
        await("what is right", () -> witness().equals(right));
    }

    @Test
    void whatChangedWhileNoAgentRanIsPutRightAtItsStart() throws IOException, InterruptedException {
        agent.destroyForcibly();
        agent.waitFor();
        host.run("host", "ip", "addr", "del", "192.168.22.217/24", "dev", "br0");
        startAgent();
        await("what is right", () -> witness().equals(right));
    }

    @Test
    void aNicThatIsGoneIsToldAndTheRestWaits() throws IOException, InterruptedException {
        host.run("host", "ip", "link", "set", "eth0", "down");
        host.run("host", "ip", "link", "set", "eth0", "name", "eth9");
        await(
                "word of it",
                () -> drifts().stream()
                        .anyMatch(drift -> drift.outcome() == Drift.Outcome.LEFT
                                && drift.what().contains("this host has no link eth0")));
        host.run("host", "ip", "link", "set", "eth9", "name", "eth0");
        await("what is right", () -> witness().equals(right));
    }

    /** Whether the agent does something within the time in which it would have. */
    private boolean isPutRight() throws InterruptedException {
        long before = logged().size();
        Thread.sleep(2000);
        return logged().stream().skip(before).anyMatch(line -> line.contains("drift"));
    }

    private void startAgent() throws IOException, InterruptedException {
        int before = logged().size();
        agent = host.startAgent(log, temporary.resolve("run"));
        await(
                "the agent",
                () -> logged().stream().skip(before).anyMatch(line -> line.contains("the Docker plugin answers")));
    }

    private String witness() throws IOException, InterruptedException {
        // A connected route that was deleted comes back in the administrator's name.
        return host.run("host", "sh", "-c", WITNESS)
                .text()
                .replace("proto static scope link", "proto kernel scope link");
    }

    private List<Drift> drifts() {
        return new DriftFile(temporary.resolve("run")).read();
    }

    private List<String> logged() {
        try {
            return Files.readAllLines(log);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private void await(String what, Condition condition) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.holds()) {
            assertThat(Instant.now())
                    .as(
                            "waited for %s%n%s%n--- was%n%s%n--- agent%n%s",
                            what, witness(), right, logged().stream().collect(Collectors.joining("\n")))
                    .isBefore(end);
            Thread.sleep(20);
        }
    }
}
