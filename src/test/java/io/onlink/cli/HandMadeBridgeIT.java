package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The bridge as the scenario's author made it, by hand: it looks well for half a minute. Recognised while it still does, and
 * repaired by {@code apply}. Needs root.
 */
class HandMadeBridgeIT {
    private static final Path FILE = Path.of("src/test/resources/golden/wrong-files/right.yaml");
    private static final List<String> ADDRESSES = List.of("192.168.22.217", "2001:470:fe36:face::217:1");
    private static final String BROKEN =
            "eth0 is a port of the bridge br0 and still has addresses (%s): answers to what it asks"
                    + " go to br0 and are lost, so these addresses work on what neighbours remember, for up to 45 s, and not after.";

    @AutoClose
    private LabHost host;

    @BeforeEach
    void aLab() {
        host = LabHost.up("handmade", FILE);
    }

    /** brctl addbr br0; brctl addif br0 eth0. */
    @Test
    void addressesLeftOnThePortAreRecognisedWhileAPingStillWorks() throws IOException, InterruptedException {
        pingAll();
        enslave();
        // On what both sides remember.
        pingAll();
        assertThat(host.onlink("plan"))
                .matches(said -> said.exitCode() == 2)
                .extracting(LabHost.Said::text)
                .asString()
                .contains("broken now: " + BROKEN.formatted("192.168.22.217/24, 2001:470:fe36:face::217:1/64"))
                .containsOnlyOnce("broken now: ");
        assertThat(host.onlink("status").text()).contains("broken now: eth0 is a port of the bridge br0");

        LabHost.Said applied = host.onlink("apply", "--yes");
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        assertThat(applied.text())
                .contains(
                        "broken now: eth0 is a port of the bridge br0",
                        "does not answer now: ARP for 192.168.22.1 from eth0 (192.168.22.217): no answer",
                        "does not answer now: neighbour discovery for 2001:470:fe36:face::1 from eth0"
                                + " (2001:470:fe36:face::217:1): no answer");
        assertRepaired();
    }

    /** And then: ifconfig eth0 0.0.0.0; ifconfig br0 192.168.22.217; route add default gw 192.168.22.1. IPv6 is left behind. */
    @Test
    void ipv6LeftBehindIsRecognisedAndIpv4IsNotHarmed() throws IOException, InterruptedException {
        pingAll();
        enslave();
        host.output("host", "ip", "addr", "del", "192.168.22.217/24", "dev", "eth0");
        host.output("host", "ip", "addr", "add", "192.168.22.217/24", "dev", "br0");
        host.output("host", "ip", "route", "add", "default", "via", "192.168.22.1");
        pingAll();
        assertThat(host.onlink("plan").text())
                .contains("broken now: " + BROKEN.formatted("2001:470:fe36:face::217:1/64"));
        LabHost.Said applied = host.onlink("apply", "--yes");
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        assertThat(applied.text())
                .contains("does not answer now: neighbour discovery for 2001:470:fe36:face::1 from eth0")
                .doesNotContain("does not answer now: ARP");
        assertRepaired();
    }

    /** All addresses moved, and a default route forgotten on the port. */
    @Test
    void routesLeftOnThePortAreRecognised() throws IOException, InterruptedException {
        enslave();
        for (String command : List.of(
                "addr add 192.168.22.217/24 dev br0",
                "-6 addr add 2001:470:fe36:face::217:1/64 dev br0 nodad",
                "addr del 192.168.22.217/24 dev eth0",
                "-6 addr del 2001:470:fe36:face::217:1/64 dev eth0",
                "route replace default via 192.168.22.1 dev eth0 onlink",
                "-6 route replace default via 2001:470:fe36:face::1 dev br0")) {
            host.output("host", ("ip " + command).split(" "));
        }
        assertThat(host.onlink("plan").text())
                .contains(
                        "broken now: eth0 is a port of the bridge br0 and still has routes (default): they must lead by"
                                + " br0.");
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        assertRepaired();
    }

    @Test
    void downSaysThatTheHostWasFoundBrokenAndGoesBackToThatOnlyOnDemand() throws IOException, InterruptedException {
        enslave();
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        LabHost.Said refused = host.onlink("down", "--yes");
        assertThat(refused.exitCode()).as(refused.text()).isEqualTo(6);
        assertThat(refused.text())
                .contains(
                        "so the host was found, and will be again: eth0 is a port of the bridge br0 and still has addresses",
                        "the host was cut off:",
                        "it was found broken: eth0 is a port of the bridge br0",
                        "'onlink down --unverified'",
                        "the host is as it was before");
        assertRepaired();
        assertThat(host.onlink("down", "--yes", "--unverified").exitCode()).isZero();
        assertThat(host.output("host", "ip", "-br", "addr", "show", "eth0"))
                .contains("192.168.22.217/24", "2001:470:fe36:face::217:1/64");
        assertThat(host.output("host", "ip", "link", "show", "eth0")).contains("master br0");
    }

    private void enslave() throws IOException, InterruptedException {
        host.output("host", "ip", "link", "add", "br0", "type", "bridge");
        host.output("host", "ip", "link", "set", "br0", "up");
        host.output("host", "ip", "link", "set", "eth0", "master", "br0");
    }

    private void pingAll() throws IOException, InterruptedException {
        for (String address : ADDRESSES) {
            host.output("client", "ping", "-c1", "-W3", address);
        }
    }

    private void assertRepaired() throws IOException, InterruptedException {
        for (String address : ADDRESSES) {
            assertThat(host.isReached(address)).as(address).isTrue();
        }
        assertThat(host.onlink("plan").text()).isEqualTo("Nothing to do: the host is as the file says.\n");
        assertThat(host.onlink("status").exitCode()).isZero();
    }
}
