package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.attach.Conflict;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An address that a machine outside has is no container's: the conflict table, on a real engine. */
class ConflictIT {
    private static final String IMAGE = "busybox:test";
    private static final String IPV4_ROUTER = "192.168.22.1";
    private static final String IPV6_ROUTER = "2001:db8:22::1";
    private static final String MAC = "02:00:5e:00:53:77";

    /** What was heard of one is known for a day: each test has addresses of its own. */
    private static int number = 60;

    private String ipv4;
    private String ipv6;
    private String macOfContainer;

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @BeforeEach
    void plugIn() {
        number++;
        ipv4 = "192.168.22." + number;
        ipv6 = "2001:db8:22::" + number;
        macOfContainer = "02:42:c0:a8:16:%02x".formatted(number);
        host.addStranger("machine0");
        stranger("link", "set", "machine0", "address", MAC);
    }

    @AfterEach
    void removeAll() {
        host.continueAgent();
        host.removeContainers();
        stranger("link", "delete", "machine0");
    }

    @Test
    void anIpv4AddressThatIsHeld() {
        stranger("addr", "add", "192.168.22.50/24", "dev", "machine0");
        assertRefused("192.168.22.50", "--ip", "192.168.22.50");
        // And is free when it is.
        stranger("addr", "del", "192.168.22.50/24", "dev", "machine0");
        run("web", "--ip", "192.168.22.50");
        assertThat(host.clientReaches("192.168.22.50")).isTrue();
    }

    @Test
    void anIpv6AddressThatIsHeld() {
        stranger("addr", "add", "2001:db8:22::50/64", "dev", "machine0", "nodad");
        assertRefused("2001:db8:22::50", "--ip", "192.168.22.51", "--ip6", "2001:db8:22::50");
        stranger("addr", "del", "2001:db8:22::50/64", "dev", "machine0");
        run("web", "--ip", "192.168.22.51", "--ip6", "2001:db8:22::50");
        assertThat(host.clientReaches("2001:db8:22::50")).isTrue();
    }

    @Test
    void anAddressWhoseHolderAnswersLate() {
        // Java finds no link without an IPv4 address in another namespace.
        stranger("addr", "add", "192.0.2.1/32", "dev", "machine0");
        try (LateMachine machine = host.answerLate("machine0", "192.168.22.52", MAC)) {
            assertRefused("192.168.22.52", "--ip", "192.168.22.52");
            assertThat(machine.answers()).isPositive();
        }
    }

    @Test
    void anAddressOfThePoolThatIsHeldIsPassedOver() {
        run("first");
        String next = "192.168.22." + (number(address("first")) + 1);
        stranger("addr", "add", next + "/24", "dev", "machine0");
        assertRefused(next);
        run("second");
        assertThat(address("second")).isNotEqualTo(next);
    }

    /** Its own address, which the wire would say is in use while it is being stopped, is no obstacle. */
    @Test
    void aRestartIsNoConflict() {
        run("web", "--ip", "192.168.22.53");
        for (int start = 0; start < 3; start++) {
            host.docker("restart", "-t", "0", "web");
        }
        assertThat(host.clientReaches("192.168.22.53")).isTrue();
    }

    @Test
    void anIpv4AddressThatIsClaimedLater() {
        runKnown("web", "--ip", ipv4);
        assertThat(host.clientReaches(ipv4)).isTrue();
        // What the router learns is to be seen before the answer comes.
        host.suspendAgent();
        stranger("addr", "add", ipv4 + "/24", "dev", "machine0");
        misleadRouter(IPV4_ROUTER, ipv4);
        host.continueAgent();
        host.await("the defence", () -> routerKnows(ipv4, macOfContainer));
        assertThat(host.clientReaches(ipv4)).isTrue();
        assertReported(ipv4, "container web");
    }

    @Test
    void anIpv6AddressThatIsClaimedLater() {
        runKnown("web", "--ip", ipv4, "--ip6", ipv6);
        assertThat(host.clientReaches(ipv6)).isTrue();
        host.suspendAgent();
        stranger("addr", "add", ipv6 + "/64", "dev", "machine0", "nodad");
        misleadRouter(IPV6_ROUTER, ipv6);
        host.continueAgent();
        host.await("the defence", () -> routerKnows(ipv6, macOfContainer));
        assertThat(host.clientReaches(ipv6)).isTrue();
        assertReported(ipv6, "container web");
    }

    /** RFC 5227's announcement, in both its forms; the machine asks for nobody. */
    @ParameterizedTest
    @ValueSource(strings = {"-U", "-A"})
    void aMachineThatAnnouncesTheAddress(String form) {
        runKnown("web", "--ip", ipv4);
        stranger("addr", "add", ipv4 + "/24", "dev", "machine0");
        host.inStranger("busybox", "arping", form, "-c", "1", "-I", "machine0", ipv4);
        assertReported(ipv4, "container web");
        assertThat(host.clientReaches(ipv4)).isTrue();
    }

