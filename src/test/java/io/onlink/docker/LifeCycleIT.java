package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.attach.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The life of an endpoint, event by event. A container with fixed addresses on two segments and {@code --restart always} is
 * to be whole after each, with no hand laid on it, while the client behind the router asks it all the time; another one, whose
 * addresses come from the pool, is to have them again. What the client heard is written to {@code target/life-cycle-ENGINE.md}:
 * told, not asserted, but for events that a running container is not to notice.
 */
class LifeCycleIT {
    private static final String IMAGE = "busybox:test";
    private static final String WEB = "web";
    private static final String POOLED = "pooled";
    private static final String WEB_IPV4 = "192.168.22.222";
    private static final String WEB_IPV6 = "2001:db8:22::222:5";

    /** A quarter of a minute for each call that the engine makes in vain. */
    private static final String SLOW = "takes minutes, so only where an engine was asked for: ./verify --engines";

    private static final String HOST_IPV4 = "192.168.22.217";

    private static final List<String> REPORT = new ArrayList<>();

    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterAll
    static void stop() throws IOException {
        if (host == null) {
            return;
        }
        REPORT.addFirst("| --- | --- | --- | --- | --- |");
        REPORT.addFirst("| event | IPv4: requests lost, longest silence | IPv6 | pooled addresses | left over |");
        Files.write(Path.of("target", "life-cycle-%s.md".formatted(host.engineVersion())), REPORT);
        host.close();
    }

    @BeforeEach
    void startContainer() {
        host.docker(
                "create",
                "--name",
                WEB,
                "--restart",
                "always",
                // As process 1 it ignores TERM, and an engine that stops would wait ten seconds for it.
                "--stop-signal",
                "KILL",
                "--net",
                "Access-Segment",
                "--ip",
                "192.168.52.222",
                "--ip6",
                "2001:db8:52::222:5",
                IMAGE,
                "/bin/sleep",
                "6000");
        host.docker("network", "connect", "--ip", WEB_IPV4, "--ip6", WEB_IPV6, "Service-Segment", WEB);
        host.docker("start", WEB);
        host.docker(
                "run",
                "-d",
                "--name",
                POOLED,
                "--restart",
                "always",
                "--stop-signal",
                "KILL",
                "--net",
                "Service-Segment",
                IMAGE,
                "/bin/sleep",
                "6000");
        awaitWhole();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.revive();
        host.tryDocker("rm", "-f", WEB, POOLED);
        host.await("nothing left", () -> leaks(Set.of()).isEmpty());
    }

    @Test
    void removedAndRunAnew() throws IOException {
        during("rm, create, start under the same name", () -> {
            host.docker("rm", "-f", WEB, POOLED);
            assertThat(leaks(Set.of())).isEmpty();
            startContainer();
        });
    }

    @Test
    void stopAndStart() throws IOException {
        during("stop, start", () -> {
            host.docker("stop", "-t", "0", WEB, POOLED);
            assertThat(leaks(Set.of())).isEmpty();
            host.docker("start", WEB);
            host.docker("start", POOLED);
        });
    }

    @Test
    void restart() throws IOException {
        during("restart", () -> {
            host.docker("restart", "-t", "0", WEB);
            host.docker("restart", "-t", "0", POOLED);
        });
    }

    @Test
    void theProcessIsKilled() throws IOException {
        during("process killed, --restart always", () -> {
            for (String container : List.of(WEB, POOLED)) {
                String before = startedAt(container);
                host.inHost(
                        "kill",
                        "-9",
                        host.docker("inspect", "-f", "{{.State.Pid}}", container)
                                .strip());
                host.await("another start", () -> !startedAt(container).equals(before) && isRunning(container));
            }
        });
    }

    @Test
    void theSegmentOfTheDefaultRouteIsDisconnected() throws IOException {
        during("disconnect, connect the default route's segment", () -> {
            host.docker("network", "disconnect", "Service-Segment", POOLED);
            host.docker("network", "connect", "Service-Segment", POOLED);
            host.docker("network", "disconnect", "Service-Segment", WEB);
            host.await("no default route", () -> inside().defaultRoutes().isEmpty());
            host.docker("network", "connect", "--ip", WEB_IPV4, "--ip6", WEB_IPV6, "Service-Segment", WEB);
        });
    }

    @Test
    void anotherSegmentIsDisconnected() throws IOException {
        during("disconnect, connect another segment", () -> {
            host.docker("network", "disconnect", "Access-Segment", WEB);
            host.docker(
                    "network",
                    "connect",
                    "--ip",
                    "192.168.52.222",
                    "--ip6",
                    "2001:db8:52::222:5",
                    "Access-Segment",
                    WEB);
        });
    }

