package io.onlink.nftables;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The rules of the table {@code bridge onlink}. They are the same whatever ports there are: what differs stands in sets, and
 * in the {@link AdmissionChain}s, so that a frame costs the same beside one container and beside 10,000, and a change is a
 * change of elements.
 *
 * <p>A bridge's prerouting hook sees what a container sends before the bridge learns its MAC address, and what goes to the
 * host as well; the postrouting hook sees what reaches a container, from the host too. Neither uses connection tracking: not
 * every kernel has it for bridges, and it costs every frame.
 */
final class GuardRules {
    static final String TABLE = "bridge onlink";

    static final String ENDPOINTS = "endpoints";
    static final String MAC_SOURCE = "mac-source";
    static final String IPV4_SOURCE = "ipv4-source";
    static final String IPV6_SOURCE = "ipv6-source";

    /** As {@link #IPV6_SOURCE}: the language (1.0.6) has no name for the target, and raw bytes are of a type of their own. */
    static final String NEIGHBOUR_TARGET = "neighbour-target";

    static final String ISOLATED = "isolated";
    static final String CLOSED = "closed";

    /** The {@link AdmissionChain} of each closed port. */
    static final String ADMISSIONS = "admissions";

    /** What follows from the ports there are, beside {@link #ADMISSIONS}. The sets beside these are the kernel's: counters, and conversations. */
    static final List<String> SETS_OF_PORTS =
            List.of(ENDPOINTS, MAC_SOURCE, IPV4_SOURCE, IPV6_SOURCE, NEIGHBOUR_TARGET, ISOLATED, CLOSED);

    private static final String SETS = """
            	set endpoints { type ifname; }
            	set mac-source { type ifname . ether_addr; }
            	set ipv4-source { type ifname . ipv4_addr; }
            	set ipv6-source { type ifname . ipv6_addr; }
            	set neighbour-target { typeof iifname . @th,64,128; }
            	set isolated { type ifname; }
            	set closed { type ifname; }
            	map admissions { type ifname : verdict; }
            	set asked-ipv4 { type ifname . ipv4_addr . inet_proto . inet_service . inet_service; size 262144; flags dynamic,timeout; timeout 3m; }
            	set asked-ipv6 { type ifname . ipv6_addr . inet_proto . inet_service . inet_service; size 262144; flags dynamic,timeout; timeout 3m; }
            """;

    private static final String CHAINS = """
            	chain prerouting {
            		type filter hook prerouting priority -300; policy accept;
            		iifname @endpoints jump from-endpoint
            	}
            	chain from-endpoint {
            		iifname . ether saddr != @mac-source %MAC
            		ether type vmap { ip : jump from-ipv4, ip6 : jump from-ipv6, arp : jump from-arp }
            		%PROTOCOL
            	}
            	chain from-arp {
            		arp htype != 1 %MALFORMED
            		arp ptype != 0x0800 %MALFORMED
            		arp hlen != 6 %MALFORMED
            		arp plen != 4 %MALFORMED
            		iifname . arp saddr ether != @mac-source %ARP
            		arp saddr ip 0.0.0.0 jump from-arp-probe
            		iifname . arp saddr ip @ipv4-source accept
            		%ARP
            	}
            	chain from-arp-probe {
            		iifname . arp daddr ip @ipv4-source accept
            		arp daddr ip 0.0.0.0 accept
            	}
            	chain from-ipv4 {
            		iifname . ip saddr != @ipv4-source %IPV4
            		udp sport 67 %DHCP
            		udp dport 68 %DHCP
            		iifname @closed meta l4proto { udp, sctp } ip frag-off & 0x1fff == 0 update @asked-ipv4 { iifname . ip daddr . meta l4proto . th sport . th dport }
            		iifname . ip saddr @ipv4-source accept
            		%MALFORMED
            	}
            	chain from-ipv6 {
            		frag nexthdr { 0, 43, 44, 60 } %MALFORMED
            		meta l4proto ipv6-icmp jump from-icmpv6
            		iifname . ip6 saddr != @ipv6-source %IPV6
            		udp sport 547 %DHCP
            		udp dport 546 %DHCP
            		iifname @closed meta l4proto { udp, sctp } update @asked-ipv6 { iifname . ip6 daddr . meta l4proto . th sport . th dport }
            		iifname . ip6 saddr @ipv6-source accept
            		%MALFORMED
            	}
            	chain from-icmpv6 {
            		icmpv6 type { 134, 137 } %ROUTER
            		icmpv6 type 136 iifname . @th,64,128 != @neighbour-target %NEIGHBOUR
            		ip6 saddr :: jump from-unspecified
            		iifname . ip6 saddr != @ipv6-source %IPV6
            		accept
            	}
            	chain from-unspecified {
            		icmpv6 type { 131, 132, 133, 143 } accept
            		icmpv6 type != 135 %IPV6
            		iifname . @th,64,128 @neighbour-target accept
            		%NEIGHBOUR
            	}
            	chain forward {
            		type filter hook forward priority -200; policy accept;
            		iifname @isolated oifname @isolated %ISOLATED
            	}
            	chain postrouting {
            		type filter hook postrouting priority 300; policy accept;
            		oifname @closed ether type vmap { ip : jump to-ipv4, ip6 : jump to-ipv6 }
            	}
            	chain to-ipv4 {
            		ip frag-off & 0x1fff != 0 accept
            		tcp flags & (syn | ack) != syn accept
            		oifname vmap @admissions
            		oifname . ip saddr . meta l4proto . th dport . th sport @asked-ipv4 accept
            		icmp type { 0, 3, 11, 12 } accept
            		ip protocol igmp accept
            		%REFUSED
            	}
            	chain to-ipv6 {
            		frag frag-off != 0 accept
            		tcp flags & (syn | ack) != syn accept
            		oifname vmap @admissions
            		oifname . ip6 saddr . meta l4proto . th dport . th sport @asked-ipv6 accept
            		icmpv6 type { 1, 2, 3, 4, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143 } accept
            		%REFUSED
            	}
            """;

    private GuardRules() {}

    /** The table's sets and chains, without a port: to be read after those of before were removed. */
    static String text() {
        String counters = Arrays.stream(Offence.values())
                .map(offence ->
                        "\tset %s { type ifname; size 65535; flags dynamic; counter; }%n".formatted(offence.set()))
                .collect(Collectors.joining());
        String chains = CHAINS;
        for (Offence offence : Offence.values()) {
            chains = chains.replace("%" + offence.name() + "\n", offence.drop() + "\n");
        }
        return "table " + TABLE + " {\n" + SETS + counters + chains + "}\n";
    }
}
