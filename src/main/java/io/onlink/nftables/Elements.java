package io.onlink.nftables;

import io.onlink.model.Allowance;
import io.onlink.model.Allowance.Protocol;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What ports put into the sets of {@link GuardRules}, in {@code nft}'s language: the elements, by set. */
final class Elements {
    private static final SequencedSet<String> NONE = new LinkedHashSet<>();

    private final SequencedMap<String, SequencedSet<String>> bySet = new LinkedHashMap<>();

    private Elements() {}

    static Elements of(Iterable<GuardedPort> ports) {
        Elements elements = new Elements();
        ports.forEach(elements::add);
        return elements;
    }

    /** {@code add element} for each set, or {@code delete element}. */
    String commands(String verb) {
        StringBuilder commands = new StringBuilder();
        bySet.forEach((set, elements) -> commands.append(command(verb, set, elements)));
        return commands.toString();
    }

    /** Those that the other has not. */
    Elements without(Elements other) {
        Elements rest = new Elements();
        bySet.forEach((set, elements) -> elements.stream()
                .filter(element -> !other.bySet.getOrDefault(set, NONE).contains(element))
                .forEach(element -> rest.put(set, element)));
        return rest;
    }

    static String command(String verb, String set, Iterable<String> elements) {
        return "%s element %s %s { %s }\n".formatted(verb, GuardRules.TABLE, set, String.join(", ", elements));
    }

    static String quoted(String link) {
        return "\"" + link + "\"";
    }

    private void add(GuardedPort port) {
        String link = quoted(port.link());
        put(GuardRules.ENDPOINTS, link);
        put(GuardRules.MAC_SOURCE, link + " . " + port.mac());
        Stream.concat(port.addresses().stream(), Stream.of(port.mac().linkLocal()))
                .forEach(ip -> addSource(link, ip));
        if (port.isolated()) {
            put(GuardRules.ISOLATED, link);
        }
        if (port.admission().closed()) {
            put(GuardRules.CLOSED, link);
            addAllowed(link, port.admission().allowed());
        }
    }

    private void addSource(String link, IpAddress ip) {
        switch (ip.family()) {
            case IPV4 -> put(GuardRules.IPV4_SOURCE, link + " . " + ip);
            case IPV6 -> {
                put(GuardRules.IPV6_SOURCE, link + " . " + ip);
                put(GuardRules.NEIGHBOUR_TARGET, link + " . 0x" + HexFormat.of().formatHex(ip.toBytes()));
            }
        }
    }

    private void addAllowed(String link, List<Allowance> allowed) {
        for (Protocol protocol : Protocol.values()) {
            List<Allowance> some =
                    allowed.stream().filter(one -> one.protocol() == protocol).toList();
            if (protocol == Protocol.ICMP) {
                sources(some).forEach(source -> put(pingSet(source.family()), link + " . " + source));
            } else {
                addPorts(link + " . " + protocol, some);
            }
        }
    }

    /** An interval set refuses elements that overlap, so ports in a row are cut wherever another row begins or ends. */
    private void addPorts(String key, List<Allowance> allowed) {
        TreeSet<Integer> begins = new TreeSet<>();
        allowed.forEach(one -> {
            begins.add(one.firstPort());
            begins.add(one.lastPort() + 1);
        });
        for (int first : begins) {
            List<IpNetwork> sources = sources(allowed.stream()
                    .filter(one -> one.firstPort() <= first && first <= one.lastPort())
                    .toList());
            Integer next = begins.higher(first);
            if (sources.isEmpty() || next == null) {
                continue;
            }
            boolean everywhere = sources.stream().allMatch(IpNetwork::isDefault) && sources.size() == 2;
            if (everywhere && next == first + 1) {
                put(GuardRules.OPEN_PORTS, key + " . " + first);
            } else {
                String ports = next == first + 1 ? String.valueOf(first) : first + "-" + (next - 1);
                sources.forEach(source -> put(openSet(source.family()), key + " . " + ports + " . " + source));
            }
        }
    }

    /** Likewise, without those that lie in another. */
    private static List<IpNetwork> sources(List<Allowance> allowed) {
        List<IpNetwork> all = new ArrayList<>();
        for (Allowance one : allowed) {
            if (one.source() == null) {
                all.add(IpNetwork.DEFAULT_IPV4);
                all.add(IpNetwork.DEFAULT_IPV6);
            } else {
                all.add(one.source());
            }
        }
        return all.stream()
                .distinct()
                .filter(source -> all.stream().noneMatch(other -> !other.equals(source) && other.contains(source)))
                .sorted()
                .toList();
    }

    private static String openSet(Family family) {
        return switch (family) {
            case IPV4 -> GuardRules.OPEN_IPV4;
            case IPV6 -> GuardRules.OPEN_IPV6;
        };
    }

    private static String pingSet(Family family) {
        return switch (family) {
            case IPV4 -> GuardRules.PING_IPV4;
            case IPV6 -> GuardRules.PING_IPV6;
        };
    }

    private void put(String set, String element) {
        bySet.computeIfAbsent(set, name -> new LinkedHashSet<>()).add(element);
    }
}
