package io.onlink.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A host as somebody might have left it, from a seed, in the words of {@code ip} and not of our model: so it has what the
 * model does not know of. A command may be one that the kernel refuses; then it is left out. And host files that fit.
 */
final class RandomCommands {
    private static final List<String> IPV4_SYSCTLS = List.of(
            "rp_filter",
            "accept_local",
            "arp_ignore",
            "arp_announce",
            "arp_notify",
            "forwarding",
            "promote_secondaries",
            "proxy_arp",
            "send_redirects",
            "log_martians",
            "arp_accept");

    private static final List<String> IPV6_SYSCTLS = List.of(
            "accept_ra",
            "forwarding",
            "keep_addr_on_down",
            "use_tempaddr",
            "autoconf",
            "proxy_ndp",
            "ndisc_notify",
            "accept_redirects");

    private final Random random;
    private final int nics;
    private final List<String> lines = new ArrayList<>();
    private final List<String> sysctls = new ArrayList<>();
    private String bridgeOfEth0 = "";

    RandomCommands(long seed) {
        random = new Random(seed);
        nics = 1 + random.nextInt(3);
        for (int i = 0; i < nics; i++) {
            add("link add eth%d address 02:00:00:00:00:0%d type veth peer name sw%d address 02:00:00:00:01:0%d"
                    .formatted(i, i, i, i));
            // What the switch does is nothing of the host's.
            add("link set sw%d addrgenmode none".formatted(i));
            add("link set sw%d up".formatted(i));
            // A NIC that has been up once has another qdisc than one that has not; Onlink brings it up.
            add("link set eth%d up".formatted(i));
            add("link set eth%d down".formatted(i));
        }
        add("link set lo up");
        add("link add other0 address 02:00:00:00:02:00 type bridge");
        add("link set other0 up");
        add("addr add 10.99.0.1/24 dev other0");
        for (int i = 0; i < nics; i++) {
            nic(i);
        }
        if (chance(3)) {
            bridgeByHand();
        }
        for (int i = 0; i < nics; i++) {
            routes(i);
        }
        rules();
        if (nics > 1 && chance(3)) {
            add(
                    "route add 10.180.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 3 nexthop via 10.1.0.1 dev eth1 weight 5");
        }
        if (nics > 1 && chance(4)) {
            add("-6 route add 2001:db8:180::/48 nexthop via 2001:db8:0::1 dev eth0 nexthop via 2001:db8:1::1 dev eth1");
        }
        if (nics > 2 && chance(6)) {
            add("link add mv0 link eth2 address 02:00:00:00:03:00 type macvlan mode bridge");
        }
    }

    /** For {@code ip -batch}; IPv6's own begin with -6. */
    List<String> lines() {
        return lines;
    }

    /** As {@code NAME=VALUE}, below /proc/sys/net. */
    List<String> sysctls() {
        return sysctls;
    }

    private void add(String line) {
        lines.add(line);
    }

    private boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    /** One of the words, or none. */
    private String maybe(int of, String... words) {
        return chance(of) ? " " + words[random.nextInt(words.length)] : "";
    }

    private void nic(int i) {
        String nic = "eth" + i;
        linkOptions(nic);
        if (i == 0 || !chance(8)) {
            add("link set %s up".formatted(nic));
        }
        for (int n = random.nextInt(4); n > 0; n--) {
            add("addr add 10.%d.0.%d/%d dev %s%s%s%s%s%s%s"
                    .formatted(
                            i,
                            10 + n,
                            chance(5) ? 16 : 24,
                            nic,
                            maybe(3, "broadcast +", "broadcast 10.%d.0.254".formatted(i)),
                            maybe(5, "label %s:%d".formatted(nic, n)),
                            maybe(6, "scope link", "scope site"),
                            maybe(6, "metric 77"),
                            maybe(6, "noprefixroute"),
                            maybe(6, "valid_lft 3600 preferred_lft 1800", "valid_lft 7200 preferred_lft 0")));
        }
        if (chance(5)) {
            add("addr add 10.%d.5.1 peer 10.%d.5.2/32 dev %s".formatted(i, i, nic));
        }
        if (chance(5)) {
            add("addr add 100.64.%d.1/32 dev %s".formatted(i, nic));
        }
        // One for all: of addresses with several the kernel confuses the routes when one is changed
        // (modify_prefix_route).
        String metric = maybe(6, "metric 99");
        for (int n = random.nextInt(4); n > 0; n--) {
            add("addr add 2001:db8:%d::%d/64 dev %s%s%s%s%s%s"
                    .formatted(
                            i,
                            10 + n,
                            nic,
                            maybe(2, "nodad"),
                            maybe(6, "noprefixroute"),
                            maybe(6, "home"),
                            metric,
                            metric.isEmpty() ? ipv6Lifetime() : ""));
        }
        if (chance(8)) {
            add("addr add 2001:db8:%d:5::1 peer 2001:db8:%d:5::2/128 dev %s".formatted(i, i, nic));
        }
        sysctls(nic);
        if (chance(4)) {
            add("neigh add 10.%d.0.99 lladdr 02:00:00:00:09:0%d nud permanent dev %s".formatted(i, i, nic));
        }
        if (chance(4)) {
            add("neigh add 2001:db8:%d::99 lladdr 02:00:00:00:09:0%d nud permanent dev %s".formatted(i, i, nic));
        }
        if (chance(8)) {
            add("neigh add proxy 10.%d.0.98 dev %s".formatted(i, nic));
        }
    }

