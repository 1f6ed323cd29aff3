package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.cli.LabHost.Said;
import io.onlink.libc.NetworkNamespace;
import io.onlink.model.Admission;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.nftables.GuardTable;
import io.onlink.nftables.GuardedPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real NetworkManager, firewalld, systemd-networkd and ifupdown of a Debian 12 that booted on a lab's host, beside Onlink.
 * Needs root.
 */
@Timeout(300)
class OtherProgramsIT {
    private static final String IPV4 = "192.168.22.217";
    private static final String IPV6 = "2001:470:fe36:face::217:1";

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

    private static final String PROFILE = """
            [connection]
            id=lan
            type=ethernet
            interface-name=eth0
            zone=internal

            [ipv4]
            method=manual
            addresses=192.168.22.217/24
            gateway=192.168.22.1

            [ipv6]
            method=manual
            addresses=2001:470:fe36:face::217:1/64
            gateway=2001:470:fe36:face::1
            """;

    private static final String NETWORK = """
            [Match]
            MACAddress=MAC

            [Network]
            Address=192.168.22.217/24
            Address=2001:470:fe36:face::217:1/64
            Gateway=192.168.22.1
            Gateway=2001:470:fe36:face::1
            """;

    private static final String INTERFACES = """
            source /etc/network/interfaces.d/*
            auto eth0
            iface eth0 inet static
              address 192.168.22.217/24
              gateway 192.168.22.1
            iface eth0 inet6 static
              address 2001:470:fe36:face::217:1/64
              gateway 2001:470:fe36:face::1
            """;

    @TempDir
    private Path temporary;

    private LabHost lab;
    private SystemdHost host;

    @BeforeEach
    void aHost() throws IOException, InterruptedException {
        lab = LabHost.up("others", Files.writeString(temporary.resolve("host.yaml"), HOST_FILE));
        host = SystemdHost.boot(Files.createDirectory(temporary.resolve("debian")), lab.network());
        host.write("/etc/onlink/host.yaml", HOST_FILE);
    }

    @AfterEach
    void takeAway() throws IOException {
        host.close();
        lab.close();
    }

    @Test
    void networkManagerAndFirewalldLetGoAndTakeUpAgain() throws IOException, InterruptedException {
        networkManagerHasTheNic();

        Said refused = host.onlink("apply", "--yes");
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.text())
                .contains(
                        "NetworkManager runs and manages eth0 (profile 'lan', /etc/NetworkManager/system-connections/lan.nmconnection)")
                .contains("firewalld has a zone for eth0 (internal)")
                .contains("--release-links")
                .contains("nothing was changed");
        assertThat(device("eth0")).isEqualTo("100 (connected)");

        try (AddressWatch watch = new AddressWatch(lab.network())) {
            assertDone(host.onlink("apply", "--yes", "--release-links"));
            assertThat(watch.gaps(IPV4, "eth0")).isEmpty();
        }
        assertThat(device("eth0")).isEqualTo("10 (unmanaged)");
        assertThat(device("br0")).isEqualTo("10 (unmanaged)");
        assertThat(host.output("firewall-cmd", "--get-zone-of-interface=br0")).isEqualTo("internal\n");
        assertAdopted();

        // What it would act upon.
        host.run("ip", "link", "set", "eth0", "down");
        host.run("ip", "link", "set", "eth0", "up");
        assertThat(host.run("nmcli", "device", "reapply", "eth0").exitCode()).isNotZero();
        host.output("systemctl", "restart", "NetworkManager");
        host.output("systemctl", "restart", "firewalld");
        assertThat(host.output("firewall-cmd", "--get-zone-of-interface=br0")).isEqualTo("internal\n");
        assertAdopted();
        assertThat(host.onlink("status").text())
                .containsPattern("left alone by NetworkManager: .*eth0")
                .contains("left alone by firewalld: br0", "No drift");
        // Consent is remembered.
        host.write("/etc/onlink/host.yaml", HOST_FILE.replace("br0", "lan0"));
        assertDone(host.onlink("apply", "--yes"));
        assertThat(device("lan0")).isEqualTo("10 (unmanaged)");
        assertThat(host.output("firewall-cmd", "--get-zone-of-interface=lan0")).isEqualTo("internal\n");

