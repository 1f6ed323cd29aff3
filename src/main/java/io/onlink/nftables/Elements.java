package io.onlink.nftables;

import io.onlink.model.Admission;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Stream;

/** What ports put into the sets of {@link GuardRules}, in {@code nft}'s language: the elements, by set. */
final class Elements {
    private static final SequencedSet<String> NONE = new LinkedHashSet<>();

    private final SequencedMap<String, SequencedSet<String>> bySet = new LinkedHashMap<>();

    /** Ports share what is let in, and its name takes a digest to find. */
    private final Map<Admission, String> chains = new HashMap<>();

    private Elements() {}

    static Elements of(Iterable<GuardedPort> ports) {
        Elements elements = new Elements();
        ports.forEach(elements::add);
        return elements;
    }

    int count(String set) {
        return bySet.getOrDefault(set, NONE).size();
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
                .forEach(ip -> addSource(link, port.mac(), ip));
        if (port.isolated()) {
            put(GuardRules.ISOLATED, link);
        }
        if (port.admission().closed()) {
            put(GuardRules.CLOSED, link);
            put(
                    GuardRules.ADMISSIONS,
                    link + " : jump "
                            + chains.computeIfAbsent(
                                    port.admission(),
                                    admission -> AdmissionChain.of(admission).name()));
        }
    }

    private void addSource(String link, MacAddress mac, IpAddress ip) {
        String honest = link + " . " + mac + " . " + ip;
        switch (ip.family()) {
            case IPV4 -> {
                put(GuardRules.HONEST_IPV4, honest);
                put(GuardRules.IPV4_SOURCE, link + " . " + ip);
            }
            case IPV6 -> {
                put(GuardRules.HONEST_IPV6, honest);
                put(GuardRules.NEIGHBOUR_TARGET, link + " . 0x" + HexFormat.of().formatHex(ip.toBytes()));
            }
        }
    }

    private void put(String set, String element) {
        bySet.computeIfAbsent(set, name -> new LinkedHashSet<>()).add(element);
    }
}
