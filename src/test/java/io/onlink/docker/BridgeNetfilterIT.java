package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Whose frames iptables sees, on a host with a real engine and its rules: not those that stay on a segment's bridge, all others, and
 * theirs too where somebody's rule does something to them. Needs root.
 */
@TestMethodOrder(OrderAnnotation.class)
class BridgeNetfilterIT {
    private static final String IMAGE = "busybox:test";
    private static final String ADDRESS = "192.168.22.222";
    private static final String IPTABLES = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    private static final String IP6TABLES = "/proc/sys/net/bridge/bridge-nf-call-ip6tables";

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @BeforeEach
    void aContainerThatIsSpared() {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--ip",
                ADDRESS,
                "--label",
                "onlink.allow=icmp",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("its address", () -> host.clientReaches(ADDRESS));
        host.await("the segments' frames spared", () -> isOff(IPTABLES) && isOff(IP6TABLES));
    }

    @AfterEach
    void removeIt() {
        host.tryDocker("rm", "-f", "web", "left", "right");
        host.tryDocker("network", "rm", "closed");
    }

    @Test
    void itsFramesAreSeenByNoRule() throws IOException {
        host.inHost("iptables", "-t", "mangle", "-A", "PREROUTING", "-d", ADDRESS);
        try {
            assertThat(host.clientReaches(ADDRESS)).isTrue();
            assertThat(packets()).isZero();
            assertThat(noted()).contains("bridge-nf-call-iptables", "bridge-nf-call-ip6tables", "docker0");
            // The agent may turn it off before the client's frame is there.
            host.await("a frame that is seen", () -> {
                host.inHost("sysctl", "-q", "-w", "net.bridge.bridge-nf-call-iptables=1");
                return host.clientReaches(ADDRESS) && packets() > 0;
            });
        } finally {
            host.inHost("iptables", "-t", "mangle", "-D", "PREROUTING", "-d", ADDRESS);
        }
        host.await("the sysctl off again", () -> isOff(IPTABLES));
    }

    private static String noted() throws IOException {
        return Files.readString(host.runDirectory().resolve("br-netfilter.json"));
    }

    /** As iptables counts for the only rule in that chain with the container's address. */
    private static long packets() {
        return host.inHost("iptables", "-t", "mangle", "-L", "PREROUTING", "-n", "-v", "-x")
                .lines()
                .filter(line -> line.strip().endsWith(ADDRESS))
                .mapToLong(line -> Long.parseLong(line.strip().split(" +", 2)[0]))
                .sum();
    }

    /** {@code icc=false} is the engine's rule that frames between its containers meet by br_netfilter alone. */
    @Test
    void anEnginesNetworkThatIsClosedStaysSo() {
        host.docker(
                "network",
                "create",
                "-o",
                "com.docker.network.bridge.enable_icc=false",
                "-o",
                "com.docker.network.bridge.name=closed0",
                "--subnet",
                "10.77.0.0/24",
                "closed");
        host.await("the sysctl off again", () -> isOff(IPTABLES));
        assertThat(bridge("closed0")).contains("nf_call_iptables 1");
        assertThat(bridge("docker0")).contains("nf_call_iptables 1", "nf_call_ip6tables 1");
        assertThat(bridge("br0")).contains("nf_call_iptables 0", "nf_call_ip6tables 0");
        host.docker("run", "-d", "--name", "left", "--net", "closed", "--ip", "10.77.0.2", IMAGE, "/bin/sleep", "600");
        host.docker("run", "-d", "--name", "right", "--net", "closed", "--ip", "10.77.0.3", IMAGE, "/bin/sleep", "600");
        assertThat(host.tryDocker("exec", "left", "/bin/ping", "-c1", "-w1", "10.77.0.3")
                        .exitCode())
                .isNotZero();
        host.inHost("ip", "link", "set", "closed0", "type", "bridge", "nf_call_iptables", "0");
        host.await("the option on again", () -> bridge("closed0").contains("nf_call_iptables 1"));
        assertThat(host.clientReaches(ADDRESS)).isTrue();
    }

