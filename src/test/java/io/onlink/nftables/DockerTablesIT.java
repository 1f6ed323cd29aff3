package io.onlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A segment's bridge beside the tables of an engine that writes nftables itself, with br_netfilter on: pings from one of the
 * bridge's ports to another. Needs root.
 */
class DockerTablesIT {
    private static final String RULES = "src/test/resources/docker/nftables/bridges.nft";
    private static final List<String> BRIDGES = List.of("br0");

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace left = new TestNamespace();
    private final TestNamespace right = new TestNamespace();
    private DockerTables tables;

    @BeforeEach
    void aBridgeWithTwoMachines() {
        tables = host.call(DockerTables::open).orElseThrow();
        host.ip("link add br0 type bridge");
        host.ip("link set br0 up");
        join(left, 1);
        join(right, 2);
        host.exec(
                "sysctl", "-q", "-w", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1");
        assertThat(pings(10)).isTrue();
        assertThat(pingsByIpv6(10)).isTrue();
    }

    private void join(TestNamespace machine, int number) {
        host.ip("link add port%d type veth peer name eth0 netns %s".formatted(number, machine.name()));
        host.ip("link set port%d master br0 up".formatted(number));
        machine.ip("link set eth0 up");
        machine.ip("addr add 192.168.22.%d/24 dev eth0".formatted(number));
        machine.ip("addr add 2001:db8:22::%d/64 dev eth0 nodad".formatted(number));
    }

    @AfterEach
    void takeAway() {
        tables.close();
        left.close();
        right.close();
        host.close();
    }

    @Test
    void whatStaysOnABridgePassesAClosedForwardChain() {
        host.exec("nft", "-f", RULES);
        assertThat(pings(1)).isFalse();
        assertThat(pingsByIpv6(1)).isFalse();
        tables.ensure(BRIDGES);
        String once = host.exec("nft", "-s", "list", "ruleset");
        tables.ensure(BRIDGES);
        assertThat(host.exec("nft", "-s", "list", "ruleset")).isEqualTo(once);
        assertThat(pings(10)).isTrue();
        assertThat(pingsByIpv6(10)).isTrue();
        tables.remove(BRIDGES);
        tables.remove(BRIDGES);
        assertThat(pings(1)).isFalse();
        assertThat(host.exec("nft", "list", "ruleset")).doesNotContain("Onlink");
    }

    @Test
    void anOpenChainAndAHostWithoutOneAreLeftAlone() {
        tables.ensure(BRIDGES);
        assertThat(host.exec("nft", "list", "ruleset")).isEmpty();
        host.exec("nft", "-f", RULES);
        host.exec("nft", "add chain ip docker-bridges filter-FORWARD { policy accept; }");
        host.exec("nft", "add chain ip6 docker-bridges filter-FORWARD { policy accept; }");
        assertThat(pings(10)).isTrue();
        tables.ensure(BRIDGES);
        assertThat(host.exec("nft", "list", "ruleset")).doesNotContain("Onlink");
    }

    /** The engine makes its tables anew when it starts. */
    @Test
    void aRestartOfTheEngineIsTold() throws InterruptedException {
        Semaphore told = new Semaphore(0);
        try (RulesetMonitor _ = host.call(() -> RulesetMonitor.start(new Told(told)))) {
            host.exec("nft", "-f", RULES);
            assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            tables.ensure(BRIDGES);
            assertThat(pings(10)).isTrue();
            told.drainPermits();
            host.exec("nft", "delete table ip docker-bridges; delete table ip6 docker-bridges");
            host.exec("nft", "-f", RULES);
            assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            tables.ensure(BRIDGES);
            assertThat(pings(10)).isTrue();
            assertThat(pingsByIpv6(10)).isTrue();
        }
    }

    private record Told(Semaphore told) implements RulesetMonitor.Listener {
        @Override
        public void changed(String program) {}

        @Override
        public void hostFirewallChanged(String program) {}

        @Override
        public void iptablesChanged() {
            told.release();
        }

        @Override
        public void noticesLost() {}
    }

    private boolean pings(int seconds) {
        return ping("192.168.22.2", seconds);
    }

    private boolean pingsByIpv6(int seconds) {
        return ping("2001:db8:22::2", seconds);
    }

    private boolean ping(String address, int seconds) {
        try {
            Process ping = new ProcessBuilder(
                            "nsenter", "--net=/run/netns/" + left.name(), "ping", "-q", "-c1", "-w" + seconds, address)
                    .redirectErrorStream(true)
                    .start();
            ping.getInputStream().readAllBytes();
            return ping.waitFor() == 0;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
