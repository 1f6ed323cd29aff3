package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.cli.LabHost.Said;
import io.onlink.lab.Machine;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A host file with an IPv4 address that another machine on the LAN has. Needs root. */
@Timeout(180)
class TakenAddressIT {
    private static final String TAKEN = "192.168.22.50";
    private static final String FREE = "192.168.22.60";
    private static final String SWITCH = "switch-Service-Segment";
    private static final String ROUTER = "router-Service-Segment";

    private static final String NIC = "00:50:56:00:00:01";

    private static final String HOST_FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
                routes:
                  - { to: default, via: 192.168.22.1 }
            """;

    @TempDir
    private Path temporary;

    @AutoClose
    private LabHost host;

    private Path right;
    private Path wrong;

    @BeforeEach
    void aLan() throws IOException {
        right = Files.writeString(temporary.resolve("right.yaml"), HOST_FILE);
        wrong = Files.writeString(temporary.resolve("wrong.yaml"), with(TAKEN));
        Machine near = new Machine("near", "Service-Segment", List.of(IpAddress.parse(TAKEN)));
        host = LabHost.up("ipv4-taken", right, near);
    }

    private static String with(String address) {
        return HOST_FILE.replace("217/24]", "217/24, " + address + "/24]");
    }

    @Test
    void itIsRefusedBeforeAnybodyIsToldOfIt() throws IOException, InterruptedException {
        assertThat(host.isReached(TAKEN)).isTrue();
        Path heard = temporary.resolve("neighbours");
        Process monitor = host.start(ROUTER, heard, List.of("ip", "-4", "monitor", "neigh"));
        assertIsRefused("eth0");
        assertThat(host.run("host", "ip", "link", "show", "dev", "br0").exitCode())
                .isNotZero();

        assertThat(host.onlink("apply", "--yes", "-f", right.toString()).exitCode())
                .isZero();
        assertIsRefused("br0");
        monitor.destroy();
        monitor.onExit().join();
        assertThat(Files.readString(heard)).doesNotContain(TAKEN + " dev lan lladdr " + NIC);
        assertThat(host.onlink("status").text()).contains("No drift");
    }

    @Test
    void oneThatNobodyHasIsGiven() throws IOException, InterruptedException {
        Path free = Files.writeString(temporary.resolve("free.yaml"), with(FREE));
        Said said = host.onlink("apply", "--yes", "-f", free.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(host.isReached(FREE)).isTrue();
    }

    /** On a link that the change brings up, or makes, nobody can be asked before. */
    @Test
    void onALinkThatWasDownItIsFoundAfterwardsAndTakenBack() throws IOException, InterruptedException {
        host.output("host", "ip", "link", "set", "eth0", "down");
        Said said = host.onlink("apply", "--yes", "-f", wrong.toString());
        assertThat(said.exitCode()).as(said.text()).isEqualTo(6);
        assertThat(said.text())
                .contains(
                        TAKEN + "/24 on br0, asked whether somebody else has it (ARP probe): " + holder() + " has it\n")
                .contains("the host is as it was before");
        assertThat(host.run("host", "ip", "link", "show", "dev", "br0").exitCode())
                .isNotZero();
    }

    @Test
    void withoutACarrierItIsSaidThatNobodyWasAsked() throws IOException, InterruptedException {
        host.output(SWITCH, "ip", "link", "set", "port1", "down");
        Said said = host.onlink("apply", "--yes", "-f", wrong.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(said.text())
                .contains(
                        "note: " + TAKEN
                                + "/24 on br0: nobody could be asked whether somebody else has it, as the uplink has no carrier");
    }

    private void assertIsRefused(String link) throws IOException, InterruptedException {
        Said said = host.onlink("apply", "--yes", "-f", wrong.toString());
        assertThat(said.exitCode()).as(said.text()).isEqualTo(3);
        assertThat(said.text())
                .contains("wrong.yaml:3:3: segments.Service-Segment: another machine on the LAN has " + TAKEN + "/24: "
                        + holder() + " answered an ARP probe on " + link)
                .contains("Nothing was changed.");
        assertThat(host.output("host", "ip", "-4", "addr", "show")).doesNotContain(TAKEN);
        assertThat(host.isReached(TAKEN)).isTrue();
        assertThat(host.output(ROUTER, "ip", "neigh", "show", TAKEN)).contains(holder());
    }

    private String holder() throws IOException, InterruptedException {
        return JsonMapper.shared()
                .readTree(host.output("near", "ip", "-j", "link", "show", "dev", "eth0"))
                .get(0)
                .get("address")
                .asString();
    }
}
