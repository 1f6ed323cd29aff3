package io.onlink.nftables;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The rules of the table {@code bridge onlink}. They are the same whatever ports there are: what differs stands in sets, and
 * in the {@link AdmissionChain}s, so that a frame costs the same beside one container and beside 10,000, and a change is a
 * change of elements.
 *
 * <p>A bridge's prerouting hook sees what a container sends before the bridge learns its MAC address, and what goes to the
 * host as well. What reaches a container passes the forward hook, or where the host itself sends it the output hook; the
 * postrouting hook sees both, but would be a third one for every frame, and a hook costs as much as five rules. None uses
 * connection tracking: not every kernel has it for bridges, and it costs every frame.
 */
final class GuardRules {
    static final String TABLE = "bridge onlink";

    static final String ENDPOINTS = "endpoints";

    /** What is found here needs no further question, as to who sent it: one look for most frames. */
    static final String HONEST_IPV4 = "honest-ipv4";

    static final String HONEST_IPV6 = "honest-ipv6";
    static final String MAC_SOURCE = "mac-source";
    static final String IPV4_SOURCE = "ipv4-source";

    /** The IPv6 addresses once more: the language (1.0.6) has no name for the target, and raw bytes are of a type of their own. */
    static final String NEIGHBOUR_TARGET = "neighbour-target";

    static final String ISOLATED = "isolated";
    static final String CLOSED = "closed";

    /** The {@link AdmissionChain} of each closed port. */
    static final String ADMISSIONS = "admissions";

    /** What follows from the ports there are, beside {@link #ADMISSIONS}. The sets beside these are the kernel's: counters, and conversations. */
    static final List<String> SETS_OF_PORTS =
            List.of(ENDPOINTS, HONEST_IPV4, HONEST_IPV6, MAC_SOURCE, IPV4_SOURCE, NEIGHBOUR_TARGET, ISOLATED, CLOSED);

    /**
     * What a port may begin of conversations, where more would take the others' room: a tenth of it, within the time that they
     * are remembered. What it begins beyond that goes out, and the answer is refused.
     */
    private static final String NEW_CONVERSATIONS = "limit rate over 500/second burst 20000 packets";

    private static final String SETS = """
            	set endpoints { type ifname; }
            	set honest-ipv4 { type ifname . ether_addr . ipv4_addr; }
            	set honest-ipv6 { type ifname . ether_addr . ipv6_addr; }
            	set mac-source { type ifname . ether_addr; }
            	set ipv4-source { type ifname . ipv4_addr; }
            	set neighbour-target { typeof iifname . @th,64,128; }
            	set isolated { type ifname; }
            	set closed { type ifname; }
            	map admissions { type ifname : verdict; }
            	set asked-ipv4 { type ifname . ipv4_addr . inet_proto . inet_service . inet_service; size 1048576; flags dynamic,timeout; timeout 3m; }
            	set asked-ipv6 { type ifname . ipv6_addr . inet_proto . inet_service . inet_service; size 1048576; flags dynamic,timeout; timeout 3m; }
            	set asking { type ifname; size 65535; flags dynamic,timeout; timeout 10m; }
            """;

