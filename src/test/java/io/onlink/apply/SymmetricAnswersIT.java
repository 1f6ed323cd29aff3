package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.NetworkNamespace;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host with two uplinks and no VRF: what comes in by one is answered by it. The router has both LANs and a client behind it,
 * reaches that client from both, and drops what comes from the wrong side, as routers do. Needs root.
 */
class SymmetricAnswersIT {
    private static final String TWO_UPLINKS = """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:22::1" }
            ethernets:
              eth1:
                addresses: [192.168.52.217/24, "2001:db8:52::217/64"]
            """;

    /** The first has its routers from its default routes, the second from the section. */
    private static final String WITH_REPLIES =
            TWO_UPLINKS.replace("    uplink: eth0\n", "    uplink: eth0\n    replies: { table: 22 }\n")
                    + "    replies: { table: 52, routers: [192.168.52.1, \"2001:db8:52::1\"] }\n";

    private static final List<String> OUTSIDE = List.of(
            "link set lo up",
            "addr add 10.77.0.1/32 dev lo",
            "addr add 2001:db8:77::1/128 dev lo nodad",
            "link add r0 type veth peer name eth0 address 00:50:56:00:22:d9 netns %s",
            "link add r1 type veth peer name eth1 address 00:50:56:00:52:d9 netns %s",
            "link set r0 up",
            "link set r1 up",
            "addr add 192.168.22.1/24 dev r0",
            "addr add 192.168.52.1/24 dev r1",
            "addr add 2001:db8:22::1/64 dev r0 nodad",
            "addr add 2001:db8:52::1/64 dev r1 nodad");

    private static final List<String> HOST = List.of(
            "link set lo up",
            "link set eth0 up",
            "link set eth1 up",
            "addr add 192.168.22.217/24 dev eth0",
            "addr add 192.168.52.217/24 dev eth1",
            "addr add 2001:db8:22::217/64 dev eth0 nodad",
            "addr add 2001:db8:52::217/64 dev eth1 nodad",
            "route add default via 192.168.22.1",
            "-6 route add default via 2001:db8:22::1",
            "rule add from 10.9.9.0/24 lookup 99 pref 500",
            "route add 10.9.8.0/24 via 192.168.52.9 dev eth1 table 99");

    private static final String DROPS = """
            table inet router {
              chain in {
                type filter hook prerouting priority -300;
                iifname r0 ip saddr 192.168.52.0/24 drop
                iifname r1 ip saddr 192.168.22.0/24 drop
                iifname r0 ip6 saddr 2001:db8:52::/64 drop
                iifname r1 ip6 saddr 2001:db8:22::/64 drop
              }
            }
            """;

    /** The client behind the router, and a machine on each LAN: the router itself. */
    private static final List<String> IPV4_CLIENTS = List.of("10.77.0.1", "192.168.22.1", "192.168.52.1");

    private static final List<String> IPV6_CLIENTS = List.of("2001:db8:77::1", "2001:db8:22::1", "2001:db8:52::1");

    @TempDir
    private Path disk;

    private final String name = "symmetric-" + ProcessHandle.current().pid();
    private final NetworkNamespace host = NetworkNamespace.named(name + "-host");
    private final NetworkNamespace outside = NetworkNamespace.named(name + "-outside");

    @BeforeEach
    void aHostWithTwoUplinks() {
        NetworkNamespace.create(host.toString());
        NetworkNamespace.create(outside.toString());
        Programs.batch(
                outside,
                OUTSIDE.stream().map(line -> line.formatted(host.toString())).toList());
        Programs.batch(host, HOST);
        Programs.run(outside, DROPS, "nft", "-f", "-");
        // As distributions of the Red Hat family set it.
        Witness.set(host, List.of("ipv4/conf/all/rp_filter=1", "ipv4/conf/default/rp_filter=1"));
    }

    @AfterEach
    void close() {
        host.delete();
        outside.delete();
    }

    @Test
    void whatComesInByAnUplinkIsAnsweredByIt() {
        List<String> before = rulesAndRoutes();
        apply(TWO_UPLINKS);
        // In this order: who asked for a neighbour from the wrong address gets no answer to that either, and waits.
        assertThat(silent("192.168.52.217", IPV4_CLIENTS)).contains("10.77.0.1", "192.168.22.1");
        assertThat(silent("192.168.22.217", IPV4_CLIENTS)).contains("192.168.52.1");
        apply(WITH_REPLIES);
        assertThat(silent("192.168.22.217", IPV4_CLIENTS)).isEmpty();
        assertThat(silent("192.168.52.217", IPV4_CLIENTS)).isEmpty();
        assertThat(silent("2001:db8:22::217", IPV6_CLIENTS)).isEmpty();
        assertThat(silent("2001:db8:52::217", IPV6_CLIENTS)).isEmpty();
        assertThat(play(Role.DOWN, "")).isEqualTo("stays");
        assertThat(rulesAndRoutes()).isEqualTo(before);
    }

    @Test
    void withoutItsRouterNothingLeavesByTheOtherUplink() {
        apply(WITH_REPLIES);
        Programs.batch(host, List.of("route del default table 52"));
        assertThat(ip("route get 10.77.0.1 from 192.168.52.217")).contains("No route to host");
        assertThat(ip("route get 10.77.0.1")).contains("dev br0");
        apply(WITH_REPLIES);
        assertThat(ip("route get 10.77.0.1 from 192.168.52.217")).contains("via 192.168.52.1 dev eth1");
    }

    @Test
    void othersKeepTheirTablesAndATableThatIsTheirsIsRefused() {
        apply(WITH_REPLIES);
        assertThat(ip("route show table 99")).contains("10.9.8.0/24 via 192.168.52.9 dev eth1");
        assertThat(ip("rule show")).contains("500:	from 10.9.9.0/24 lookup 99");
        assertThat(play(Role.APPLY, WITH_REPLIES.replace("table: 52", "table: 99")))
                .contains(
                        "host.yaml:14:5: ethernets.eth1.replies.table: table 99 is in use on this host, by the rule of"
                                + " priority 500 from 10.9.9.0/24");
    }

    private void apply(String text) {
        assertThat(play(Role.APPLY, text)).isEqualTo("stays");
    }

    private String play(Role role, String text) {
        return host.call(() -> role.play(new Role.Order(host.toString(), disk, text, ""), Effects.recorded()));
    }

    private String ip(String arguments) {
        return Programs.run(host, "", "sh", "-c", "ip " + arguments + " 2>&1 || true");
    }

    /** Without metric of the kernel's own, and link-local routes, which come late. */
    private List<String> rulesAndRoutes() {
        return Stream.of("rule", "-6 rule", "route", "-6 route", "route show table 52", "-6 route show table 52")
                .flatMap(show -> ip(show).lines())
                .filter(line ->
                        !line.contains("fe80") && !line.contains("table does not exist") && !line.contains("Dump"))
                .map(String::strip)
                .sorted()
                .toList();
    }

    /** Who gets no answer from an address. */
    private List<String> silent(String address, List<String> clients) {
        String pings = clients.stream()
                .map(client -> "{ ping -n -c3 -i0.3 -W3 -I %s %s >/dev/null || echo %s; } &"
                        .formatted(client, address, client))
                .collect(Collectors.joining("\n"));
        return Programs.run(outside, "", "sh", "-c", pings + "\nwait").lines().toList();
    }
}