    @Test
    void theEngineIsRestarted() throws IOException {
        whileAllStart("engine restarted", () -> {
            host.stopEngine();
            host.startEngine();
        });
    }

    @Test
    void theEngineIsKilled() throws IOException {
        whileAllStart("engine killed (SIGKILL)", () -> {
            host.killEngine();
            host.startEngine();
        });
    }

    @Test
    void theEngineLeavesContainersAlive() throws IOException {
        host.stopEngine();
        host.startEngine("--live-restore");
        awaitWhole();
        String before = startedAt(WEB);
        unnoticed("engine restarted, live-restore", () -> {
            host.stopEngine();
            host.startEngine("--live-restore");
        });
        unnoticed("engine killed (SIGKILL), live-restore", () -> {
            host.killEngine();
            host.startEngine("--live-restore");
        });
        assertThat(startedAt(WEB)).isEqualTo(before);
        during("restart after both", () -> host.docker("restart", "-t", "0", WEB));
        host.stopEngine();
        host.startEngine();
    }

    @Test
    void theAgentIsRestarted() throws IOException {
        unnoticed("agent restarted", () -> {
            host.stopAgent();
            host.startAgent();
        });
    }

    @Test
    void theAgentIsKilled() throws IOException {
        unnoticed("agent killed (SIGKILL)", () -> {
            host.killAgent();
            host.startAgent();
        });
    }

    @Test
    void theAgentAnswersLate() throws IOException {
        during("restart while the agent is suspended for 5 s", () -> {
            host.suspendAgent();
            Thread waking = Thread.ofPlatform().start(() -> {
                pause(5);
                host.continueAgent();
            });
            host.docker("restart", "-t", "0", WEB);
            waking.join();
        });
    }

    @Test
    void bothAreRestarted() throws IOException {
        whileAllStart("engine and agent restarted", () -> {
            host.stopEngine();
            host.stopAgent();
            host.startAgent();
            host.startEngine();
        });
    }

    @Test
    void bothAreKilledAndTheEngineIsBackFirst() throws IOException {
        whileAllStart("engine and agent killed, engine back first", () -> {
            host.killAgent();
            host.killEngine();
            int before = host.engineLog().length();
            host.launchEngine();
            host.await(
                    "the engine to miss the plugin",
                    () -> host.engineLog().substring(before).contains("Unable to connect to plugin"));
            host.startAgent();
            host.awaitEngine();
        });
    }

    @Test
    @EnabledIfSystemProperty(named = "onlink.engine", matches = ".+", disabledReason = SLOW)
    void theEngineGaveUpOnTheAgent() throws IOException {
        whileAllStart("engine and agent killed, agent back after the engine gave up", () -> {
            host.killAgent();
            host.killEngine();
            host.startEngine();
            host.await(
                    "the engine to give up",
                    () -> host.docker("inspect", "-f", "{{.State.Error}}", WEB).contains("onlink"));
            assertThat(isRunning(WEB)).isFalse();
            host.startAgent();
        });
    }

    @Test
    void theVethIsDeleted() throws IOException {
        during("veth deleted on the host", () -> {
            for (String port :
                    Stream.concat(ports("br0").stream(), ports("br1").stream()).toList()) {
                host.inHost("ip", "link", "delete", port);
            }
        });
        // The engine finds it where it looks for its own.
        host.docker("network", "disconnect", "Access-Segment", WEB);
        host.docker(
                "network", "connect", "--ip", "192.168.52.222", "--ip6", "2001:db8:52::222:5", "Access-Segment", WEB);
        awaitWhole();
    }

    @Test
    void theVethIsRenamed() throws IOException {
        during("veth renamed on the host", () -> {
            for (String port : ports("br0")) {
                String other = "bar" + port.substring(port.length() - 4);
                host.inHost("ip", "link", "set", port, "down");
                host.inHost("ip", "link", "set", port, "name", other);
                host.inHost("ip", "link", "set", other, "up");
            }
            host.await("their own names", () -> ports("br0").size() == 2);
        });
        assertThat(host.agentLog()).contains("is called bar", "so nothing guards it");
    }

    @Test
    void theVethIsDeletedWhileTheAgentIsAway() throws IOException {
        during("veth deleted while the agent was away", () -> {
            host.killAgent();
            for (String port : ports("br0")) {
                host.inHost("ip", "link", "delete", port);
            }
            host.startAgent();
        });
    }