        try (AddressWatch watch = new AddressWatch(lab.network())) {
            assertDone(host.onlink("down", "--yes"));
            assertThat(device("eth0")).isEqualTo("100 (connected)");
            assertThat(watch.gaps(IPV6, "lan0")).isEmpty();
        }
        assertThat(host.output("nmcli", "--get-values", "GENERAL.CONNECTION", "device", "show", "eth0"))
                .isEqualTo("lan\n");
        host.output("nmcli", "device", "reapply", "eth0");
        assertThat(host.run("firewall-cmd", "--permanent", "--zone=internal", "--query-interface=br0")
                        .exitCode())
                .isNotZero();
        assertThat(host.run("firewall-cmd", "--permanent", "--zone=internal", "--query-interface=lan0")
                        .exitCode())
                .isNotZero();
        assertGone();
    }

    /** The host's, and a container's; and who is let in by both is let in. */
    @Test
    void onlinksFirewallsOutliveEveryReloadOfFirewalld() throws IOException, InterruptedException {
        networkManagerHasTheNic();
        host.write("/etc/onlink/host.yaml", HOST_FILE + "firewall:\n  Service-Segment: { allow: [icmp, tcp/22] }\n");
        assertDone(host.onlink("apply", "--yes", "--release-links"));
        GuardedPort port = new GuardedPort(
                "onl0123456789a",
                MacAddress.parse("02:42:c0:a8:16:de"),
                List.of(IpAddress.parse("192.168.22.222")),
                false,
                Admission.OPEN);
        try (GuardTable guard = new NetworkNamespace(lab.network()).call(GuardTable::open)) {
            guard.replaceAll(List.of(port));
            String before = onlinksTables();
            assertThat(before).contains("closed", "onl0123456789a");
            for (List<String> reload : List.of(
                    List.of("firewall-cmd", "--reload"),
                    List.of("firewall-cmd", "--complete-reload"),
                    List.of("systemctl", "restart", "firewalld"))) {
                host.output(reload.toArray(String[]::new));
                // Started anew, it says that it runs before its table is there.
                while (!host.output("nft", "list", "tables").contains("inet firewalld")) {
                    Thread.sleep(200);
                }
                assertThat(onlinksTables()).as(String.join(" ", reload)).isEqualTo(before);
                assertAdopted();
            }
        }
    }

    private String onlinksTables() throws IOException, InterruptedException {
        return lab.output("host", "nft", "--stateless", "list", "table", "inet", "onlink")
                + lab.output("host", "nft", "--stateless", "list", "table", "bridge", "onlink");
    }

    @Test
    void aChangeThatIsNotConfirmedGivesNetworkManagerItsNicBack() throws IOException, InterruptedException {
        networkManagerHasTheNic();
        try (AddressWatch watch = new AddressWatch(lab.network())) {
            Said said = host.onlink("apply", "--yes", "--release-links", "--confirm", "1");
            assertThat(said.exitCode()).as(said.text()).isEqualTo(6);
            assertThat(watch.gaps(IPV4, "eth0")).isEmpty();
        }
        awaitConnected();
        assertGone();
    }

    @Test
    void anApplyThatIsKilledGivesNetworkManagerItsNicBack() throws IOException, InterruptedException {
        networkManagerHasTheNic();
        Process apply = host.startOnlink("apply", "--yes", "--release-links");
        try (var text = apply.inputReader()) {
            assertThat(text.lines().anyMatch(line -> line.contains("try-restart NetworkManager")))
                    .isTrue();
            apply.destroyForcibly();
        }
        // What was killed is nsenter: the program itself is a child of it, in the host's process namespace.
        host.run(
                "sh",
                "-c",
                "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q 'onlink.jar apply' && kill -9 ${p#/proc/}; done");
        while (host.run("test", "-e", "/var/lib/onlink/journal.json").exitCode() == 0) {
            Thread.sleep(200);
        }
        awaitConnected();
        assertGone();
    }

    @Test
    void afterARebootTheyBringTheHostUpAndLetGoAgain() throws IOException, InterruptedException {
        networkManagerHasTheNic();
        assertDone(host.onlink("apply", "--yes", "--release-links"));
        lab.reboot();
        host.powerOff();
        lab.run("host", "ip", "address", "flush", "dev", "eth0");
        host = SystemdHost.boot(temporary.resolve("debian"), lab.network());
        awaitConnected();
        // Without Onlink the host is as installed.
        assertThat(host.output("ip", "-brief", "address", "show", "eth0")).contains(IPV4, IPV6);
        assertDone(host.onlink("boot"));
        assertThat(device("eth0")).isEqualTo("10 (unmanaged)");
        assertAdopted();
        assertDone(host.onlink("down", "--yes"));
        awaitConnected();
        assertGone();
    }

    @Test
    void networkdLetsGoAndTakesUpAgain() throws IOException, InterruptedException {
        host.output("systemctl", "stop", "NetworkManager");
        String mac = host.output("cat", "/sys/class/net/eth0/address").strip();
        host.write("/etc/systemd/network/50-lan.network", NETWORK.replace("=MAC", "=" + mac));
        host.output("chmod", "644", "/etc/systemd/network/50-lan.network");
        host.output("systemctl", "start", "systemd-networkd");
        while (!setup("eth0").equals("configured")) {
            Thread.sleep(200);
        }
        try (AddressWatch watch = new AddressWatch(lab.network())) {
            assertDone(host.onlink("apply", "--yes", "--release-links"));
            assertThat(watch.gaps(IPV4, "eth0")).isEmpty();
        }
        assertThat(setup("eth0")).isEqualTo("unmanaged");
        // It has the NIC's MAC address, which the .network file asks for.
        assertThat(setup("br0")).isEqualTo("unmanaged");
        host.output("systemctl", "restart", "systemd-networkd");
        // It takes its name on the bus some time after it counts as started.
        while (host.run("networkctl", "reload").exitCode() != 0) {
            Thread.sleep(200);
        }
        host.run("ip", "link", "set", "eth0", "down");
        host.run("ip", "link", "set", "eth0", "up");
        assertAdopted();

        try (AddressWatch watch = new AddressWatch(lab.network())) {
            assertDone(host.onlink("down", "--yes"));
            while (!setup("eth0").equals("configured")) {
                Thread.sleep(200);
            }
            assertThat(watch.gaps(IPV6, "br0")).isEmpty();
        }
        assertGone();
    }

    /** Why a service is restarted, and that the watch sees what it is there to see. */
    @Test
    void aReloadCutsTheHostOff() throws IOException, InterruptedException {
        networkManagerHasTheNic();
        try (AddressWatch watch = new AddressWatch(lab.network())) {
            host.write(
                    "/run/NetworkManager/conf.d/90-onlink-eth0.conf",
                    "[keyfile]\nunmanaged-devices+=interface-name:eth0\n");
            host.output("nmcli", "general", "reload", "conf");
            while (!device("eth0").equals("10 (unmanaged)")) {
                Thread.sleep(200);
            }
            assertThat(watch.gaps(IPV4, "eth0")).isNotEmpty();
        }
    }

    @Test
    void ifupdownKeepsItsHandsOffTheUplink() throws IOException, InterruptedException {
        host.output("systemctl", "stop", "NetworkManager");
        host.write("/etc/network/interfaces", INTERFACES);
        host.output("ip", "address", "flush", "dev", "eth0");
        host.output("ifup", "-a");
        // No consent needed, as it does nothing by itself; nothing told without.
        Said plan = host.onlink("plan");
        assertThat(plan.exitCode()).as(plan.text()).isEqualTo(2);
        assertThat(plan.text())
                .contains("note: ifupdown configures eth0 (/etc/network/interfaces:2)")
                .contains("--release-links prevents it")
                .doesNotContain("onlink-eth0");
        assertDone(host.onlink("apply", "--yes", "--release-links"));
        host.output("ifdown", "-a");
        host.output("ifup", "-a");
        assertAdopted();
        assertDone(host.onlink("down", "--yes"));
        assertThat(host.run("ls", "/etc/network/interfaces.d").text()).isEmpty();
        assertThat(host.output("cat", "/etc/network/interfaces")).isEqualTo(INTERFACES);
        assertGone();
    }

    private void networkManagerHasTheNic() throws IOException, InterruptedException {
        host.write("/etc/NetworkManager/system-connections/lan.nmconnection", PROFILE);
        host.output("nmcli", "connection", "reload");
        host.output("nmcli", "connection", "up", "lan");
        // The zone is set by the profile, a moment later.
        while (!host.run("firewall-cmd", "--get-zone-of-interface=eth0").text().equals("internal\n")) {
            Thread.sleep(200);
        }
    }

    /** NetworkManager has the NIC back before it has seen to its addresses. */
    private void awaitConnected() throws IOException, InterruptedException {
        Instant end = Instant.now().plusSeconds(60);
        for (String state = device("eth0"); !state.equals("100 (connected)"); state = device("eth0")) {
            assertThat(Instant.now()).as(state).isBefore(end);
            Thread.sleep(200);
        }
    }

    private String device(String link) throws IOException, InterruptedException {
        return host.run("nmcli", "--get-values", "GENERAL.STATE", "device", "show", link)
                .text()
                .strip();
    }

    private String setup(String link) throws IOException, InterruptedException {
        List<String> words = List.of(host.output("networkctl", "list", "--no-legend", "--no-pager", link)
                .strip()
                .split("\\s+"));
        return words.getLast();
    }

    private static void assertDone(Said said) {
        assertThat(said.exitCode()).as(said.text()).isZero();
    }

    private void assertAdopted() throws IOException, InterruptedException {
        assertThat(host.onlink("plan")).isEqualTo(new Said(0, "Nothing to do: the host is as the file says.\n"));
        assertThat(host.output("ip", "-brief", "address", "show", "eth0")).doesNotContain(IPV4, IPV6);
        assertReached();
    }

    /** Nothing is left of Onlink's, neither in the kernel nor in anybody's configuration. */
    private void assertGone() throws IOException, InterruptedException {
        assertThat(host.output("ip", "-brief", "address", "show", "eth0")).contains(IPV4, IPV6);
        assertThat(host.output("ip", "-brief", "link")).doesNotContain("br0", "lan0");
        assertThat(host.run("find", "/run/NetworkManager/conf.d", "/run/systemd/network", "/etc", "-name", "*onlink-*")
                        .text()
                        .lines()
                        .filter(line -> line.startsWith("/")))
                .isEmpty();
        assertReached();
    }

    private void assertReached() throws IOException, InterruptedException {
        assertThat(lab.isReached(IPV4)).isTrue();
        assertThat(lab.isReached(IPV6)).isTrue();
    }
}
