package io.onlink.step;

import io.onlink.model.Allowance;
import io.onlink.model.Firewall;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/**
 * The table {@code inet onlink} in nft(8)'s language: the host's own firewall. Its rules are always the same; who gets in by
 * which link stands in sets, so that a packet costs the same whatever the sets hold, and a change is a change of elements.
 *
 * <p>It stands in the input hook: what is forwarded, to containers too, does not pass here. There a VRF's packets have the
 * VRF for their input link and the member as {@code sdifname}, but for neighbour discovery, which keeps the member
 * (drivers/net/vrf.c): so members are looked for under both. What the host sends to itself by IPv4 in a VRF has the VRF in both
 * places, and is judged as little as what it sends by {@code lo}; by IPv6 it has the member, and is judged (decision 21).
 *
 * <p>A segment of TCP is judged where it opens a connection: conntrack does not know the connections that were there before
 * it began to look, and would call the next segment of each a new one. To know who asked first is for UDP and SCTP.
 */
public final class FirewallTable {
    /** Family and name. */
    public static final String TABLE = "inet onlink";

    /** The links by which not everybody gets in. */
    public static final String CLOSED = "closed";

    /** Link, protocol, port, source. */
    public static final String ALLOWED_IPV4 = "allowed-ipv4";

    /** Link, protocol, port, source. */
    public static final String ALLOWED_IPV6 = "allowed-ipv6";

    /** Link and source. */
    public static final String PINGED_IPV4 = "pinged-ipv4";

    /** Link and source. */
    public static final String PINGED_IPV6 = "pinged-ipv6";

    /** The kernel's: a counter for each link by which somebody was not let in. */
    public static final String REFUSED = "refused";

    private static final List<String> SETS = List.of(CLOSED, ALLOWED_IPV4, ALLOWED_IPV6, PINGED_IPV4, PINGED_IPV6);

    /** Answers to pings and errors; what IPv6 cannot do without: neighbour discovery, routers' advertisements, multicast listeners. */
    private static final String RULES = """
            set closed { type ifname; }
            set allowed-ipv4 { type ifname . inet_proto . inet_service . ipv4_addr; flags interval; }
            set allowed-ipv6 { type ifname . inet_proto . inet_service . ipv6_addr; flags interval; }
            set pinged-ipv4 { type ifname . ipv4_addr; flags interval; }
            set pinged-ipv6 { type ifname . ipv6_addr; flags interval; }
            set refused { type ifname; size 1024; flags dynamic; counter; }
            chain input {
            type filter hook input priority filter; policy accept;
            ct state established,related accept
            tcp flags & (syn | ack) != syn accept
            icmp type { 0, 3, 11, 12 } accept
            icmpv6 type { 1, 2, 3, 4, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143 } accept
            ip protocol igmp accept
            iifname @closed goto link
            meta sdifname @closed goto member
            }
            chain link {
            %s
            }
            chain member {
            %s
            }
            """.formatted(judgement("iifname"), judgement("meta sdifname"));

    private FirewallTable() {}

    private static String judgement(String link) {
        return """
                %1$s . meta l4proto . th dport . ip saddr @allowed-ipv4 accept
                %1$s . meta l4proto . th dport . ip6 saddr @allowed-ipv6 accept
                icmp type 8 %1$s . ip saddr @pinged-ipv4 accept
                icmpv6 type 128 %1$s . ip6 saddr @pinged-ipv6 accept
                update @refused { %1$s } drop""".formatted(link);
    }

    /** The table without a closed link, to be added where there is none. In one line. */
    public static String rules() {
        // What ends a line ends with a semicolon where all is one line; not what opens a brace.
        String line = RULES.strip().replaceAll(";?\n", "; ").replace("{; ", "{ ");
        return "table " + TABLE + " { " + line + "; }";
    }

    /** What makes one of the other, as one transaction of the kernel's. In one line. */
    static String commands(Firewall from, Firewall to) {
        List<String> commands = new ArrayList<>();
        boolean isReplaced = !from.whole() || !from.isThere();
        if (!to.isThere()) {
            return "delete table " + TABLE;
        }
        if (isReplaced) {
            if (from.isThere()) {
                commands.add("delete table " + TABLE);
            }
            commands.add(rules());
        }
        SequencedSet<Element> was = elements(isReplaced ? Firewall.NONE : from);
        SequencedSet<Element> is = elements(to);
        commands.addAll(commands("delete", was, is));
        commands.addAll(commands("add", is, was));
        return String.join("; ", commands);
    }

    private record Element(String set, String text) {}

    /** One a set, in the order of the sets, for what the others have not. */
    private static List<String> commands(String verb, SequencedSet<Element> elements, SequencedSet<Element> others) {
        List<String> commands = new ArrayList<>();
        for (String set : SETS) {
            String missing = elements.stream()
                    .filter(element -> element.set().equals(set) && !others.contains(element))
                    .map(Element::text)
                    .collect(Collectors.joining(", "));
            if (!missing.isEmpty()) {
                commands.add("%s element %s %s { %s }".formatted(verb, TABLE, set, missing));
            }
        }
        return commands;
    }

    private static SequencedSet<Element> elements(Firewall firewall) {
        SequencedSet<Element> elements = new LinkedHashSet<>();
        firewall.closed().forEach((link, allowed) -> {
            String name = "\"" + link + "\"";
            elements.add(new Element(CLOSED, name));
            allowed.forEach(row -> row.sources()
                    .forEach(source -> elements.add(new Element(set(row, source), text(name, row, source)))));
        });
        return elements;
    }

    private static String set(Allowance row, IpNetwork source) {
        boolean isPing = row.protocol() == Allowance.Protocol.ICMP;
        return switch (source.family()) {
            case IPV4 -> isPing ? PINGED_IPV4 : ALLOWED_IPV4;
            case IPV6 -> isPing ? PINGED_IPV6 : ALLOWED_IPV6;
        };
    }

    private static String text(String link, Allowance row, IpNetwork source) {
        String what = row.protocol() == Allowance.Protocol.ICMP ? "" : row.protocol() + " . " + row.ports() + " . ";
        return link + " . " + what + source;
    }
}
