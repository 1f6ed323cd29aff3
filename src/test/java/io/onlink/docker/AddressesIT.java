package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which addresses a container has, and has again, on a real engine: it never says for whom it asks. */
class AddressesIT {
    private static final String IMAGE = "busybox:test";

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        host.removeContainers();
    }

    @Test
    void aPooledAddressIsKeptForTheContainersName() throws IOException {
        run("other");
        run("web");
        List<String> before = addresses("web");
        assertThat(before).hasSize(2);
        // Stopped, and so in question when somebody asks.
        host.docker("stop", "-t", "0", "other");

        host.docker("restart", "-t", "0", "web");
        assertThat(addresses("web")).as("after a restart").isEqualTo(before);
        host.docker("stop", "-t", "0", "web");
        run("third");
        assertThat(addresses("third")).as("of another").doesNotContainAnyElementsOf(before);
        host.docker("start", "web");
        assertThat(addresses("web")).as("after stop and start").isEqualTo(before);
        host.docker("rm", "-f", "web");
        run("web");
        assertThat(addresses("web")).as("made anew").isEqualTo(before);
        host.stopEngine();
        host.stopAgent();
        host.startAgent();
        host.startEngine();
        host.docker("start", "web");
        assertThat(addresses("web")).as("after engine and agent").isEqualTo(before);
        assertThat(host.onlink("leases"))
                .containsPattern("Service-Segment +%s +web +in use +pool +02:42:c0".formatted(before.getFirst()))
                .containsPattern(" other +kept +pool ");
        host.docker("rm", "-f", "other");
        host.await("told as removed", () -> host.onlink("leases").matches("(?s).* other +removed +pool .*"));
        assertThat(host.onlink("leases", "--json")).contains("\"container\" : \"web\"");
    }

    @Test
    void thePooledIpv6AddressBesideAFixedIpv4AddressIsKept() throws IOException {
        List<String> names = List.of("one", "two", "three", "four");
        for (String name : names) {
            host.docker(
                    "create",
                    "--name",
                    name,
                    "--restart",
                    "always",
                    "--stop-signal",
                    "KILL",
                    "--net",
                    "Service-Segment",
                    "--ip",
                    "192.168.22.10" + names.indexOf(name),
                    IMAGE,
                    "/bin/sleep",
                    "600");
            host.docker("start", name);
        }
        List<List<String>> before = names.stream().map(AddressesIT::addresses).toList();
        // All at once.
        host.docker("restart", "-t", "0", "one", "two", "three", "four");
        assertThat(names.stream().map(AddressesIT::addresses).toList()).isEqualTo(before);
        host.stopEngine();
        host.startEngine();
        host.await("all", () -> host.docker("ps", "-q").lines().count() == 4);
        assertThat(names.stream().map(AddressesIT::addresses).toList()).isEqualTo(before);
        host.docker("rename", "one", "renamed");
        host.docker("restart", "-t", "0", "renamed");
        assertThat(addresses("renamed")).isEqualTo(before.getFirst());
    }

    @Test
    void whatNoContainerCanHaveIsRefusedOnTheTerminal() {
        assertThat(refused("--ip", "192.168.22.217")).contains("192.168.22.217", "the host's own, on br0");
        assertThat(refused("--ip6", "2001:db8:22::217")).contains("2001:db8:22::217", "the host's own, on br0");
        assertThat(refused("--ip", "192.168.22.1")).contains("192.168.22.1", "a router's");
        assertThat(refused("--ip6", "2001:db8:22::1")).contains("2001:db8:22::1", "a router's");
        for (String networks : List.of("192.168.22.0", "192.168.22.255")) {
            assertThat(refused("--ip", networks))
                    .contains(networks + " on segment Service-Segment cannot be a container's");
        }
        assertThat(refused("--ip6", "2001:db8:22::"))
                .contains("2001:db8:22:: on segment Service-Segment cannot be a container's");
        // The engine's own word: it does not ask for what is on no subnet of the network.
        String onNoSubnet = host.engineIsAtLeast(26) ? "no configured subnet or ip-range contain" : "belong";
        assertThat(refused("--ip", "10.1.2.3")).contains("10.1.2.3").containsIgnoringCase(onNoSubnet);
        assertThat(refused("--ip6", "2001:db8:99::5"))
                .contains("2001:db8:99::5")
                .containsIgnoringCase(onNoSubnet);
        run("web", "--ip", "192.168.22.230", "--ip6", "2001:db8:22::230");
        assertThat(refused("--ip", "192.168.22.230"))
                .containsPattern("192.168.22.230 on segment Service-Segment is in use by (container web|endpoint )")
                .contains("choose another address, or stop that first");
        assertThat(refused("--ip6", "2001:db8:22::230"))
                .contains("2001:db8:22::230 on segment Service-Segment is in use by ");
        assertThat(host.docker("ps", "-aq", "--filter", "name=refused")).isEmpty();
    }

    @Test
    void aPoolThatIsFullIsSaidToBe() {
        host.docker(
                "network",
                "create",
                "-d",
                "onlink",
                "--ipam-driver",
                "onlink",
                "-o",
                "onlink.segment=Aside-Segment",
                "--subnet",
                "192.168.62.0/24",
                "--ip-range",
                "192.168.62.64/31",
                "--aux-address",
                "printer=192.168.62.67",
                "small");
        try {
            assertThat(refusedOn("small", "--ip", "192.168.62.67"))
                    .contains("192.168.62.67 on segment Aside-Segment is in use by an --aux-address of");
            for (String name : List.of("one", "two")) {
                host.docker("run", "-d", "--name", name, "--net", "small", IMAGE, "/bin/sleep", "600");
            }
            assertThat(refusedOn("small"))
                    .contains(
                            "the pool of segment Aside-Segment (192.168.62.64-192.168.62.65) is full",
                            "give the container an address by --ip",
                            "'onlink leases' lists them",
                            "enlarge containers.pool in the host file");
            // Which is what the message says.
            host.docker("run", "--rm", "--net", "small", "--ip", "192.168.62.66", IMAGE, "/bin/sleep", "0");
            host.docker("rm", "-f", "one");
            host.docker("run", "--rm", "--net", "small", IMAGE, "/bin/sleep", "0");
        } finally {
            host.tryDocker("rm", "-f", "one", "two");
            host.docker("network", "rm", "small");
        }
    }

    /** An engine of 20.10 asks for ever for a pool that it did not name. */
    @Test
    void aNetworkWithoutItsSubnetIsRefusedOnTheTerminal() {
        assertThat(refusedNetwork("--ipam-opt", "onlink.segment=Service-Segment"))
                .contains("segment Service-Segment has to name its IPv4 network: add --subnet 192.168.22.0/24");
    }

    @Test
    void slipsOfThePenAreSaid() {
        assertThat(refusedNetwork("--subnet", "192.168.22.0/24", "-o", "onlink.segmnt=Service-Segment"))
                .contains("onlink.segmnt: there is no such option", "may have onlink.segment");
        assertThat(refusedNetwork("--subnet", "192.168.22.0/24", "--ipam-opt", "onlink.segmnt=Service-Segment"))
                .contains("onlink.segmnt: there is no such option", "may have onlink.segment");
        assertThat(refusedNetwork("--subnet", "192.168.22.0/24", "--internal"))
                .contains("--internal: a segment is a LAN");
        host.docker(
                "run",
                "-d",
                "--name",
                "slip",
                "--label",
                "onlink.alow=tcp/443",
                "--net",
                "Aside-Segment",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await(
                "a warning",
                () -> host.agentLog()
                        .contains("container slip has a label that there is not, and it has no effect: onlink.alow;"));
        host.docker(
                "run",
                "-d",
                "--name",
                "sidecar",
                "--label",
                "onlink.allow=tcp/443",
                "--network",
                "container:slip",
                IMAGE,
                "/bin/sleep",
                "600");
        host.await(
                "a warning",
                () -> host.agentLog()
                        .contains("container sidecar has the label onlink.allow and no network of its own"));
        assertThat(host.agentLog()).doesNotContain("container slip has the label onlink.allow");
        assertThat(host.tryDocker(
                                "network", "connect", "--driver-opt", "onlink.alow=tcp/443", "Service-Segment", "slip")
                        .output())
                .contains("onlink.alow: there is no such option", "onlink.allow, onlink.default-route, onlink.mac");
        String bridge =
                host.inHost("ip", "-o", "link", "show", "br0").replaceFirst("(?s).* link/ether (\\S+) .*", "$1");
        assertThat(host.tryDocker(
                                "network", "connect", "--driver-opt", "onlink.mac=" + bridge, "Service-Segment", "slip")
                        .output())
                .contains("MAC address %s is the host's own, on ".formatted(bridge));
    }

    @Test
    void aStateThatWasRemovedIsWrittenAnew() throws IOException {
        run("web");
        host.await("its name", () -> host.onlink("leases").contains(" web "));
        String leases = host.onlink("leases");
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.delete(Path.of(host.stateFile() + suffix));
        }
        host.await("the state", () -> host.onlink("leases").equals(leases));
        assertThat(host.agentLog()).contains("somebody removed the agent's state");
        host.killAgent();
        host.startAgent();
        assertThat(host.onlink("leases")).isEqualTo(leases);
    }

    private static String refusedNetwork(String... options) {
        HostProcesses.Result result = host.tryDocker(Stream.of(
                        Stream.of("network", "create", "-d", "onlink", "--ipam-driver", "onlink"),
                        Stream.of(options),
                        Stream.of("refused"))
                .flatMap(part -> part)
                .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.output()).isNotZero();
        assertThat(host.docker("network", "ls", "-q", "--filter", "name=refused"))
                .isEmpty();
        return result.output();
    }

    private static String refused(String... options) {
        return refusedOn("Service-Segment", options);
    }

    private static String refusedOn(String network, String... options) {
        HostProcesses.Result result = host.tryDocker(Stream.of(
                        Stream.of("run", "--rm", "--name", "refused", "--net", network),
                        Stream.of(options),
                        Stream.of(IMAGE, "/bin/sleep", "0"))
                .flatMap(part -> part)
                .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.output()).isNotZero();
        host.tryDocker("rm", "-f", "refused");
        return result.output();
    }

    private static void run(String name, String... options) {
        host.docker(Stream.of(
                        Stream.of("run", "-d", "--name", name, "--net", "Service-Segment"),
                        Stream.of(options),
                        Stream.of(IMAGE, "/bin/sleep", "600"))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    private static List<String> addresses(String container) {
        return List.of(host.docker(
                        "inspect",
                        "-f",
                        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}",
                        container)
                .strip()
                .split(" ", -1));
    }
}