    private static final String CHAINS = """
            	chain prerouting {
            		type filter hook prerouting priority -300; policy accept;
            		iifname != "onl*" accept
            		ether type ip iifname . ether saddr . ip saddr @honest-ipv4 goto honest-ipv4
            		ether type ip6 iifname . ether saddr . ip6 saddr @honest-ipv6 goto honest-ipv6
            		iifname @endpoints goto from-endpoint
            	}
            	chain honest-ipv4 {
            		meta l4proto tcp accept
            		meta l4proto vmap { udp : goto asks-ipv4, sctp : goto asks-ipv4, igmp : goto from-igmp }
            		accept
            	}
            	chain asks-ipv4 {
            		udp sport 67 %DHCP
            		udp dport 68 %DHCP
            		iifname != @closed accept
            		iifname . ip daddr . meta l4proto . th sport . th dport @asked-ipv4 update @asked-ipv4 { iifname . ip daddr . meta l4proto . th sport . th dport } accept
            		ip frag-off & 0x1fff != 0 accept
            		update @asking { iifname %BUDGET } accept
            		update @asked-ipv4 { iifname . ip daddr . meta l4proto . th sport . th dport }
            		accept
            	}
            	chain from-igmp {
            		@th,0,8 0x11 %ROUTER
            		accept
            	}
            	chain honest-ipv6 {
            		meta l4proto tcp accept
            		frag nexthdr { 0, 43, 44, 60 } %MALFORMED
            		icmpv6 type { 130, 134, 137 } %ROUTER
            		icmpv6 type { 133, 135, 136 } exthdr frag exists %MALFORMED
            		icmpv6 type 136 iifname . @th,64,128 != @neighbour-target %NEIGHBOUR
            		meta l4proto { udp, sctp } goto asks-ipv6
            		accept
            	}
            	chain asks-ipv6 {
            		udp sport 547 %DHCP
            		udp dport 546 %DHCP
            		iifname != @closed accept
            		iifname . ip6 daddr . meta l4proto . th sport . th dport @asked-ipv6 update @asked-ipv6 { iifname . ip6 daddr . meta l4proto . th sport . th dport } accept
            		frag frag-off != 0 accept
            		update @asking { iifname %BUDGET } accept
            		update @asked-ipv6 { iifname . ip6 daddr . meta l4proto . th sport . th dport }
            		accept
            	}
            	chain from-endpoint {
            		iifname . ether saddr != @mac-source %MAC
            		ether type vmap { arp : goto from-arp, ip : goto from-ipv4, ip6 : goto from-ipv6 }
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
            		ip saddr 0.0.0.0/0 %IPV4
            		%MALFORMED
            	}
            	chain from-ipv6 {
            		frag nexthdr { 0, 43, 44, 60 } %MALFORMED
            		icmpv6 type { 130, 134, 137 } %ROUTER
            		icmpv6 type { 133, 135, 136 } exthdr frag exists %MALFORMED
            		icmpv6 type 136 iifname . @th,64,128 != @neighbour-target %NEIGHBOUR
            		ip6 saddr :: meta l4proto ipv6-icmp jump from-unspecified
            		ip6 saddr ::/0 %IPV6
            		%MALFORMED
            	}
            	chain from-unspecified {
            		icmpv6 type { 131, 132, 133, 143 } accept
            		icmpv6 type != 135 %IPV6
            		iifname . @th,64,128 @neighbour-target accept
            		%NEIGHBOUR
            	}
            	chain forward {
            		type filter hook forward priority -200; policy accept;
            		oifname != "onl*" accept
            		iifname "onl*" iifname @isolated oifname @isolated %ISOLATED
            		tcp flags & (syn | ack) != syn accept
            		oifname vmap @admissions
            	}
            	chain output {
            		type filter hook output priority -200; policy accept;
            		oifname != "onl*" accept
            		tcp flags & (syn | ack) != syn accept
            		oifname vmap @admissions
            	}
            	chain not-admitted {
            		meta protocol vmap { ip : goto answer-ipv4, ip6 : goto answer-ipv6 }
            		meta protocol { 8021q, 8021ad } %REFUSED
            	}
            	chain answer-ipv4 {
            		ip frag-off & 0x1fff != 0 accept
            		oifname . ip saddr . meta l4proto . th dport . th sport @asked-ipv4 accept
            		icmp type { 0, 3, 11, 12 } accept
            		ip protocol igmp accept
            		%REFUSED
            	}
            	chain answer-ipv6 {
            		frag frag-off != 0 accept
            		oifname . ip6 saddr . meta l4proto . th dport . th sport @asked-ipv6 accept
            		icmpv6 type { 1, 2, 3, 4, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143 } accept
            		%REFUSED
            	}
            """;

    /** Of the rules that are always there. */
    static final Set<String> CHAIN_NAMES = CHAINS.lines()
            .filter(line -> line.startsWith("\tchain "))
            .map(line -> line.split(" ", -1)[1])
            .collect(Collectors.toUnmodifiableSet());

    private GuardRules() {}

    /** Where an {@link AdmissionChain} ends. */
    static final String NOT_ADMITTED = "not-admitted";

    /** The table's sets and chains, without a port: to be read after those of before were removed. */
    static String text() {
        String counters = Arrays.stream(Offence.values())
                .map(offence ->
                        "\tset %s { type ifname; size 65535; flags dynamic; counter; }%n".formatted(offence.set()))
                .collect(Collectors.joining());
        String chains = CHAINS;
        chains = chains.replace("%BUDGET", NEW_CONVERSATIONS);
        for (Offence offence : Offence.values()) {
            chains = chains.replace("%" + offence.name() + "\n", offence.drop() + "\n");
        }
        return "table " + TABLE + " {\n" + SETS + counters + chains + "}\n";
    }
}