    private String ipv6Lifetime() {
        return maybe(5, "valid_lft 3600 preferred_lft 1800", "valid_lft 7200 preferred_lft 0", "preferred_lft 0");
    }

    private void linkOptions(String nic) {
        add("link set %s%s%s%s%s"
                .formatted(
                        nic,
                        maybe(4, "mtu 1400", "mtu 9000"),
                        maybe(6, "txqueuelen 500"),
                        maybe(6, "promisc on"),
                        maybe(6, "allmulticast on")));
        add("link set %s%s%s".formatted(nic, maybe(4, "alias uplink"), maybe(6, "group 5")));
        if (chance(6)) {
            add("link set %s addrgenmode none".formatted(nic));
        }
        if (chance(8)) {
            add("link property add dev %s altname %s-long-name-of-a-nic".formatted(nic, nic));
        }
    }

    private void sysctls(String link) {
        while (chance(2)) {
            sysctls.add("ipv4/conf/%s/%s=%d"
                    .formatted(link, IPV4_SYSCTLS.get(random.nextInt(IPV4_SYSCTLS.size())), random.nextInt(2)));
        }
        while (chance(2)) {
            sysctls.add("ipv6/conf/%s/%s=%d"
                    .formatted(link, IPV6_SYSCTLS.get(random.nextInt(IPV6_SYSCTLS.size())), random.nextInt(2)));
        }
    }

    private void bridgeByHand() {
        bridgeOfEth0 = "br0";
        add("link add br0 address 02:00:00:00:04:00 type bridge%s%s%s%s%s%s"
                .formatted(
                        maybe(2, "stp_state 1", "forward_delay 0"),
                        maybe(3, "mcast_snooping 0"),
                        maybe(3, "priority 4096"),
                        maybe(3, "ageing_time 12000"),
                        maybe(4, "mcast_querier 1"),
                        maybe(4, "group_fwd_mask 8")));
        add("link set eth0 master br0");
        add("link set eth0 type bridge_slave%s%s%s"
                .formatted(maybe(3, "cost 9"), maybe(3, "hairpin on"), maybe(3, "isolated on") + " learning on"));
        add("link set br0 up");
        if (chance(2)) {
            add("addr add 10.0.0.200/24 dev br0");
        }
        add("link add veth1 address 02:00:00:00:04:01 type veth peer name veth2 address 02:00:00:00:04:02");
        add("link set veth1 master br0 up");
        sysctls("br0");
    }