    @Test
    @EnabledIfSystemProperty(named = "onlink.engine", matches = ".+", disabledReason = SLOW)
    void theNetworkIsRemovedWhileTheAgentIsAway() throws IOException {
        unnoticed("another network removed while the agent was away", () -> {
            host.killAgent();
            host.tryDocker("network", "rm", "Aside-Segment");
            host.startAgent();
        });
        host.await(
                "the network",
                () -> host.docker("network", "ls", "--format", "{{.Name}}").contains("Aside-Segment"));
        host.docker("run", "--rm", "--net", "Aside-Segment", IMAGE, "/bin/sleep", "0");
    }

    @Test
    @EnabledIfSystemProperty(named = "onlink.engine", matches = ".+", disabledReason = SLOW)
    void theContainerIsRemovedWhileTheAgentIsAway() throws IOException {
        host.killAgent();
        host.docker("rm", "-f", WEB, POOLED);
        host.startAgent();
        host.await("nothing left", () -> leaks(Set.of()).isEmpty());
    }

    @FunctionalInterface
    private interface Event {
        void happen() throws IOException, InterruptedException;
    }

    /** The container is whole afterwards, and the pooled one has its addresses again. */
    private static void during(String event, Event happening) throws IOException {
        Set<String> before = pooledAddresses();
        observed(event, happening);
        assertThat(pooledAddresses()).as(event).isEqualTo(before);
    }

    /** Of several that start at once it is not certain who asks for a pooled address: it may be a fresh one. */
    private static void whileAllStart(String event, Event happening) throws IOException {
        observed(event, happening);
    }

    /** And nobody who speaks with it notices: what is lost on the way, as where others use the machine up, the host loses too. */
    private static void unnoticed(String event, Event happening) throws IOException {
        OutsideClient control = host.ask(HOST_IPV4);
        Set<String> before = pooledAddresses();
        List<OutsideClient.Heard> heard;
        int lostAnyhow;
        try {
            heard = observed(event, happening);
        } finally {
            lostAnyhow = control.stop().lost();
        }
        assertThat(pooledAddresses()).as(event).isEqualTo(before);
        for (OutsideClient.Heard one : heard) {
            assertThat(one.replies()).as(event).isPositive();
            assertThat(one.lost()).as("requests lost: %s, %s", event, one).isLessThanOrEqualTo(lostAnyhow);
        }
    }

    private static List<OutsideClient.Heard> observed(String event, Event happening) throws IOException {
        Set<String> before = pooledAddresses();
        OutsideClient ipv4 = host.ask(WEB_IPV4);
        OutsideClient ipv6 = host.ask(WEB_IPV6);
        List<OutsideClient.Heard> heard;
        try {
            happening.happen();
            awaitWhole();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        } finally {
            heard = List.of(ipv4.stop(), ipv6.stop());
        }
        REPORT.add("| %s | %s | %s | nothing |"
                .formatted(
                        event,
                        heard.stream()
                                .map(what -> String.format(Locale.ROOT, "%d, %.1f s", what.lost(), what.silence()))
                                .collect(Collectors.joining(" | ")),
                        pooledAddresses().equals(before) ? "the same" : "fresh"));
        return heard;
    }

    private static void awaitWhole() {
        List<String> problems = new ArrayList<>();
        try {
            host.await("a whole container", () -> {
                problems.clear();
                problems.addAll(problems());
                return problems.isEmpty();
            });
        } catch (AssertionError late) {
            throw new AssertionError(String.join("\n", problems), late);
        }
    }

    private static List<String> problems() {
        if (!isRunning(WEB) || !isRunning(POOLED)) {
            return List.of("not both run");
        }
        Inside inside = inside();
        List<String> problems = new ArrayList<>(inside.problems());
        Set<String> all = new TreeSet<>(Set.of(WEB_IPV4, WEB_IPV6, "192.168.52.222", "2001:db8:52::222:5"));
        all.addAll(pooledAddresses());
        problems.addAll(leaks(all));
        all.removeIf(address -> address.contains(".52.") || address.contains(":52:"));
        for (String address : all) {
            if (!host.clientReaches(address)) {
                problems.add("the client does not reach " + address);
            }
        }
        if (host.docker("network", "ls").contains("docker_gwbridge")) {
            problems.add("docker_gwbridge");
        }
        return problems;
    }