    /** As while a change of its name is under way. */
    @Test
    void aSegmentsBridgeIsKnownByItsAlias() {
        host.inHost("ip", "link", "add", "br9", "type", "bridge");
        try {
            host.await("the option on", () -> bridge("br9").contains("nf_call_iptables 1"));
            host.inHost("ip", "link", "set", "br9", "alias", "Onlink: Service-Segment");
            host.inHost("ip", "link", "set", "br9", "type", "bridge", "nf_call_iptables", "0");
            host.inHost("ip", "link", "set", "docker0", "type", "bridge", "nf_call_iptables", "0");
            host.await("the other's option on again", () -> bridge("docker0").contains("nf_call_iptables 1"));
            assertThat(bridge("br9")).contains("nf_call_iptables 0");
        } finally {
            host.inHost("ip", "link", "delete", "br9");
        }
    }

    @Test
    void aBridgeThatIsGoneIsNotNotedAnyMore() throws IOException {
        host.inHost("ip", "link", "add", "brief0", "type", "bridge");
        host.await("its option on", () -> bridge("brief0").contains("nf_call_iptables 1"));
        assertThat(noted()).contains("brief0");
        host.inHost("ip", "link", "delete", "brief0");
        // As any event after which it is looked at.
        host.inHost("iptables", "-t", "mangle", "-A", "OUTPUT", "-d", "192.0.2.1");
        host.inHost("iptables", "-t", "mangle", "-D", "OUTPUT", "-d", "192.0.2.1");
        host.await("it forgotten", () -> {
            try {
                return !noted().contains("brief0");
            } catch (IOException gone) {
                return false;
            }
        });
    }

    @Test
    void aRuleThatMeansSuchFramesGetsThem() throws IOException {
        String[] rule = {"FORWARD", "-i", "br0", "-d", ADDRESS, "-j", "DROP"};
        change("-I", rule);
        try {
            host.await("the rule hit", () -> !host.clientReaches(ADDRESS));
            assertThat(isOff(IPTABLES)).isFalse();
            assertThat(noted()).contains("iptables -t filter -A FORWARD -d 192.168.22.222/32 -i br0 -j DROP");
            host.await("the option off", () -> bridge("docker0").contains("nf_call_iptables 0 nf_call_ip6tables 0"));
        } finally {
            change("-D", rule);
        }
        host.await("the segments' frames spared", () -> isOff(IPTABLES) && isOff(IP6TABLES));
        assertThat(host.clientReaches(ADDRESS)).isTrue();
    }

    @Test
    void whatIptablesSeesPassesTheEnginesClosedChain() {
        String[] acting = {"FORWARD", "-i", "br0", "-s", "192.0.2.1", "-j", "DROP"};
        change("-I", acting);
        try {
            host.await("the segments' frames seen", () -> !isOff(IPTABLES));
            host.inHost("iptables", "-F", "DOCKER-USER");
            host.await(
                    "the rule in Docker's chain",
                    () -> host.inHost("iptables", "-S", "DOCKER-USER")
                            .contains("-i br0 -o br0 -m physdev --physdev-is-bridged -j ACCEPT"));
            assertThat(host.clientReaches(ADDRESS)).isTrue();
            // As the engine does for some milliseconds when it starts and makes a network.
            host.inHost("iptables", "-D", "FORWARD", "-j", "DOCKER-USER");
            assertThat(host.clientReaches(ADDRESS)).isTrue();
            host.inHost("iptables", "-I", "FORWARD", "-j", "DOCKER-USER");
        } finally {
            change("-D", acting);
        }
    }

    private static void change(String action, String... rule) {
        String[] command = new String[rule.length + 2];
        command[0] = "iptables";
        command[1] = action;
        System.arraycopy(rule, 0, command, 2, rule.length);
        host.inHost(command);
    }

    /** Last: nothing is declared after it. */
    @Test
    @Order(Integer.MAX_VALUE)
    void whereNothingIsDeclaredAllIsAsItWas() throws IOException {
        Files.delete(host.hostFile());
        host.await("the sysctls on", () -> !isOff(IPTABLES) && !isOff(IP6TABLES));
        host.await("the option off", () -> bridge("docker0").contains("nf_call_iptables 0 nf_call_ip6tables 0"));
        assertThat(host.runDirectory().resolve("br-netfilter.json")).doesNotExist();
    }

    private static boolean isOff(String sysctl) {
        return host.inHost("cat", sysctl).strip().equals("0");
    }

    private static String bridge(String name) {
        return host.inHost("ip", "-d", "link", "show", name);
    }
}