    private void routes(int i) {
        String nic = "eth" + i;
        String attributes = maybe(
                4,
                "mtu 1300",
                "advmss 1200",
                "initcwnd 20",
                "rtt 100ms",
                "window 20000",
                "quickack 1",
                "mtu lock 1280");
        if (i == 0 && !chance(4)) {
            add("route add default via 10.0.0.1 dev eth0%s%s".formatted(maybe(4, "metric 100"), attributes));
        }
        if (i == 0 && !chance(4)) {
            add("-6 route add default via 2001:db8:0::1 dev eth0%s%s"
                    .formatted(maybe(4, "metric 100"), maybe(6, "hoplimit 5", "mtu 1400")));
        }
        if (chance(2)) {
            add("route add 172.16.%d.0/24 via 10.%d.0.1 dev %s%s%s%s"
                    .formatted(
                            i,
                            i,
                            nic,
                            maybe(3, "metric 50"),
                            maybe(4, "proto static", "proto 77"),
                            maybe(4, "src 10.%d.0.11".formatted(i))));
        }
        if (chance(3)) {
            add("route add 172.17.%d.0/24 via 10.250.0.1 dev %s onlink%s".formatted(i, nic, maybe(3, "table 100")));
        }
        if (chance(3)) {
            add("route add 172.18.%d.0/24 dev %s%s%s"
                    .formatted(i, nic, maybe(3, "scope link", "scope host"), attributes));
        }
        if (chance(3)) {
            add("-6 route add 2001:db8:ff%d::/48 via 2001:db8:%d::1 dev %s%s%s"
                    .formatted(
                            i,
                            i,
                            nic,
                            maybe(3, "metric 7"),
                            maybe(3, "table 100", "src 2001:db8:%d::11".formatted(i))));
        }
        if (chance(4)) {
            add("-6 route add 2001:db8:fe%d::/48 dev %s%s".formatted(i, nic, maybe(3, "proto 77")));
        }
        if (chance(5)) {
            add("-6 route add 2001:db8:fd%d::/48 via fe80::1 dev %s".formatted(i, nic));
        }
        if (chance(12)) {
            add("-6 route add 2001:db8:fc%d::/48 via 2001:db8:%d::1 dev %s%s"
                    .formatted(i, i, nic, maybe(1, "pref high", "pref low", "expires 3600")));
        }
        if (chance(12)) {
            add("route add 172.19.%d.0/24 via 10.%d.0.1 dev %s%s"
                    .formatted(i, i, nic, maybe(1, "tos 0x10", "congctl reno", "realm 5", "ttl-propagate enabled")));
        }
        if (chance(15)) {
            add("nexthop add id %d via 10.%d.0.1 dev %s".formatted(i + 5, i, nic));
            add("route add 172.20.%d.0/24 nhid %d".formatted(i, i + 5));
        }
        if (chance(6)) {
            add("route add %s 172.21.%d.0/24"
                    .formatted(
                            List.of("blackhole", "unreachable", "prohibit", "throw")
                                    .get(random.nextInt(4)),
                            i));
        }
        if (chance(8)) {
            add("route add 172.22.%d.0/24 via inet6 fe80::1 dev %s".formatted(i, nic));
        }
    }

    private void rules() {
        while (chance(2)) {
            add("rule add pref %d%s%s%s lookup 100"
                    .formatted(
                            100 + random.nextInt(100),
                            maybe(2, "from 10.0.0.0/24", "to 10.1.0.0/16"),
                            maybe(3, "iif eth0", "oif eth0"),
                            maybe(3, "fwmark 7", "ipproto tcp dport 80", "tos 0x10", "uidrange 0-99")));
        }
        if (chance(4)) {
            add("-6 rule add pref 300 from 2001:db8::/64 lookup 100");
        }
        if (chance(8)) {
            add("rule add pref 400 lookup main suppress_prefixlength 0");
        }
    }

    /** Names eth0 always and the other NICs sometimes, as segments or plain. */
    String file() {
        StringBuilder segments = new StringBuilder();
        StringBuilder ethernets = new StringBuilder();
        for (int i = 0; i < nics; i++) {
            if (i == 0 || chance(3)) {
                segments.append(segment(i));
            } else if (chance(2)) {
                ethernets.append("  eth%d: { addresses: [10.%d.0.%d/24] }\n".formatted(i, i, 11 + random.nextInt(2)));
            }
        }
        return "version: 1\nsegments:\n" + segments + (ethernets.isEmpty() ? "" : "ethernets:\n" + ethernets);
    }

    private String segment(int i) {
        String bridge = i == 0 && !bridgeOfEth0.isEmpty() ? bridgeOfEth0 : chance(3) ? "lan" + i : "bridge" + i;
        String ipv6 = chance(4) ? "" : ", \"2001:db8:%d::%d/64\"".formatted(i, 11 + random.nextInt(3));
        String more = chance(2) ? ", 10.%d.0.77/24".formatted(i) : "";
        StringBuilder routes = new StringBuilder();
        if (i == 0) {
            routes.append("      - { to: default, via: 10.0.0.%d }\n".formatted(1 + random.nextInt(2)));
            if (!ipv6.isEmpty()) {
                routes.append("      - { to: default, via: \"2001:db8:0::1\" }\n");
            }
        }
        return """
                  Segment%d:
                    bridge: %s
                    uplink: eth%d
                    addresses: [10.%d.0.%d/24%s%s]
                """.formatted(i, bridge, i, i, 11 + random.nextInt(3), more, ipv6)
                + (routes.isEmpty() ? "" : "    routes:\n" + routes);
    }
}
