package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.cli.LabHost.Said;
import io.onlink.lab.Machine;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host whose address is leased from a real DHCP server, by real clients. Needs root. */
@Timeout(180)
class LeasedAddressIT {
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

    /** What dhclient-script(8) does of it that matters here; the packaged one writes this machine's resolv.conf. */
    private static final String DHCLIENT_SCRIPT = """
            #!/bin/sh
            case $reason in
              BOUND|RENEW|REBIND|REBOOT)
                ip addr replace "$new_ip_address/$new_subnet_mask" dev "$interface" \\
                  valid_lft "$new_dhcp_lease_time" preferred_lft "$new_dhcp_lease_time"
                ip route replace default via "$new_routers" dev "$interface";;
            esac
            """;

    /** BusyBox's own example script gives no lifetime: only the client tells that the address is leased. */
    private static final String UDHCPC_SCRIPT = """
            #!/bin/sh
            case $1 in
              bound|renew)
                ip addr replace "$ip/$mask" dev "$interface"
                ip route replace default via "$router" dev "$interface";;
            esac
            """;

    @TempDir
    private Path temporary;

    private final List<Process> started = new ArrayList<>();
    private LabHost host;
    private String file;

    @BeforeEach
    void aLanWithAServer() throws IOException, InterruptedException {
        Path hostFile = Files.writeString(temporary.resolve("host.yaml"), HOST_FILE);
        file = hostFile.toString();
        Machine server = new Machine("server", "Service-Segment", List.of(IpAddress.parse("192.168.22.2")));
        host = LabHost.up("ipv6-leased", hostFile, server);
        host.output("host", "ip", "-4", "addr", "flush", "dev", "eth0");
        started.add(host.start(
                "server",
                temporary.resolve("dnsmasq.log"),
                List.of(
                        "dnsmasq",
                        "--keep-in-foreground",
                        "--conf-file=/dev/null",
                        "--pid-file=",
                        "--user=root",
                        "--port=0",
                        "--interface=eth0",
                        "--bind-interfaces",
                        "--no-ping",
                        "--log-facility=-",
                        "--dhcp-authoritative",
                        "--dhcp-leasefile=" + temporary.resolve("leases"),
                        "--dhcp-range=192.168.22.217,192.168.22.217,255.255.255.0,1h",
                        "--dhcp-option=option:router,192.168.22.1")));
    }

    @AfterEach
    void close() {
        for (Process process : started.reversed()) {
            process.destroyForcibly();
            process.onExit().join();
        }
        host.close();
    }

    @Test
    void dhclientsAddressIsRefusedAndMayBecomeAFixedOne() throws IOException, InterruptedException {
        Process client = lease(
                "dhclient",
                "-4",
                "-d",
                "-sf",
                script(DHCLIENT_SCRIPT).toString(),
                "-lf",
                temporary.resolve("dhclient.leases").toString(),
                "-pf",
                temporary.resolve("dhclient.pid").toString(),
                "-cf",
                "/dev/null",
                "eth0");
        Said refused = host.onlink("apply", "--yes", "-f", file);
        assertThat(refused.exitCode()).as(refused.text()).isEqualTo(3);
        assertThat(refused.text())
                .contains(
                        "host.yaml:3:3: segments.Service-Segment: 192.168.22.217/24 on eth0 is only lent, for another ")
                .contains(" min, and dhclient (pid %d) renews it".formatted(client.pid()))
                .contains("""
                        then write
                            addresses: [192.168.22.217/24]
                            routes:
                              - { to: default, via: 192.168.22.1 }
                        """.indent(0))
                .contains("kill -KILL %d".formatted(client.pid()))
                .contains("Nothing was changed.");
        assertThat(host.onlink("plan", "-f", file).exitCode()).isEqualTo(3);
        assertThat(address("eth0")).contains("192.168.22.217/24").doesNotContain("valid_lft forever");
        assertThat(host.isReached("192.168.22.217")).isTrue();

        // As it says.
        client.destroyForcibly();
        client.onExit().join();
        Said done = host.onlink("apply", "--yes", "-f", file);
        assertThat(done.exitCode()).as(done.text()).isZero();
        assertThat(done.text()).contains("192.168.22.217/24 on eth0 is lent for another ", "and becomes fixed");
        assertThat(address("br0")).contains("192.168.22.217/24", "valid_lft forever");
        assertThat(host.isReached("192.168.22.217")).isTrue();

        Said down = host.onlink("down", "--yes");
        assertThat(down.exitCode()).as(down.text()).isZero();
        assertThat(address("eth0")).contains("192.168.22.217/24").doesNotContain("valid_lft forever");
    }

    @Test
    void anAddressWithoutLifetimeIsRefusedForItsClient() throws IOException, InterruptedException {
        Process client = lease(
                "busybox",
                "udhcpc",
                "-f",
                "-i",
                "eth0",
                "-s",
                script(UDHCPC_SCRIPT).toString());
        assertThat(address("eth0")).contains("valid_lft forever");
        Said refused = host.onlink("apply", "--yes", "-f", file);
        assertThat(refused.exitCode()).as(refused.text()).isEqualTo(3);
        assertThat(refused.text())
                .contains("eth0 is configured by udhcpc (pid %d); Onlink gives fixed addresses only"
                        .formatted(client.pid()))
                .contains("addresses: [192.168.22.217/24]");
    }

    /** A file that says nothing of it would take away the address that everybody knows the host by. */
    @Test
    void aLeasedAddressThatTheFileDoesNotNameIsRefused() throws IOException, InterruptedException {
        host.output(
                "host",
                "ip",
                "addr",
                "add",
                "192.168.22.217/24",
                "dev",
                "eth0",
                "valid_lft",
                "3590",
                "preferred_lft",
                "1800");
        Path other = Files.writeString(temporary.resolve("other.yaml"), HOST_FILE.replace("22.217", "22.218"));
        Said refused = host.onlink("apply", "--yes", "-f", other.toString());
        assertThat(refused.exitCode()).as(refused.text()).isEqualTo(3);
        assertThat(refused.text())
                .contains("192.168.22.217/24 on eth0 is only lent, for another 5", "who renews it was not found");
    }

    private Process lease(String... command) throws IOException, InterruptedException {
        Process client = host.start("host", temporary.resolve("client.log"), List.of(command));
        started.add(client);
        while (!host.output("host", "ip", "-4", "route", "show", "default").contains("192.168.22.1")) {
            assertThat(client.isAlive())
                    .as(Files.readString(temporary.resolve("client.log")))
                    .isTrue();
            Thread.sleep(100);
        }
        return client;
    }

    private Path script(String text) throws IOException {
        Path script = Files.writeString(temporary.resolve("script"), text);
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String address(String link) throws IOException, InterruptedException {
        return host.output("host", "ip", "-4", "addr", "show", "dev", link);
    }
}
