package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Containers beside the host on its NICs ({@code attach: macvlan}), on a real engine, seen from a client behind the router. The
 * Aside-Segment is isolated; the Access-Segment has its bridge, as hosts may mix them.
 */
class MacvlanIT {
    private static final String IMAGE = "busybox:test";
    private static final String IPV4 = "192.168.22.222";
    private static final String IPV6 = "2001:db8:22::222";

    private static final String HOST_FILE = """
            version: 1
            segments:
              Service-Segment:
                attach: macvlan
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
                  pool: [192.168.52.222-192.168.52.239]
              Aside-Segment:
                attach: macvlan
                uplink: eth2
                addresses: [192.168.62.217/24]
                containers:
                  pool: [192.168.62.222-192.168.62.239]
                  routers: [192.168.62.1]
                  isolated: true
            """;

    private static final List<String> WITHOUT_BRIDGES = List.of(
            "link set eth0 nomaster",
            "link del br0",
            "addr add 192.168.22.217/24 dev eth0",
            "addr add 2001:db8:22::217/64 dev eth0 nodad",
            "route add default via 192.168.22.1",
            "-6 route add default via 2001:db8:22::1",
            "link set eth2 nomaster",
            "link del br2",
            "addr add 192.168.62.217/24 dev eth2");

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start(HOST_FILE, WITHOUT_BRIDGES);
        host.inRouter("sysctl", "-qw", "net.ipv6.conf.r0.keep_addr_on_down=1", "net.ipv6.conf.r0.accept_dad=0");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.revive();
        host.removeContainers();
        assertThat(host.inHost("ip", "-o", "link", "show").lines())
                .noneMatch(line -> line.contains(": onl") || line.contains(": onp"));
        try (Store store = Store.open(host.stateFile(), InstantSource.system())) {
            assertThat(store.endpoints()).isEmpty();
            assertThat(store.leases()).isEmpty();
        }
    }

    @Test
    void aContainerIsOnTheLanAsAMachineOfItsOwn() {
        run("web", IPV4, IPV6);
        run("other", "192.168.22.223", "2001:db8:22::223");

        assertThat(host.docker("exec", "web", "/bin/ip", "link", "show", "eth0"))
                .contains("02:42:c0:a8:16:de");
        assertThat(host.docker("exec", "web", "/bin/ip", "-4", "route", "show", "default"))
                .contains("default via 192.168.22.1 dev eth0");
        assertThat(host.clientReaches(IPV4)).isTrue();
        assertThat(host.clientReaches(IPV6)).isTrue();
        assertThat(reaches("web", "192.168.22.223")).isTrue();
        assertThat(reaches("web", "2001:db8:22::223")).isTrue();
        assertThat(host.clientReaches("192.168.22.217")).isTrue();
        // What macvlan is known for, and what the agent says when it makes the network.
        assertThat(reaches("web", "192.168.22.217")).isFalse();
        assertThat(reaches("web", "2001:db8:22::217")).isFalse();
        assertThat(host.inHostNetwork("ping", "-c", "1", "-W", "1", IPV4)).contains("100% packet loss");
        assertThat(host.agentLog()).contains("this host and its own containers do not reach each other");
    }

    @Test
    void isolatedContainersReachTheRouterAlone() {
        host.docker("run", "-d", "--name", "first", "--net", "Aside-Segment", IMAGE, "/bin/sleep", "600");
        host.docker(
                "run",
                "-d",
                "--name",
                "second",
                "--net",
                "Aside-Segment",
                "--ip",
                "192.168.62.230",
                IMAGE,
                "/bin/sleep",
                "600");
        assertThat(reaches("first", "192.168.62.1")).isTrue();
        assertThat(reaches("first", "192.168.62.230")).isFalse();
        assertThat(host.clientReaches("192.168.62.230")).isTrue();
    }

    @Test
    void itIsReachedAgainAfterEachRestart() throws IOException {
        run("web", IPV4, IPV6);
        assertThat(reachedByBoth()).isTrue();

        host.docker("restart", "-t", "0", "web");
        assertThat(reachedByBoth()).as("container restarted").isTrue();

        host.docker("network", "disconnect", "Service-Segment", "web");
        assertThat(host.clientReaches(IPV4)).isFalse();
        host.docker("network", "connect", "--ip", IPV4, "--ip6", IPV6, "Service-Segment", "web");
        assertThat(reachedByBoth()).as("disconnected and connected").isTrue();

        host.killAgent();
        assertThat(reachedByBoth()).as("agent killed").isTrue();
        host.startAgent();
        assertThat(reachedByBoth()).as("agent started").isTrue();

        host.killEngine();
        host.startEngine();
        host.docker("start", "web");
        assertThat(reachedByBoth()).as("engine killed, and started").isTrue();
    }

    /** As after a move from another machine: the router has the neighbour entry of the one before. */
    @Test
    void aRouterThatKnowsAnotherMacIsTold() {
        run("web", IPV4, IPV6);
        assertThat(reachedByBoth()).isTrue();
        for (String address : List.of(IPV4, IPV6)) {
            host.inRouter(
                    "ip", "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", "r0", "nud", "reachable");
        }
        host.docker("restart", "-t", "0", "web");
        host.await(
                "the announcement",
                () -> host.inRouter("ip", "neigh", "show", IPV4).contains("02:42:c0:a8:16:de"));
        assertThat(reachedByBoth()).isTrue();
    }

    @Test
    void anAddressThatIsHeldOutsideIsRefused() {
        String mac =
                host.inRouter("ip", "-br", "link", "show", "dev", "r0").replaceFirst("(?s).* ((..:){5}..) .*", "$1");
        for (List<String> held : List.of(List.of("192.168.22.50/24", "--ip"), List.of("2001:db8:22::50/64", "--ip6"))) {
            String address = held.getFirst().replaceFirst("/.*", "");
            List<String> command = List.of(
                    "run",
                    "-d",
                    "--name",
                    "late",
                    "--net",
                    "Service-Segment",
                    held.getLast(),
                    address,
                    IMAGE,
                    "/bin/sleep",
                    "600");
            host.inRouter("ip", "addr", "add", held.getFirst(), "dev", "r0");
            assertThat(host.tryDocker(command.toArray(String[]::new)).output())
                    .contains(address + " on segment Service-Segment is in use outside", mac);
            host.docker("rm", "-f", "late");
            host.inRouter("ip", "addr", "del", held.getFirst(), "dev", "r0");
            host.docker(command.toArray(String[]::new));
            assertThat(host.clientReaches(address)).isTrue();
            host.docker("rm", "-f", "late");
        }
    }

    @Test
    void anUplinkThatIsPluggedInAgain() {
        run("web", IPV4, IPV6);
        assertThat(reachedByBoth()).isTrue();
        host.inRouter("ip", "link", "set", "r0", "down");
        host.await("no carrier", () -> host.inHost("ip", "link", "show", "eth0").contains("NO-CARRIER"));
        host.inRouter("ip", "link", "set", "r0", "up");
        for (String address : List.of(IPV4, IPV6)) {
            host.inRouter(
                    "ip", "neigh", "replace", address, "lladdr", "02:00:00:00:00:99", "dev", "r0", "nud", "reachable");
        }
        host.await(
                "the announcement",
                () -> Stream.of(IPV4, IPV6)
                        .allMatch(address ->
                                host.inRouter("ip", "neigh", "show", address).contains("02:42:c0:a8:16:de")));
        assertThat(reachedByBoth()).isTrue();
    }

    @Test
    void aLinkThatWasDeletedIsMadeAnew() {
        run("web", IPV4, IPV6);
        String sandbox = host.docker("inspect", "-f", "{{.State.Pid}}", "web").strip();
        String number = numberOfLink(sandbox);
        host.inHost("nsenter", "-t", sandbox, "-n", "ip", "link", "del", "eth0");
        host.await("the link's repair", () -> host.clientReaches(IPV4));
        assertThat(numberOfLink(sandbox)).isNotEqualTo(number);
        assertThat(reachedByBoth()).isTrue();
        assertThat(host.docker("exec", "web", "/bin/ip", "-4", "route", "show", "default"))
                .contains("default via 192.168.22.1 dev eth0");
    }

    private static String numberOfLink(String process) {
        return host.inHost("nsenter", "-t", process, "-n", "ip", "-o", "link", "show", "eth0")
                .split(":", 2)[0];
    }

    @Test
    void whatABridgeKeepsIsRefused() {
        host.docker("create", "--name", "web", "--net", "Access-Segment", IMAGE, "/bin/sleep", "600");
        host.docker("start", "web");
        assertThat(host.tryDocker("network", "connect", "--driver-opt", "onlink.allow=tcp/80", "Service-Segment", "web")
                        .output())
                .contains("a firewall is kept at a bridge's ports");
    }

    private static void run(String name, String ipv4, String ipv6) {
        host.docker(
                "run",
                "-d",
                "--name",
                name,
                "--net",
                "Service-Segment",
                "--ip",
                ipv4,
                "--ip6",
                ipv6,
                IMAGE,
                "/bin/sleep",
                "600");
    }

    private static boolean reachedByBoth() {
        return host.clientReaches(IPV4) && host.clientReaches(IPV6);
    }

    private static boolean reaches(String container, String address) {
        return host.tryDocker("exec", container, "/bin/ping", "-c", "2", "-W", "1", address)
                        .exitCode()
                == 0;
    }
}
