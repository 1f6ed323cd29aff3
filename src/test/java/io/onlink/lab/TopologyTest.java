package io.onlink.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which machines, cables and addresses a host file's lab has. Golden, in {@code ip}'s words. */
class TopologyTest {
    private static final Path GOLDEN = Path.of("src/test/resources/io/onlink/lab");
    private static final Path SCENARIO = Path.of("examples/scenario.yaml");

    @Test
    void theScenario() throws IOException {
        assertGolden("scenario.txt", Topology.of(HostFile.read(SCENARIO), List.of(), false));
    }

    @Test
    void theScenarioBareWithMachines() throws IOException {
        List<Machine> machines = List.of(
                Machine.parse("database=Access-Segment:192.168.52.204"),
                Machine.parse("neighbour=Service-Segment:192.168.22.50,2001:470:fe36:face::50"));
        assertGolden("scenario-bare-machines.txt", Topology.of(HostFile.read(SCENARIO), machines, true));
    }

    @Test
    void oneLanWithoutRouterHasNoOutside() {
        Topology topology = of("addresses: [192.0.2.2/24]");
        assertThat(topology.members()).extracting(Member::name).containsExactly("host", "switch-Lan");
    }

    @Test
    void aRouterKnownByItsLinkLocalAddressAloneReachesTheLan() {
        Topology topology = of("""
                addresses: ["2001:db8:1::2/64"]
                    routes: [{ to: default, via: "fe80::1" }]""");
        assertThat(commands(topology, "router-Lan"))
                .contains(
                        "ip -6 addr add fe80::1/64 dev lan scope link",
                        "ip -6 route add 2001:db8:1::/64 dev lan proto static");
        assertThat(commands(topology, "client"))
                .contains("ip -6 route add 2001:db8:1::/64 via 2001:db8:ffff::101 dev eth0 proto static");
    }

    @Test
    void theSameFileGivesTheSameLab() {
        HostFile file = HostFile.read(SCENARIO);
        assertThat(Topology.of(file, List.of(), false)).isEqualTo(Topology.of(file, List.of(), false));
    }

    @Test
    void aMachineMustFitIn() {
        HostFile file = HostFile.read(SCENARIO);
        assertThatThrownBy(() -> of(file, "a=Nowhere:192.168.52.204"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'Nowhere'")
                .hasMessageContaining("Service-Segment, Access-Segment, eth2");
        assertThatThrownBy(() -> of(file, "a=Access-Segment:192.168.22.204"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("192.168.22.204 is in none of the networks of Access-Segment");
        assertThatThrownBy(() -> of(file, "a=Access-Segment:192.168.52.1"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("192.168.52.1");
        assertThatThrownBy(() -> of(file, "a=Access-Segment:192.168.52.9", "b=Access-Segment:192.168.52.9"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("--machine b");
        assertThatThrownBy(() -> of(file, "client=Access-Segment:192.168.52.9"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("client");
        assertThatThrownBy(() -> of(file, "Database=Access-Segment:192.168.52.204"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("NAME=SEGMENT:ADDRESS");
    }

    @Test
    void theOutsideIsNotToBeUsedByTheFile() {
        assertThatThrownBy(() -> of("addresses: [198.51.100.2/25]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("198.51.100.0/24");
    }

    private static Topology of(HostFile file, String... machines) {
        return Topology.of(file, List.of(machines).stream().map(Machine::parse).toList(), false);
    }

    private static Topology of(String keysOfSegment) {
        String segment = "version: 1\nsegments:\n  Lan:\n    bridge: br0\n    uplink: eth0\n";
        return of(HostFile.parse("host.yaml", segment + "    " + keysOfSegment + "\n"));
    }

    private static List<String> commands(Topology topology, String member) {
        return topology.members().stream()
                .filter(any -> any.name().equals(member))
                .flatMap(any -> any.after().stream())
                .map(Step::command)
                .toList();
    }

    private static void assertGolden(String name, Topology topology) throws IOException {
        Path golden = GOLDEN.resolve(name);
        String actual = print(topology);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(golden, actual);
        }
        assertThat(actual).isEqualTo(Files.readString(golden));
    }

    private static String print(Topology topology) {
        List<String> lines = new ArrayList<>();
        for (Member member : topology.members()) {
            lines.add("# " + member.name() + ": " + member.purpose());
            member.before().forEach(step -> lines.add(step.command()));
        }
        lines.add("");
        lines.add("# cables");
        for (Cable cable : topology.cables()) {
            lines.add("ip -n %s link add %s alias %s type veth peer name %s netns %s address %s"
                    .formatted(
                            cable.network(),
                            cable.port().name(),
                            cable.port().alias(),
                            cable.socket().name(),
                            cable.machine(),
                            cable.socket().mac()));
        }
        for (Member member : topology.members()) {
            lines.add("");
            lines.add("# " + member.name());
            member.after().forEach(step -> lines.add(step.command()));
        }
        return String.join("\n", lines) + "\n";
    }
}
