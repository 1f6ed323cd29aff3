package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.hostfile.HostFile;
import io.onlink.lab.Lab;
import io.onlink.lab.LabState;
import io.onlink.lab.Topology;
import io.onlink.libc.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The scenario's file, applied and taken down by the program in a lab, with {@code ip -j} as the witness. Needs root. */
class HostFileIT {
    private static final Path FILE = Path.of("examples/scenario.yaml");
    private static final Path WRONG_FILES =
            Path.of("src/test/resources/golden/hostfile").toAbsolutePath();
    private static final String IPV4 = "192.168.22.217";
    private static final String IPV6 = "2001:470:fe36:face::217:1";
    private static final int PORT = 7777;

    /** There is nothing to do. */
    private static final int SAME = 0;

    private static final int CHANGES = 2;
    private static final int WRONG = 3;

    private final Lab lab = Lab.named("hostfile-" + ProcessHandle.current().pid());
    private LabState state;

    @BeforeEach
    void aLab() {
        state = lab.up(FILE, Topology.of(HostFile.read(FILE), List.of(), false));
    }

    @AfterEach
    void close() {
        lab.down();
    }

    @Test
    void theScenarioIsMadeTrueAndTakenBack() throws IOException {
        Map<String, List<String>> before = witness();
        String mac = link("eth0").get("address").asString();
        try (Connection ipv4 = connect(IPV4);
                Connection ipv6 = connect(IPV6)) {
            assertThat(onlink("plan", "--skip-unsupported").exitCode()).isEqualTo(CHANGES);
            assertThat(witness()).isEqualTo(before);

            Result applied = onlink("apply", "--yes", "--skip-unsupported");
            assertThat(applied.exitCode()).as(applied.output()).isZero();
            assertThat(applied.output()).doesNotContain("\u001b");
            assertThat(addresses("br0")).containsExactlyInAnyOrder(IPV4 + "/24", IPV6 + "/64");
            assertThat(addresses("eth0")).isEmpty();
            assertThat(inHost("cat", "/proc/sys/net/ipv6/conf/eth0/disable_ipv6"))
                    .isEqualTo("1\n");
            assertThat(link("br0").get("address").asString()).isEqualTo(mac);
            assertThat(link("eth0").get("address").asString()).isEqualTo(mac);
            assertThat(link("eth0").get("master").asString()).isEqualTo("br0");
            for (String family : List.of("-4", "-6")) {
                assertThat(json(family + " route show default"))
                        .isNotEmpty()
                        .allSatisfy(
                                route -> assertThat(route.get("dev").asString()).isEqualTo("br0"));
                assertThat(json(family + " route show dev eth0")).isEmpty();
            }
            Result again = onlink("plan", "--skip-unsupported");
            assertThat(again.exitCode()).as(again.output()).isEqualTo(SAME);
            assertThat(onlink("status").output()).contains("No drift");
            assertReached();
            ipv4.exchange("after apply");
            ipv6.exchange("after apply");

            inHost("mv", "/var/lib/onlink/found.json", "/var/lib/onlink/aside");
            Result forgetful = onlink("down", "--yes");
            assertThat(forgetful.exitCode()).as(forgetful.output()).isEqualTo(WRONG);
            assertThat(forgetful.output()).contains("found.json is gone", "nothing was changed");
            inHost("mv", "/var/lib/onlink/aside", "/var/lib/onlink/found.json");

            Result down = onlink("down", "--yes");
            assertThat(down.exitCode()).as(down.output()).isZero();
            assertThat(witness()).isEqualTo(before);
            assertReached();
            ipv4.exchange("after down");
            ipv6.exchange("after down");
            assertThat(onlink("down", "--yes").output()).contains("as it was found");
        }
    }

    @Test
    void aWrongFileLeavesTheHostAlone() throws IOException {
        Map<String, List<String>> before = witness();
        List<String> wrong = List.of(
                "unknown-keys",
                "wrong-types",
                "addresses",
                "addresses-twice",
                "vrfs",
                "uplinks",
                "routes",
                "names-used-twice",
                "missing-keys",
                "not-yaml");
        for (String name : wrong) {
            String file = WRONG_FILES.resolve(name).resolve("host.yaml").toString();
            Result result = onlink("apply", "--yes", "--skip-unsupported", "-f", file);
            assertThat(result.exitCode()).as(name + "\n" + result.output()).isEqualTo(WRONG);
            assertThat(result.output()).as(name).containsPattern("host\\.yaml:\\d+:\\d+: ");
        }
        // Right by itself, and wrong for this host.
        Path elsewhere = Files.createTempFile("host", ".yaml");
        Files.writeString(elsewhere, Files.readString(FILE).replace("eth1", "eth9"));
        Result result = onlink("apply", "--yes", "--skip-unsupported", "-f", elsewhere.toString());
        Files.delete(elsewhere);
        assertThat(result.exitCode()).as(result.output()).isEqualTo(WRONG);
        assertThat(result.output()).contains("no link eth9; it has eth0, eth1, eth2, lo");
        assertThat(witness()).isEqualTo(before);
        assertThat(inHost("ls", "/var/lib/onlink")).doesNotContain("found.json", "applied.yaml", "journal.json");
    }

