package io.onlink.nftables;

import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.Allowance.Protocol;
import io.onlink.model.Family;
import io.onlink.model.IpNetwork;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The chain of all ports that let the same in. Those are few, where a set of all ports' networks would be large: the kernel
 * adds to a set of intervals in a time that grows with the set (6 s for 10,000 ports, measured on Linux 6.18).
 *
 * @param rules each ended; what none of them accepts is an answer, or refused
 */
record AdmissionChain(String rules) {
    /** What the names begin with. */
    static final String PREFIX = "admit-";

    private static final int NAME_BYTES = 6;

    static AdmissionChain of(Admission admission) {
        Ports ports = new Ports();
        List<IpNetwork> pings = new ArrayList<>();
        SequencedMap<String, List<IpNetwork>> sources = new LinkedHashMap<>();
        for (Allowance row : admission.disjoint()) {
            if (row.protocol() == Protocol.ICMP) {
                row.sources().forEach(pings::add);
            } else {
                sources.computeIfAbsent(row.protocol() + " . " + row.ports(), _ -> new ArrayList<>())
                        .addAll(row.sources().toList());
            }
        }
        sources.forEach(ports::add);
        return new AdmissionChain(ports.rules() + pings(pings));
    }

    /** The same for the same rules. */
    String name() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(rules.getBytes(StandardCharsets.UTF_8));
            return PREFIX + HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java has SHA-256", impossible);
        }
    }

    String creation() {
        return "table %s {\n\tchain %s {\n%s\t\tgoto %s\n\t}\n}\n"
                .formatted(GuardRules.TABLE, name(), rules, GuardRules.NOT_ADMITTED);
    }

    static String deletion(String name) {
        return "flush chain %1$s %2$s\ndelete chain %1$s %2$s\n".formatted(GuardRules.TABLE, name);
    }

    private static String pings(List<IpNetwork> sources) {
        return ping("icmp type 8", "ip saddr", sources, Family.IPV4)
                + ping("icmpv6 type 128", "ip6 saddr", sources, Family.IPV6);
    }

    private static String ping(String request, String source, List<IpNetwork> sources, Family family) {
        List<IpNetwork> some =
                sources.stream().filter(network -> network.family() == family).toList();
        if (some.isEmpty()) {
            return "";
        }
        boolean everybody = some.getFirst().isDefault();
        String from = some.stream().map(IpNetwork::toString).collect(Collectors.joining(", "));
        return "\t\t" + request + (everybody ? "" : " " + source + " { " + from + " }") + " accept\n";
    }

    /** Protocols and ports, by who is let in. */
    private static final class Ports {
        private final List<String> everybody = new ArrayList<>();
        private final List<String> ipv4 = new ArrayList<>();
        private final List<String> ipv6 = new ArrayList<>();

        void add(String ports, List<IpNetwork> sources) {
            if (sources.equals(List.of(IpNetwork.DEFAULT_IPV4, IpNetwork.DEFAULT_IPV6))) {
                everybody.add(ports);
                return;
            }
            for (IpNetwork source : sources) {
                switch (source.family()) {
                    case IPV4 -> ipv4.add(ports + " . " + source);
                    case IPV6 -> ipv6.add(ports + " . " + source);
                }
            }
        }

        String rules() {
            return rule("", everybody) + rule(" . ip saddr", ipv4) + rule(" . ip6 saddr", ipv6);
        }

        private static String rule(String source, List<String> elements) {
            return elements.isEmpty()
                    ? ""
                    : "\t\tmeta l4proto . th dport%s { %s } accept\n".formatted(source, String.join(", ", elements));
        }
    }
}