    /** What is on the host and in the agent's state beside, or instead of, what belongs to these addresses. */
    private static List<String> leaks(Set<String> addresses) {
        List<String> leaks = new ArrayList<>();
        Set<String> links = new TreeSet<>(host.inHost("ip", "-o", "link", "show", "type", "veth")
                .lines()
                .map(line -> line.replaceFirst("^\\d+: ", "").replaceFirst("[@:].*", ""))
                .filter(name -> name.startsWith("onl") || name.startsWith("onp"))
                .toList());
        try (Store store = Store.open(host.stateFile(), InstantSource.system())) {
            Set<String> wanted =
                    store.endpoints().stream().map(Endpoint::hostLink).collect(Collectors.toCollection(TreeSet::new));
            if (!links.equals(wanted)) {
                leaks.add("links %s for endpoints %s".formatted(links, wanted));
            }
            Set<String> held = store.endpoints().stream()
                    .flatMap(Endpoint::addresses)
                    .map(address -> address.ip().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> leased = store.leases().stream()
                    .map(lease -> lease.address().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!held.equals(addresses) || !leased.equals(addresses)) {
                leaks.add("endpoints have %s, leases are of %s, and should be %s".formatted(held, leased, addresses));
            }
        }
        return leaks;
    }

    private static Inside inside() {
        return Inside.parse(
                host.tryDocker(
                                "exec",
                                WEB,
                                "/bin/sh",
                                "-c",
                                "ip -o addr; ip -o link; echo =; ip route; echo =; cat /proc/sys/net/ipv6/conf/eth*/accept_ra")
                        .output(),
                host.ipIn(WEB, "-6", "route"));
    }

    /** As the engine has them. */
    private static Set<String> pooledAddresses() {
        return new TreeSet<>(List.of(host.docker(
                        "inspect",
                        "-f",
                        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}",
                        POOLED)
                .strip()
                .split(" ", -1)));
    }

    /** The host sides of the containers on a bridge. */
    private static List<String> ports(String bridge) {
        return host.inHost("ip", "-o", "link", "show", "master", bridge)
                .lines()
                .filter(line -> line.contains(": onl"))
                .map(line -> line.replaceFirst("^\\d+: ", "").replaceFirst("@.*", ""))
                .toList();
    }

    private static boolean isRunning(String container) {
        return host.tryDocker("inspect", "-f", "{{.State.Running}}", container)
                .output()
                .strip()
                .equals("true");
    }

    private static String startedAt(String container) {
        return host.docker("inspect", "-f", "{{.State.StartedAt}}", container).strip();
    }

    private static void pause(int seconds) {
        try {
            Thread.sleep(seconds * 1000L);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** The network as the container sees it. */
    private record Inside(
            String addresses, List<String> routes, List<String> routes6, List<String> acceptAdvertisements) {
        static Inside parse(String text, String routes6) {
            List<String> parts = List.of(text.split("=\n", -1));
            return parts.size() < 3
                    ? new Inside(text, List.of(), List.of(), List.of())
                    : new Inside(
                            parts.get(0),
                            parts.get(1).lines().toList(),
                            routes6.lines().toList(),
                            parts.get(2).lines().toList());
        }

        List<String> defaultRoutes() {
            return Stream.concat(routes.stream(), routes6.stream())
                    .filter(route -> route.startsWith("default"))
                    .map(route -> route.replaceFirst(" +(proto|metric) .*", "").strip())
                    .toList();
        }

        List<String> problems() {
            List<String> problems = new ArrayList<>();
            Set<String> global = addresses
                    .lines()
                    .filter(line -> line.contains(" inet"))
                    .map(line -> line.strip().split(" +", -1)[3])
                    .filter(address ->
                            !address.startsWith("127.") && !address.startsWith("fe80") && !address.equals("::1/128"))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!global.equals(Set.of(
                    "192.168.22.222/24", "192.168.52.222/24", "2001:db8:22::222:5/64", "2001:db8:52::222:5/64"))) {
                problems.add("addresses " + global);
            }
            for (String mac : List.of("02:42:c0:a8:16:de", "02:42:c0:a8:34:de")) {
                if (!addresses.contains(mac)) {
                    problems.add("no MAC address " + mac);
                }
            }
            String service = addresses
                    .lines()
                    .filter(line -> line.contains(" 192.168.22.222/24 "))
                    .map(line -> line.strip().split(":? +", -1)[1])
                    .findFirst()
                    .orElse("?");
            if (!defaultRoutes()
                    .equals(List.of(
                            "default via 192.168.22.1 dev " + service, "default via 2001:db8:22::1 dev " + service))) {
                problems.add("default routes " + defaultRoutes());
            }
            if (routes.stream().noneMatch(route -> route.startsWith("172.16.52.0/24 via 192.168.52.1 "))) {
                problems.add("no route to 172.16.52.0/24: " + routes);
            }
            if (!acceptAdvertisements.equals(List.of("0", "0"))) {
                problems.add("accept_ra " + acceptAdvertisements);
            }
            return problems;
        }
    }
}
