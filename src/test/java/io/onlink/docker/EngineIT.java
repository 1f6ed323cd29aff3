package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a user of Docker gets, on a real engine, seen from the container, from the router and from a client behind it. */
class EngineIT {
    private static final String IMAGE = "busybox:test";
    private static final String SERVICE_ROUTES = "default via 192.168.22.1 dev eth0";

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.revive();
        host.removeContainers();
        assertThat(host.inHost("ip", "-o", "link", "show", "type", "veth").lines())
                .noneMatch(line -> line.contains(": onl") || line.contains(": onp"));
        try (Store store = Store.open(host.stateFile(), InstantSource.system())) {
            assertThat(store.endpoints()).isEmpty();
            assertThat(store.leases()).isEmpty();
        }
    }

    @Test
    void aContainerIsOnTheLanAsAMachineOfItsOwn() {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.222",
                "--ip6",
                "2001:db8:22::222",
                IMAGE,
                "/bin/httpd",
                "-f",
                "-v",
                "-p",
                "80",
                "-h",
                "/www");
        // Else the engine's firewall is not what it is on a machine, and that it lets us pass says nothing.
        assertThat(host.inHost("iptables", "-S", "FORWARD")).contains("-P FORWARD DROP");

        assertThat(host.inClient("busybox", "wget", "-qO-", "http://192.168.22.222/"))
                .contains("onlink test");
        assertThat(host.inClient("busybox", "wget", "-qO-", "http://[2001:db8:22::222]/"))
                .contains("onlink test");
        assertThat(host.docker("logs", "web")).contains("198.51.100.10").contains("2001:db8:100::10");

        assertThat(host.docker("exec", "web", "/bin/ip", "link", "show", "eth0"))
                .contains("02:42:c0:a8:16:de");
        assertThat(routes("web")).containsExactly(SERVICE_ROUTES, "192.168.22.0/24 dev eth0");
        assertThat(defaultRoutes6("web")).containsExactly("default via 2001:db8:22::1 dev eth0");
        assertThat(host.docker("network", "ls")).doesNotContain("docker_gwbridge");
        host.await(
                "advertised addresses refused",
                () -> host.docker("exec", "web", "/bin/cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra")
                        .startsWith("0"));
    }

    @Test
    void twoSegmentsGiveOneDefaultRouteAtEveryStart() {
        host.docker(
                "create",
                "--name",
                "both",
                "--net",
                "Access-Segment",
                "--ip",
                "192.168.52.222",
                IMAGE,
                "/bin/sleep",
                "600");
        host.docker("network", "connect", "--ip", "192.168.22.222", "Service-Segment", "both");
        for (int start = 0; start < 4; start++) {
            if (start == 0) {
                host.docker("start", "both");
            } else {
                host.docker("restart", "-t", "0", "both");
            }
            assertThat(routes("both").stream().map(route -> route.replaceFirst(" dev eth.*", "")))
                    .containsExactlyInAnyOrder(
                            "default via 192.168.22.1",
                            "172.16.52.0/24 via 192.168.52.1",
                            "192.168.22.0/24",
                            "192.168.52.0/24");
            assertThat(defaultRoutes6("both")).singleElement().asString().startsWith("default via 2001:db8:22::1 dev ");
            assertThat(host.clientReaches("192.168.22.222")).isTrue();
            host.docker("exec", "both", "/bin/ping", "-c", "1", "-W", "1", "172.16.52.1");
        }
    }

    @Test
    void theFirstSegmentOfTheHostFileHasTheDefaultRouteWhateverTheEngineChose() {
        // By name the engine takes Aside-Segment, which stands behind Service-Segment in the host file.
        host.docker("run", "-d", "--name", "box", "--net", "Aside-Segment", IMAGE, "/bin/sleep", "600");
        assertThat(defaultRoutes("box")).containsExactly("default via 192.168.62.1 dev eth0");
        host.docker("network", "connect", "Service-Segment", "box");
        host.await(
                "the default route through Service-Segment",
                () -> defaultRoutes("box").equals(List.of("default via 192.168.22.1 dev eth1")));
        host.docker("network", "disconnect", "Service-Segment", "box");
        host.await(
                "the default route through Aside-Segment",
                () -> defaultRoutes("box").equals(List.of("default via 192.168.62.1 dev eth0")));
        host.docker("network", "connect", "Service-Segment", "box");
        host.docker("network", "disconnect", "Aside-Segment", "box");
        host.await(
                "the default route through Service-Segment",
                () -> defaultRoutes("box").equals(List.of("default via 192.168.22.1 dev eth2")));
    }

    @Test
    void theUserChoosesTheDefaultRouteAndTheMac() {
        host.docker("create", "--name", "box", "--net", "Service-Segment", IMAGE, "/bin/sleep", "600");
        host.docker(
                "network",
                "connect",
                "--driver-opt",
                "onlink.default-route=true",
                "--driver-opt",
                "onlink.mac=02:00:5e:00:53:01",
                "Aside-Segment",
                "box");
        host.docker("start", "box");
        host.await(
                "the default route through Aside-Segment",
                () -> defaultRoutes("box").size() == 1
                        && defaultRoutes("box").getFirst().startsWith("default via 192.168.62.1 "));
        // That segment has no IPv6, so IPv6 goes out as it would without.
        host.await(
                "the IPv6 default route through Service-Segment",
                () -> defaultRoutes6("box").size() == 1
                        && defaultRoutes6("box").getFirst().startsWith("default via 2001:db8:22::1 "));
        assertThat(host.docker("exec", "box", "/bin/ip", "link")).contains("02:00:5e:00:53:01");
        assertThat(host.tryDocker(
                                "network",
                                "connect",
                                "--driver-opt",
                                "onlink.default-route=true",
                                "Access-Segment",
                                "box")
                        .output())
                .contains("segment Access-Segment has no default route");
    }

    @Test
    void thePriorityOfAGatewayDoesNotOverruleTheHostFile() {
        host.docker("create", "--name", "box", "--net", "Service-Segment", IMAGE, "/bin/sleep", "600");
        // Not "docker run --network name=…": there the command makes small letters of the name.
        HostProcesses.Result connected =
                host.tryDocker("network", "connect", "--gw-priority", "10", "Aside-Segment", "box");
        if (connected.exitCode() != 0) {
            assertThat(host.engineIsAtLeast(28)).as(connected.output()).isFalse();
            return;
        }
        host.docker("start", "box");
        host.await(
                "the default routes through Service-Segment",
                () -> Stream.concat(defaultRoutes("box").stream(), defaultRoutes6("box").stream())
                        .map(route -> route.replaceFirst(" dev eth.*", ""))
                        .toList()
                        .equals(List.of("default via 192.168.22.1", "default via 2001:db8:22::1")));
    }

    @Test
    void aNetworkMayHaveIpv6Alone() {
        HostProcesses.Result created = host.tryDocker(
                "network",
                "create",
                "-d",
                "onlink",
                "--ipam-driver",
                "onlink",
                "--ipv4=false",
                "--ipv6",
                "--subnet",
                "2001:db8:22::/64",
                "only6");
        // Engines before 28 do not have it.
        assertThat(created.exitCode() == 0).as(created.output()).isEqualTo(host.engineIsAtLeast(28));
        if (host.engineIsAtLeast(28)) {
            host.docker(
                    "run",
                    "-d",
                    "--name",
                    "box",
                    "--net",
                    "only6",
                    "--ip6",
                    "2001:db8:22::66",
                    IMAGE,
                    "/bin/sleep",
                    "600");
            assertThat(routes("box")).isEmpty();
            assertThat(defaultRoutes6("box")).containsExactly("default via 2001:db8:22::1 dev eth0");
            assertThat(host.clientReaches("2001:db8:22::66")).isTrue();
            host.docker("rm", "-f", "box");
            host.docker("network", "rm", "only6");
        }
    }

    @Test
    void refusalsReachTheTerminal() {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.230",
                IMAGE,
                "/bin/sleep",
                "600");
        assertThat(refused("192.168.22.217")).contains("192.168.22.217").contains("the host's own, on br0");
        assertThat(refused("192.168.22.1")).contains("a router's");
        host.await("the holder's name", () -> refused("192.168.22.230").contains("in use by container web"));
        assertThat(host.tryDocker(
                                "network",
                                "create",
                                "-d",
                                "onlink",
                                "--ipam-driver",
                                "onlink",
                                "--subnet",
                                "10.0.0.0/24",
                                "other")
                        .output())
                .contains("10.0.0.0/24 is not that of a segment")
                .contains("Service-Segment (192.168.22.0/24)");
    }

    @Test
    void anAddressThatMovedIsKnownAtOnce() {
        host.inRouter(
                "ip", "neigh", "replace", "192.168.22.231", "lladdr", "02:00:00:00:00:99", "dev", "r0", "nud", "stale");
        host.inRouter(
                "ip",
                "neigh",
                "replace",
                "2001:db8:22::231",
                "lladdr",
                "02:00:00:00:00:99",
                "dev",
                "r0",
                "nud",
                "stale");
        host.docker(
                "run",
                "-d",
                "--name",
                "moved",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.231",
                "--ip6",
                "2001:db8:22::231",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("the router's neighbours", () -> {
            String neighbours = host.inRouter("ip", "neigh", "show", "dev", "r0");
            return neighbours
                            .lines()
                            .filter(line -> line.contains("::231 ") || line.contains(".231 "))
                            .filter(line -> line.contains("02:42:c0:a8:16:e7"))
                            .count()
                    == 2;
        });
        assertThat(host.clientReaches("192.168.22.231")).isTrue();
        assertThat(host.clientReaches("2001:db8:22::231")).isTrue();
    }

    @Test
    void aRoutersAdvertisementsGiveAContainerNothing() throws IOException {
        host.inHost("sysctl", "-qw", "net.ipv6.conf.br0.accept_ra=0");
        host.addMachine("machine0");
        // Engines before 28 set the routes of a link that hears the LAN already, and give up the start at one that is
        // there.
        boolean startsFirst = !host.engineIsAtLeast(28);
        if (startsFirst) {
            startBox();
        }
        try (AdvertisingRouter router = host.advertise()) {
            host.await(
                    "what any other machine takes",
                    () -> host.inClient("ip", "addr", "show", "dev", "machine0").contains(AdvertisingRouter.NETWORK));
            if (!startsFirst) {
                startBox();
            }
            host.docker("network", "connect", "Access-Segment", "box");
            int sent = router.sent();
            host.await("more advertisements", () -> router.sent() > sent + 20);
            host.await(
                    "nothing of what is advertised",
                    () -> !host.docker("exec", "box", "/bin/ip", "addr").contains(AdvertisingRouter.NETWORK)
                            && !host.docker("exec", "box", "/bin/ip", "-6", "route")
                                    .contains(AdvertisingRouter.NETWORK)
                            && defaultRoutes6("box").equals(List.of("default via 2001:db8:22::1 dev eth0")));
        }
        host.inClient("ip", "link", "delete", "machine0");
    }

    private static void startBox() {
        host.docker(
                "run",
                "-d",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip6",
                "2001:db8:22::222",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await(
                "advertised addresses refused",
                () -> host.docker("exec", "box", "/bin/cat", "/proc/sys/net/ipv6/conf/eth0/accept_ra")
                        .startsWith("0"));
    }

    @Test
    void aNetworkOfTheEnginesOwnCutsNobodyOff() throws IOException {
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
                "192.168.22.222",
                "--ip6",
                "2001:db8:22::222",
                IMAGE,
                "/bin/sleep",
                "600");
        host.docker("network", "create", "--ipv6", "--subnet", "fd00:22::/64", "own");
        try {
            // From 27 on the engine's firewall drops IPv6 too, once there is such a network.
            assertThat(host.inHost("ip6tables", "-S", "FORWARD").contains("-P FORWARD DROP"))
                    .isEqualTo(host.engineIsAtLeast(27));
            assertThat(host.clientReaches("192.168.22.222")).isTrue();
            assertThat(host.clientReaches("2001:db8:22::222")).isTrue();
            host.stopEngine();
            host.startEngine();
            host.docker("start", "web");
            host.await("the container", () -> host.clientReaches("2001:db8:22::222"));
        } finally {
            host.docker("network", "rm", "own");
        }
    }

    @Test
    void whoDeletesTheGuardsTableOpensNothing() throws IOException {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.222",
                "--label",
                "onlink.allow=icmp",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("the label", () -> guard().contains("icmp type echo-request accept"));
        host.inHost("nft", "delete", "table", "bridge", "onlink");
        host.await("the guard's table", () -> guard().contains("icmp type echo-request accept"));
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
    }

    /** As after a disk that was restored: what runs is known to the engine alone. */
    @Test
    void containersThatTheAgentsLostStateKnewAreGuardedAgain() throws IOException {
        for (String address : List.of("192.168.22.222", "192.168.22.223")) {
            host.docker("run", "-d", "--net", "Service-Segment", "--ip", address, IMAGE, "/bin/sleep", "600");
        }
        host.stopAgent();
        Files.delete(host.stateFile());
        host.startAgent();
        host.await("both ports", () -> guard().contains(". 192.168.22.222") && guard().contains(". 192.168.22.223"));
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
        assertThat(host.clientReaches("192.168.22.223")).isTrue();
    }

    /** The endpoint is another after each start. */
    private String guardOfWhicheverLink() {
        return guard().replaceAll("onl[0-9a-f]{11}", "LINK").replaceAll("packets [0-9]+ bytes [0-9]+", "");
    }

    private String guard() {
        return host.inHost("nft", "list", "tables").contains("bridge onlink")
                ? host.inHost("nft", "list", "table", "bridge", "onlink")
                : "";
    }

    @Test
    void anAgentThatIsKilledIsNotMissedAndForgetsNothing() throws IOException {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.222",
                "--label",
                "onlink.companion.beside=sleep 4321",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("the companion", () -> companions("web") == 1);
        host.killAgent();
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
        host.startAgent();
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
        host.docker("run", "-d", "--name", "new", "--net", "Service-Segment", IMAGE, "/bin/sleep", "600");
        assertThat(routes("new")).contains(SERVICE_ROUTES);
        assertThat(refused("192.168.22.222")).contains("in use by");
        host.await("the companion found", () -> host.agentLog().contains("companion beside runs already"));
        assertThat(companions("web")).isEqualTo(1);
        host.docker("restart", "-t", "0", "web");
        host.await("the companion after a restart", () -> companions("web") == 1);

        host.stopAgent();
        assertThat(host.pluginSocketExists()).isFalse();
        host.startAgent();
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
    }

    @Test
    void aCompanionThatEndsIsStartedAgain() {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--net",
                "Service-Segment",
                "--label",
                "onlink.companion.beside=sleep 4321",
                "--label",
                "onlink.companion.wrong=no-such-command",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("the companion", () -> companions("web") == 1);
        String pid = host.docker("top", "web")
                .lines()
                .filter(EngineIT::isCompanion)
                .map(line -> line.strip().split("\\s+", 3)[1])
                .findFirst()
                .orElseThrow();
        host.inHost("kill", pid);
        host.await(
                "another one",
                () -> companions("web") == 1 && !host.docker("top", "web").contains(" " + pid + " "));
        host.await(
                "the wrong one's reason",
                () -> host.agentLog().contains("container web: companion wrong ended with exit code 127"));
    }

    @Test
    void aBridgeThatIsMadeAnewHasItsContainersAgain() {
        host.docker(
                "run",
                "-d",
                "--name",
                "box",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.200",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await("the container", () -> host.clientReaches("192.168.22.200"));
        host.inHost("ip", "link", "del", "br0");
        assertThat(host.clientReaches("192.168.22.200")).isFalse();
        host.makeServiceBridge();
        host.await("the container in the new bridge", () -> host.clientReaches("192.168.22.200"));
        // And a port that somebody took out, or set down.
        String port = host.containerPort("br0");
        host.inHost("ip", "link", "set", port, "nomaster");
        host.await("the port in its bridge", () -> host.clientReaches("192.168.22.200"));
        host.inHost("ip", "link", "set", port, "down");
        host.await("the port up", () -> host.clientReaches("192.168.22.200"));
    }

    @Test
    void anEngineThatIsRestartedBringsAllBack() throws IOException {
        host.docker(
                "run",
                "-d",
                "--name",
                "web",
                "--stop-signal",
                "KILL",
                "--restart",
                "always",
                "--net",
                "Service-Segment",
                "--ip",
                "192.168.22.222",
                IMAGE,
                "/bin/sleep",
                "600");
        String guardBefore = guardOfWhicheverLink();
        host.stopEngine();
        host.startEngine();
        host.await(
                "the container",
                () -> host.tryDocker("exec", "web", "/bin/ip", "route").exitCode() == 0);
        assertThat(routes("web")).contains(SERVICE_ROUTES);
        assertThat(host.clientReaches("192.168.22.222")).isTrue();
        assertThat(guardOfWhicheverLink()).contains("192.168.22.222").isEqualTo(guardBefore);
        assertThat(host.inHost("iptables", "-S", "DOCKER-USER").lines().filter(line -> line.contains("-i br0 -o br0")))
                .hasSize(1);
    }

    private static String refused(String address) {
        HostProcesses.Result result =
                host.tryDocker("run", "--rm", "--net", "Service-Segment", "--ip", address, IMAGE, "/bin/sleep", "0");
        assertThat(result.exitCode()).as(result.output()).isNotZero();
        return result.output();
    }

    private static long companions(String container) {
        return host.docker("top", container)
                .lines()
                .filter(EngineIT::isCompanion)
                .count();
    }

    private static boolean isCompanion(String line) {
        return line.strip().endsWith("sleep 4321") && !line.contains("eval");
    }

    private static List<String> routes(String container) {
        return host.docker("exec", container, "/bin/ip", "route")
                .lines()
                .map(line -> line.replaceFirst(" scope link.*", "").strip())
                .toList();
    }

    private static List<String> defaultRoutes(String container) {
        return routes(container).stream()
                .filter(route -> route.startsWith("default"))
                .toList();
    }

    private static List<String> defaultRoutes6(String container) {
        return host.ipIn(container, "-6", "route")
                .lines()
                .filter(line -> line.startsWith("default"))
                .map(line -> line.replaceFirst(" +(proto|metric) .*", "").strip())
                .toList();
    }
}
