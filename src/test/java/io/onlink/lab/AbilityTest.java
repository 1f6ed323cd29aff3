package io.onlink.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Kernels that lack kinds of links. */
class AbilityTest {
    private static final HostFile VLANS = HostFile.read(Path.of("examples/vlans.yaml"));
    private static final HostFile IPVLAN = HostFile.read(Path.of("examples/ipvlan.yaml"));
    private static final HostFile SCENARIO = HostFile.read(Path.of("examples/scenario.yaml"));

    private static Ability without(String kind) {
        return new Ability(asked -> !asked.equals(kind));
    }

    @Test
    void aLabThatTakesVlansIsRefusedWithThePlaceInTheFile() {
        assertThatThrownBy(() -> without("vlan").requireLab(VLANS, "or without"))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageStartingWith(
                        "examples/vlans.yaml:13:3: segments.Access-Segment: this kernel cannot make VLANs (")
                .hasMessageEndingWith("or without");
        without("macvlan").requireLab(VLANS, "or without");
    }

    @Test
    void aLabCanBeMadeOfTheRest() {
        HostFile rest = without("vlan").forLab(VLANS);
        assertThat(rest.segments()).containsOnlyKeys("Service-Segment");
        assertThat(Topology.of(rest, List.of(), false).members())
                .extracting(Member::name)
                .contains("switch-Service-Segment", "router-Service-Segment")
                .doesNotContain("trunk-eth0", "switch-Access-Segment");
        assertThat(without("macvlan").forLab(VLANS)).isEqualTo(VLANS);
    }

    @Test
    void whatIsLeftOutIsNamedByItsLinks() {
        assertThat(without("vlan").leftOut(VLANS)).containsExactlyInAnyOrder("br20", "eth0.30");
        assertThat(without("macvlan").leftOut(VLANS)).containsExactly("eth0.30");
        assertThat(without("ipvlan").leftOut(IPVLAN)).containsExactly("eth0");
        assertThat(without("vrf").leftOut(SCENARIO)).containsExactly("eth2");
        assertThat(without("no-such-kind").leftOut(SCENARIO)).isEmpty();
    }
}