    /** With nobody remembering from before where they are. */
    private void assertReached() throws IOException {
        for (LabState.MemberState member : state.members()) {
            run(lab.command(member.name(), Path.of("/"), List.of("ip", "neigh", "flush", "all")));
        }
        for (String address : List.of(IPV4, IPV6)) {
            assertThat(run(lab.command("client", Path.of("/"), List.of("ping", "-c1", "-W5", address)))
                            .output())
                    .contains("1 received");
        }
    }

    /** What a later run must find unchanged; link-local addresses come back in the kernel's own time. */
    private Map<String, List<String>> witness() throws IOException {
        Map<String, List<String>> seen = new TreeMap<>();
        for (String question :
                List.of("link", "addr", "-4 route show table all", "-6 route show table all", "-4 rule", "-6 rule")) {
            List<String> lines = new ArrayList<>();
            for (JsonNode node : json(question)) {
                // Addresses that come back were there a moment ago: without detection, which is told as a flag.
                node.path("addr_info").forEach(address -> ((ObjectNode) address).remove("nodad"));
                if (node.has("addr_info")) {
                    List<String> addresses = new ArrayList<>();
                    node.get("addr_info").forEach(address -> {
                        if (!isLinkLocal(address)) {
                            addresses.add(address.toString());
                        }
                    });
                    lines.add(node.get("ifname") + " " + addresses);
                } else if (!isLinkLocal(node)) {
                    lines.add(node.toString());
                }
            }
            seen.put(question, lines.stream().sorted().toList());
        }
        seen.put(
                "sysctl",
                inHost("sysctl", "-a", "--pattern", "^net.ipv[46].conf.(eth|all|default)")
                        .lines()
                        .toList());
        return seen;
    }

    private static boolean isLinkLocal(JsonNode node) {
        return node.toString().contains("\"fe80::");
    }

    private List<String> addresses(String link) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (JsonNode address : json("addr show dev " + link).get(0).get("addr_info")) {
            if (!isLinkLocal(address) || link.equals("eth0")) {
                addresses.add(address.get("local").asString() + "/"
                        + address.get("prefixlen").asInt());
            }
        }
        return addresses;
    }

    private JsonNode link(String name) throws IOException {
        return json("link show dev " + name).get(0);
    }

    private JsonNode json(String arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "-j"));
        command.addAll(List.of(arguments.split(" ")));
        String output = inHost(command.toArray(String[]::new));
        return JsonMapper.shared().readTree(output.isBlank() ? "[]" : output);
    }

    private String inHost(String... command) throws IOException {
        return run(lab.command("host", Path.of("/"), List.of(command))).output();
    }

    /** The program, with the host's file, as {@code /usr/bin/onlink} would run it. */
    private Result onlink(String... arguments) throws IOException {
        return run(lab.command("host", Path.of("/"), JavaCommand.of(JavaCommand.ONLINK, arguments)));
    }

    private record Result(int exitCode, String output) {}

    private static Result run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Result(process.waitFor(), output);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** From the client behind the router to the host. */
    private Connection connect(String address) throws IOException {
        InetAddress host = InetAddress.getByName(address);
        ServerSocket server = namespace("host").call(() -> new ServerSocket(PORT, 1, host));
        Socket client = namespace("client").call(() -> new Socket(host, PORT));
        return new Connection(server, client, server.accept());
    }

    private NetworkNamespace namespace(String memberName) {
        return state.members().stream()
                .filter(member -> member.name().equals(memberName))
                .map(member -> NetworkNamespace.named(member.namespace()))
                .findFirst()
                .orElseThrow();
    }

    /** A TCP connection that is made once and has to live on. */
    private record Connection(ServerSocket server, Socket client, Socket host) implements AutoCloseable {
        /** There and back. */
        void exchange(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            client.getOutputStream().write(bytes);
            assertThat(host.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
            host.getOutputStream().write(bytes);
            assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
        }

        @Override
        public void close() throws IOException {
            client.close();
            host.close();
            server.close();
        }
    }
}
