package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.lab.Lab;
import io.onlink.lab.LabState;
import io.onlink.lab.Topology;
import io.onlink.libc.NetworkNamespace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink rehearse} from the command line to the client behind the routers. Needs root. */
class RehearseIT {
    private static final Path SCENARIO = Path.of("examples/scenario.yaml");
    private static final Path VLANS = Path.of("examples/vlans.yaml");

    @TempDir
    private Path temporary;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void nothingIsLeft() {
        assertThat(leftOf(ProcessHandle.current().pid())).isEmpty();
    }

    @Test
    void theScenarioComesBack() {
        int exitCode = rehearse(SCENARIO.toString(), "--skip-unsupported");
        assertThat(out.toString())
                .contains(
                        "192.168.22.217 (Service-Segment)",
                        "2001:470:fe36:face::217:1 (Service-Segment)",
                        "192.168.52.217 (Access-Segment)",
                        "192.168.1.217 (eth2)",
                        "2001:470:fe36:cafe::217:1 (Access-Segment) not asked: no router of the lab leads there")
                .doesNotContain("FAILED")
                .endsWith("This host comes back.\n");
        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
        assertThat(out.toString().lines().filter(line -> line.matches("ok +[a-z]+.*")))
                .containsExactly(
                        "ok     apply", "ok     verify", "ok     reboot", "ok     boot", "ok     verify again");
    }

    @Test
    void aWrongRouterIsFoundOnTheLanOfToday() throws IOException {
        Path wrong = Files.writeString(
                temporary.resolve("wrong.yaml"),
                Files.readString(SCENARIO).replace("via: 192.168.22.1 ", "via: 192.168.22.9 "));
        int exitCode = rehearse(wrong.toString(), "--lan", SCENARIO.toString(), "--skip-unsupported", "--json");
        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isEqualTo(6);
        JsonNode report = JsonMapper.builder().build().readTree(out.toString());
        assertThat(report.get("comesBack").booleanValue()).isFalse();
        assertThat(report.get("verdict").stringValue())
                .contains("does not come back", "192.168.22.9")
                .doesNotContain("ip link add");
    }

    /** The host's own probes are answered: only who is behind the router sees that nothing comes back. */
    @Test
    void aRouteThatHidesTheClientIsFoundFromOutside() throws IOException {
        String router = "      - { to: default, via: 192.168.22.1 }\n";
        Path hiding = Files.writeString(
                temporary.resolve("hiding.yaml"),
                Files.readString(SCENARIO)
                        .replace(router, router + "      - { to: 198.51.100.0/25, via: 192.168.22.9 }\n"));
        assertThat(rehearse(hiding.toString(), "--lan", SCENARIO.toString(), "--skip-unsupported"))
                .isEqualTo(6);
        assertThat(out.toString())
                .contains(
                        "ok     apply",
                        "FAILED verify",
                        "FAILED 192.168.22.217 (Service-Segment) did not answer the client",
                        "ok     2001:470:fe36:face::217:1 (Service-Segment)")
                .contains("This host does not come back: verify: 192.168.22.217")
                .doesNotContain("reboot");
    }

    @Test
    void whatAnswersByItsOwnLanOnlyIsNotAsked() throws IOException {
        Path alone = Files.writeString(temporary.resolve("alone.yaml"), """
                version: 1
                segments:
                  Back-Yard: { bridge: br0, uplink: eth0, addresses: [10.9.0.2/24] }
                """);
        assertThat(rehearse(alone.toString())).isZero();
        assertThat(out.toString()).contains("not asked").contains("reaches none of its addresses");
    }

    @Test
    void whatCannotBeAppliedDoesNotComeBack() throws IOException {
        Path other = Files.writeString(
                temporary.resolve("other.yaml"), Files.readString(SCENARIO).replace("uplink: eth1", "uplink: eth7"));
        assertThat(rehearse(other.toString(), "--lan", SCENARIO.toString(), "--skip-unsupported"))
                .isEqualTo(6);
        assertThat(out.toString()).contains("FAILED apply", "this host has no link eth7");
    }

    @Test
    void whatTheLabCannotBeMadeOfIsLeftOut() {
        int exitCode = rehearse(VLANS.toString(), "--skip-unsupported");
        assertThat(out.toString())
                .contains("ok     192.168.22.217 (Service-Segment)")
                .doesNotContain("FAILED")
                .endsWith("This host comes back.\n");
        assertThat(out.toString().contains("left out: segment Access-Segment: this kernel cannot make VLANs"))
                .isNotEqualTo(hasVlans());
        assertThat(err.toString()).isEmpty();
        assertThat(exitCode).isZero();
    }

