package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whoever knew a container's address under another MAC address, or its MAC address behind another port, finds it at once, on a
 * real engine: a router, and a client on the segment itself. Both believe for an hour what they know (RFC 4861's ReachableTime,
 * which the kernel has for ARP too), so that nothing but what is announced to them makes them change it.
 */
class FoundAtOnceIT {
    private static final String IMAGE = "busybox:test";
    private static final String IPV4 = "192.168.22.240";
    private static final String IPV6 = "2001:db8:22::240";
    private static final String MAC = "02:42:c0:a8:16:f0";
    private static final String OTHER_MAC = "02:00:5e:00:53:f0";
    private static final String WRONG_MAC = "02:00:00:00:00:99";

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
        believeForAnHour("router", "r0");
        host.inRouter("sysctl", "-qw", "net.ipv6.conf.r0.keep_addr_on_down=1");
    }

    @BeforeEach
    void plugInClient() {
        host.addMachine("machine0");
        believeForAnHour("client", "machine0");
        host.inClient("ip", "addr", "add", "192.168.22.99/24", "dev", "machine0");
        host.inClient("ip", "addr", "add", "2001:db8:22::99/64", "dev", "machine0", "nodad");
    }

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        host.removeContainers();
        host.inClient("ip", "link", "delete", "machine0");
    }

    @Test
    void aContainerThatIsMadeAnewWithAnotherMac() {
        run();
        assertFound(MAC);
        host.docker("rm", "-f", "web");
        // Not --mac-address: the command of a newer engine does not give it to an older one.
        host.docker(
                "create",
                "--name",
                "web",
                "--stop-signal",
                "KILL",
                "--net",
                "Access-Segment",
                IMAGE,
                "/bin/sleep",
                "600");
        host.docker(
                "network",
                "connect",
                "--ip",
                IPV4,
                "--ip6",
                IPV6,
                "--driver-opt",
                "onlink.mac=" + OTHER_MAC,
                "Service-Segment",
                "web");
        host.docker("start", "web");
        awaitFound(OTHER_MAC);
        host.docker("rm", "-f", "web");
        run();
        awaitFound(MAC);
    }

    /** As one that comes from another host with its addresses: the bridge has learned its MAC address from there. */
    @Test
    void aContainerThatWasBehindAnotherPortOfTheBridge() {
        run();
        assertFound(MAC);
        host.docker("stop", "-t", "0", "web");
        host.addStranger("machine1");
        stranger("link", "set", "machine1", "address", MAC);
        stranger("addr", "add", IPV4 + "/24", "dev", "machine1");
        stranger("addr", "add", IPV6 + "/64", "dev", "machine1", "nodad");
        for (String address : List.of("192.168.22.1", "192.168.22.99", "2001:db8:22::1", "2001:db8:22::99")) {
            host.await(
                    "the other host's container at " + address,
                    () -> host.inStranger("ping", "-c", "1", "-W", "1", address).exitCode() == 0);
        }
        assertThat(host.inHost("bridge", "fdb", "show", "br", "br0")).contains(MAC + " dev machine1");
        stranger("addr", "flush", "dev", "machine1");
        host.docker("start", "web");
        awaitFound(MAC);
        stranger("link", "delete", "machine1");
    }

    @Test
    void anUplinkThatIsPluggedInAgain() {
        run();
        assertFound(MAC);
        for (int time = 0; time < 2; time++) {
            host.inRouter("ip", "link", "set", "r0", "down");
            host.await(
                    "no carrier",
                    () -> host.inHost("ip", "link", "show", "eth0").contains("NO-CARRIER"));
            host.inRouter("ip", "link", "set", "r0", "up");
            routerBelieves(WRONG_MAC);
            host.await("what is announced", () -> knows(host.inRouter("ip", "neigh", "show", "dev", "r0"), MAC));
            assertThat(routerReaches(IPV4)).isTrue();
            assertThat(routerReaches(IPV6)).isTrue();
        }
    }

    @Test
    void aPortThatTheAgentPutBack() {
        run();
        assertFound(MAC);
        routerBelieves(WRONG_MAC);
        host.inHost("ip", "link", "set", host.containerPort("br0"), "nomaster");
        awaitFound(MAC);
        routerBelieves(WRONG_MAC);
        host.inHost("ip", "link", "set", host.containerPort("br0"), "down");
        awaitFound(MAC);
    }

    @Test
    void aLinkThatTheAgentMadeAnew() {
        run();
        assertFound(MAC);
        routerBelieves(WRONG_MAC);
        host.inHost("ip", "link", "delete", host.containerPort("br0"));
        awaitFound(MAC);
    }

    private static void run() {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--stop-signal",
                "KILL",
                "--net",
                "Service-Segment",
                "--ip",
                IPV4,
                "--ip6",
                IPV6,
                IMAGE,
                "/bin/sleep",
                "600");
    }

    /** Both know it afterwards. */
    private static void assertFound(String mac) {
        assertThat(host.clientReaches(IPV4)).isTrue();
        assertThat(host.clientReaches(IPV6)).isTrue();
        assertThat(routerReaches(IPV4)).isTrue();
        assertThat(routerReaches(IPV6)).isTrue();
        assertThat(known()).allMatch(neighbours -> knows(neighbours, mac));
    }

    private static void awaitFound(String mac) {
        host.await("what is announced", () -> known().stream().allMatch(neighbours -> knows(neighbours, mac)));
        assertFound(mac);
    }

    private static boolean routerReaches(String address) {
        return host.inRouter("ping", "-c", "3", "-i", "0.2", "-W", "1", address).contains(" bytes from ");
    }

    private static void routerBelieves(String mac) {
        for (String address : List.of(IPV4, IPV6)) {
            host.inRouter("ip", "neigh", "replace", address, "lladdr", mac, "dev", "r0", "nud", "reachable");
        }
    }

    private static List<String> known() {
        return List.of(
                host.inRouter("ip", "neigh", "show", "dev", "r0"),
                host.inClient("ip", "neigh", "show", "dev", "machine0"));
    }

    private static boolean knows(String neighbours, String mac) {
        return Stream.of(IPV4, IPV6)
                .allMatch(address -> neighbours
                        .lines()
                        .anyMatch(line -> line.startsWith(address + " ") && line.contains(" lladdr " + mac + " ")));
    }

    private static void believeForAnHour(String which, String link) {
        String[] command = {
            "sysctl",
            "-qw",
            "net.ipv4.neigh." + link + ".base_reachable_time_ms=3600000",
            "net.ipv6.neigh." + link + ".base_reachable_time_ms=3600000"
        };
        String said = which.equals("router") ? host.inRouter(command) : host.inClient(command);
        assertThat(said).isEmpty();
    }

    private static void stranger(String... arguments) {
        host.inStranger(Stream.concat(Stream.of("ip"), Stream.of(arguments)).toArray(String[]::new))
                .check();
    }
}