    /** Neighbours believe the second claim too, for which an answer is not due yet. */
    @Test
    void whatIsClaimedAgainIsDefendedAgain() {
        runKnown("web", "--ip", ipv4);
        stranger("addr", "add", ipv4 + "/24", "dev", "machine0");
        askForRouter(IPV4_ROUTER);
        assertReported(ipv4, "container web");
        host.suspendAgent();
        host.await("a router that believes the second", () -> {
            askForRouter(IPV4_ROUTER);
            return routerKnows(ipv4, MAC);
        });
        host.continueAgent();
        host.await("the second defence", () -> routerKnows(ipv4, macOfContainer));
        assertThat(host.clientReaches(ipv4)).isTrue();
    }

    @Test
    void anAgentThatIsStartedAnewWatchesOn() throws IOException {
        runKnown("web", "--ip", ipv4);
        host.killAgent();
        host.startAgent();
        stranger("addr", "add", ipv4 + "/24", "dev", "machine0");
        host.await("an agent that listens", () -> {
            askForRouter(IPV4_ROUTER);
            return isReported(ipv4, "container web");
        });
    }

    @Test
    void anAddressOfTheHostsOwnIsDefendedToo() {
        stranger("addr", "add", "192.168.22.217/24", "dev", "machine0");
        askForRouter(IPV4_ROUTER);
        assertReported("192.168.22.217", "this host");
        host.await("the defence", () -> routerKnows("192.168.22.217", "02:00:00:00:00:10"));
    }

    /** Who asks for it as one who does not use it yet is answered by the container, and takes another: no conflict. */
    @Test
    void aMachineThatAsksFirstIsNone() {
        runKnown("web", "--ip", ipv4, "--ip6", ipv6);
        host.inStranger("sysctl", "-qw", "net.ipv6.conf.machine0.dad_transmits=1");
        stranger("addr", "add", ipv6 + "/64", "dev", "machine0");
        host.await(
                "the container's answer",
                () -> host.inStranger("ip", "addr", "show", "dev", "machine0")
                        .output()
                        .contains("dadfailed"));
        assertThat(host.inStranger("busybox", "arping", "-D", "-c", "2", "-w", "2", "-I", "machine0", ipv4)
                        .exitCode())
                .isEqualTo(1);
        assertThat(conflicts())
                .noneMatch(conflict -> conflict.address().toString().equals(ipv4)
                        || conflict.address().toString().equals(ipv6));
    }

    private static boolean routerKnows(String address, String mac) {
        return host.inRouter("ip", "neigh", "show", address, "dev", "r0").contains(mac);
    }

    /** Until the client is led astray: in its first seconds a container is announced three times by engine 28, and the router believes that. */
    private static void misleadRouter(String router, String address) {
        host.await("a router that believes the stranger, and a client that does not reach " + address, () -> {
            askForRouter(router);
            return routerKnows(address, MAC) && !host.clientReaches(address);
        });
    }

    /** To all, in the name of the address that the stranger has. */
    private static void askForRouter(String router) {
        stranger("neigh", "flush", "dev", "machine0");
        host.inStranger("ping", "-c", "1", "-W", "1", router);
    }

    private static boolean isReported(String address, String owner) {
        return conflicts().stream()
                .anyMatch(conflict -> conflict.segment().equals("Service-Segment")
                        && conflict.address().toString().equals(address)
                        && conflict.owner().equals(owner)
                        && conflict.holder().toString().equals(MAC));
    }

    private static void assertReported(String address, String owner) {
        host.await("the conflict", () -> isReported(address, owner));
        host.await(
                "the agent's word",
                () -> host.agentLog()
                        .contains(
                                "%s of %s on Service-Segment is in use outside too, by the machine with MAC address %s"
                                        .formatted(address, owner, MAC)));
    }

    private static List<Conflict> conflicts() {
        try (Store store = store()) {
            return store.conflicts();
        }
    }

    private static void stranger(String... arguments) {
        host.inStranger(Stream.concat(Stream.of("ip"), Stream.of(arguments)).toArray(String[]::new))
                .check();
    }

    private static void assertRefused(String address, String... options) {
        HostProcesses.Result refused =
                host.tryDocker(command("refused", options).toArray(String[]::new));
        assertThat(refused.exitCode()).as(refused.output()).isNotZero();
        assertThat(refused.output())
                .contains(address + " on segment Service-Segment is in use outside")
                .contains(MAC);
        host.docker("rm", "-f", "refused");
        assertThat(host.onlink("leases")).doesNotContain(address + " ");
    }

    private static void run(String name, String... options) {
        host.docker(command(name, options).toArray(String[]::new));
    }

    /** Until the agent knows its name. */
    private static void runKnown(String name, String... options) {
        run(name, options);
        host.await("the container's name", () -> {
            try (Store store = store()) {
                return store.endpoints().stream().anyMatch(endpoint -> name.equals(endpoint.container()));
            }
        });
    }

    private static Store store() {
        return Store.open(host.stateFile(), InstantSource.system());
    }

    private static Stream<String> command(String name, String... options) {
        return Stream.of(
                        Stream.of("run", "-d", "--name", name, "--net", "Service-Segment"),
                        Stream.of(options),
                        Stream.of(IMAGE, "/bin/sleep", "600"))
                .flatMap(part -> part);
    }

    private static String address(String container) {
        return host.docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)
                .strip();
    }

    private static int number(String address) {
        return Integer.parseInt(address.replaceFirst(".*\\.", ""));
    }
}