    @Test
    void aLabThatTakesVlansNamesThePlaceWhereTheKernelHasNone() {
        String name = "vlans-" + ProcessHandle.current().pid();
        try {
            int exitCode = onlink("lab", "up", "--name", name, VLANS.toString());
            if (hasVlans()) {
                assertThat(exitCode).isZero();
            } else {
                assertThat(err.toString())
                        .startsWith(
                                "onlink: " + VLANS + ":13:3: segments.Access-Segment: this kernel cannot make VLANs (")
                        .endsWith("otherwise leave the segment out of the file\n");
                assertThat(exitCode).isEqualTo(7);
            }
        } finally {
            Lab.named(name).down();
        }
    }

    private static boolean hasVlans() {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            return kernel.supportsLinkKind("vlan");
        }
    }

    @Test
    void aWrongFileIsRefusedBeforeAnythingIsMade() {
        assertThat(rehearse(temporary.resolve("missing.yaml").toString())).isEqualTo(3);
    }

    /** By SIGKILL, which leaves it no time to take its lab away. */
    @Test
    void theLabOfOneThatWasKilledIsTakenAwayByTheNextLab() throws IOException, InterruptedException {
        Process rehearsing = new ProcessBuilder(
                        JavaCommand.of(JavaCommand.ONLINK, "rehearse", SCENARIO.toString(), "--skip-unsupported"))
                .redirectErrorStream(true)
                .redirectOutput(temporary.resolve("output").toFile())
                .start();
        String name = "rehearse-" + rehearsing.pid();
        while (rehearsing.isAlive()
                && Lab.named(name).state().filter(LabState::complete).isEmpty()) {
            Thread.sleep(10);
        }
        String next = "rehearse-next-" + ProcessHandle.current().pid();
        makeAndTakeAway(next);
        assertThat(Lab.named(name).state()).as("that of a living one stays").isPresent();
        assertThat(rehearsing.destroyForcibly().waitFor()).isEqualTo(137);
        assertThat(Lab.named(name).state()).isPresent();
        makeAndTakeAway(next);
        assertThat(Lab.named(name).state()).isEmpty();
        assertThat(NetworkNamespace.named("onlink-" + name + "-host").exists()).isFalse();
    }

    private static void makeAndTakeAway(String name) {
        Lab lab = Lab.named(name);
        lab.up(SCENARIO, Topology.of(HostFile.read(SCENARIO), List.of(), false));
        lab.down();
    }

    /** As soon as this is said: while the lab is made, while the host is asked, while it boots. */
    @ParameterizedTest
    @ValueSource(strings = {"", "apply", "reboot"})
    void oneThatIsStoppedTakesItsLabAway(String said) throws IOException, InterruptedException {
        Path output = temporary.resolve("output");
        Process rehearsing = new ProcessBuilder(
                        JavaCommand.of(JavaCommand.ONLINK, "rehearse", SCENARIO.toString(), "--skip-unsupported"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        NetworkNamespace host = NetworkNamespace.named("onlink-rehearse-" + rehearsing.pid() + "-host");
        while (rehearsing.isAlive()
                && !(host.exists() && Files.readString(output).contains(said))) {
            Thread.sleep(10);
        }
        rehearsing.destroy();
        assertThat(rehearsing.waitFor()).isEqualTo(143);
        assertThat(Files.readString(output)).contains(said).doesNotContain("FAILED", "onlink:", "Exception", "verdict");
        assertThat(leftOf(rehearsing.pid())).isEmpty();
    }

    private int rehearse(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "rehearse";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return onlink(command);
    }

    private int onlink(String... command) {
        return Onlink.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(command);
    }

    private static List<String> leftOf(long pid) {
        String name = "rehearse-" + pid;
        return java.util.stream.Stream.concat(
                        Lab.list().stream().map(lab -> lab.name()).filter(name::equals),
                        java.util.stream.Stream.ofNullable(
                                        Path.of("/run/netns").toFile().list())
                                .flatMap(java.util.stream.Stream::of)
                                .filter(namespace -> namespace.startsWith("onlink-" + name + "-")))
                .toList();
    }
}
