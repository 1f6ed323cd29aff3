package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.cli.LabHost.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A host that has its IPv6 from a router which advertises every few seconds: dnsmasq. Needs root. */
@Timeout(180)
class AdvertisedAddressIT {
    private static final String ROUTER = "router-Service-Segment";

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

    private LabHost host;
    private Process router;
    private String file;
    private String own;

    @BeforeEach
    void aRouterThatAdvertises() throws IOException, InterruptedException {
        Path hostFile = Files.writeString(temporary.resolve("host.yaml"), HOST_FILE);
        file = hostFile.toString();
        host = LabHost.up("ipv6-advertised", hostFile);
        host.output(ROUTER, "ip", "addr", "add", "2001:db8:22::1/64", "dev", "lan", "nodad");
        host.output("client", "ip", "route", "add", "2001:db8:22::/64", "via", "2001:db8:ffff::101");
        router = host.start(
                ROUTER,
                temporary.resolve("dnsmasq.log"),
                List.of(
                        "dnsmasq",
                        "--keep-in-foreground",
                        "--conf-file=/dev/null",
                        "--pid-file=",
                        "--user=root",
                        "--port=0",
                        "--interface=lan",
                        "--bind-interfaces",
                        "--log-facility=-",
                        "--log-dhcp",
                        "--dhcp-leasefile=" + temporary.resolve("leases"),
                        "--enable-ra",
                        "--ra-param=lan,4,1800",
                        "--dhcp-range=2001:db8:22::,ra-only,64,2h"));
        while (!host.output("host", "ip", "-6", "addr", "show", "dev", "eth0", "-tentative")
                        .contains("2001:db8:22:")
                || !host.output("host", "ip", "-6", "route", "show", "default").contains("proto ra")) {
            assertThat(router.isAlive())
                    .as(Files.readString(temporary.resolve("dnsmasq.log")))
                    .isTrue();
            Thread.sleep(100);
        }
        own = address("eth0").get("local").asString();
    }

    @AfterEach
    void close() {
        host.close();
        router.destroyForcibly();
        router.onExit().join();
    }

    @Test
    void whatTheRouterToldLivesOnAndIsRenewedOnTheBridge() throws IOException, InterruptedException {
        assertThat(host.isReached(own)).isTrue();
        Said applied = host.onlink("apply", "--yes", "-f", file);
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        assertThat(host.output("host", "ip", "-6", "addr", "show", "dev", "eth0"))
                .doesNotContain("inet6");
        assertThat(address("br0").get("local").asString()).isEqualTo(own);
        assertThat(host.output("host", "ip", "-6", "route", "show", "default"))
                .contains("dev br0", "expires")
                .doesNotContain("eth0");
        assertThat(host.isReached(own)).isTrue();
        awaitRenewal("br0");
        assertThat(host.isReached(own)).isTrue();
        assertThat(host.onlink("plan", "-f", file).exitCode()).isZero();

        assertThat(host.onlink("down", "--yes").exitCode()).isZero();
        assertThat(address("eth0").get("local").asString()).isEqualTo(own);
        assertThat(host.isReached(own)).isTrue();
        awaitRenewal("eth0");
        assertThat(host.isReached(own)).isTrue();
    }

    /** With 1 the bridge would be deaf to routers from the moment in which Docker has the host forward packets. */
    @Test
    void aHostThatForwardsIsRenewedToo() throws IOException, InterruptedException {
        Path containers = Files.writeString(
                temporary.resolve("containers.yaml"),
                HOST_FILE + "    containers: { pool: [192.168.22.222-192.168.22.239] }\n");
        Said applied = host.onlink("apply", "--yes", "-f", containers.toString());
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        host.output("host", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        assertThat(host.output("host", "cat", "/proc/sys/net/ipv6/conf/br0/accept_ra"))
                .isEqualTo("2\n");
        awaitRenewal("br0");
        assertThat(host.isReached(own)).isTrue();
        assertThat(host.onlink("plan", "-f", containers.toString()).exitCode()).isZero();
    }

    /** The address lives longer than a moment ago, and the route is wholly the kernel's own. */
    private void awaitRenewal(String link) throws IOException, InterruptedException {
        long left = address(link).get("valid_life_time").asLong();
        long now = left;
        while (now <= left) {
            left = now;
            Thread.sleep(100);
            now = address(link).get("valid_life_time").asLong();
        }
        JsonNode routes =
                JsonMapper.shared().readTree(host.output("host", "ip", "-6", "-j", "route", "show", "default"));
        assertThat(routes).hasSize(1);
        JsonNode route = routes.get(0);
        assertThat(route.get("dev").asString()).isEqualTo(link);
        assertThat(route.get("protocol").asString()).isEqualTo("ra");
        assertThat(route.get("metric").asInt()).isEqualTo(1024);
        assertThat(route.get("expires").asInt()).isBetween(1790, 1800);
    }

    private JsonNode address(String link) throws IOException, InterruptedException {
        return JsonMapper.shared()
                .readTree(host.output("host", "ip", "-6", "-j", "addr", "show", "dev", link, "scope", "global"))
                .valueStream()
                .flatMap(shown -> shown.path("addr_info").valueStream())
                .filter(address -> address.path("local").asString("").startsWith("2001:db8:22:"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing learned on " + link));
    }
}
