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

/** A host file with an IPv6 address that another machine on the LAN has. Needs root. */
@Timeout(180)
class DuplicateAddressIT {
    private static final String TAKEN = "2001:470:fe36:face::50";
    private static final String SWITCH = "switch-Service-Segment";
    private static final String ROUTER = "router-Service-Segment";

    private static final String NIC = "00:50:56:00:00:01";

    private static final String HOST_FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;
    private static final String WITH_TAKEN = HOST_FILE.replace("::217:1/64\"]", "::217:1/64\", \"" + TAKEN + "/64\"]");

    @TempDir
    private Path temporary;

    @AutoClose
    private LabHost host;

    private Path right;
    private Path wrong;

    @BeforeEach
    void aLan() throws IOException {
        right = Files.writeString(temporary.resolve("right.yaml"), HOST_FILE);
        wrong = Files.writeString(temporary.resolve("wrong.yaml"), WITH_TAKEN);
        Machine near = new Machine("near", "Service-Segment", List.of(IpAddress.parse(TAKEN)));
        host = LabHost.up("ipv6-duplicate", right, near);
    }

    @Test
    void itIsFoundTheHolderNamedAndTheChangeTakenBack() throws IOException, InterruptedException {
        assertThat(host.isReached(TAKEN)).isTrue();
        Path heard = temporary.resolve("neighbours");
        Process monitor = host.start(ROUTER, heard, List.of("ip", "-6", "monitor", "neigh"));
        assertIsTakenBack(host.onlink("apply", "--yes", "-f", wrong.toString()));
        assertThat(host.run("host", "ip", "link", "show", "dev", "br0").exitCode())
                .isNotZero();

        monitor.destroy();
        monitor.onExit().join();
        // Nobody was told that it was ours, not even for the moment until the holder says no.
        assertThat(Files.readString(heard)).contains(TAKEN).doesNotContain(TAKEN + " dev lan lladdr " + NIC);

        // And where the bridge is there already, its port forwards, and the kernel asks nobody.
        assertThat(host.onlink("apply", "--yes", "-f", right.toString()).exitCode())
                .isZero();
        host.output("host", "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.br0.accept_dad=0");
        assertIsTakenBack(host.onlink("apply", "--yes", "-f", wrong.toString()));
        assertThat(host.output("host", "ip", "-6", "addr", "show", "dev", "br0"))
                .contains("2001:470:fe36:face::217:1/64")
                .doesNotContain(TAKEN);
    }

    private void assertIsTakenBack(Said said) throws IOException, InterruptedException {
        assertThat(said.exitCode()).as(said.text()).isEqualTo(6);
        String holder = JsonMapper.shared()
                .readTree(host.output("near", "ip", "-j", "link", "show", "dev", "eth0"))
                .get(0)
                .get("address")
                .asString();
        assertThat(said.text())
                .contains(TAKEN
                        + "/64 on br0, asked whether somebody else has it (duplicate address detection): "
                        + holder
                        + " has it\n")
                .contains("the host is as it was before");
        assertThat(host.output(ROUTER, "ip", "-6", "neigh", "show", TAKEN)).contains(holder);
        assertThat(host.isReached(TAKEN)).isTrue();
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
    }

    /** A stub would have given the bridge a carrier, and the kernel would have asked an empty room. */
    @Test
    void withoutACarrierItIsAskedForWhenTheCableIsIn() throws IOException, InterruptedException {
        host.output(SWITCH, "ip", "link", "set", "port1", "down");
        Said said = host.onlink("apply", "--yes", "-f", wrong.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(said.text())
                .contains(
                        "note: " + TAKEN
                                + "/64 on br0: nobody could be asked whether somebody else has it, as the uplink has no carrier");
        // Detection takes two seconds at most, where it is begun.
        Thread.sleep(3_000);
        assertThat(state(TAKEN)).contains("tentative").doesNotContain("dadfailed");

        host.output(SWITCH, "ip", "link", "set", "port1", "up");
        while (!state(TAKEN).contains("dadfailed")) {
            Thread.sleep(100);
        }
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
        assertThat(host.isReached(TAKEN)).isTrue();
        assertThat(host.onlink("status").text())
                .contains("the kernel does not use " + TAKEN + "/64 on br0: another machine on the LAN has it");
    }

    private String state(String address) throws IOException, InterruptedException {
        return host.output("host", "ip", "-6", "-o", "addr", "show", "dev", "br0", "to", address);
    }
}
