package io.onlink.nftables;

import io.onlink.model.Allowance;
import io.onlink.model.Allowance.Protocol;
import io.onlink.model.Firewall;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.step.FirewallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The table of the host's firewall as libnftables lists it, libnftables-json(5).
 *
 * @param table the whole answer
 */
record ListedFirewall(JsonNode table) {
    private static final Set<String> SETS_OF_ROWS = Set.of(
            FirewallTable.ALLOWED_IPV4,
            FirewallTable.ALLOWED_IPV6,
            FirewallTable.PINGED_IPV4,
            FirewallTable.PINGED_IPV6);

    /** What is in a set and could not have been written by Onlink. */
    private static final class NotOurs extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotOurs(JsonNode what) {
            super("not Onlink's: " + what);
        }
    }

    /** All but what the sets hold and the kernel numbers: text to be compared. */
    String rules() {
        return objects()
                .map(object -> {
                    JsonNode copy = object.deepCopy();
                    for (JsonNode content : copy) {
                        if (content instanceof ObjectNode fields) {
                            fields.remove(List.of("handle", "elem"));
                        }
                    }
                    return copy.toString();
                })
                .collect(Collectors.joining("\n"));
    }

    /** @param wanted what {@link #rules} are where Onlink wrote them */
    Firewall firewall(String wanted) {
        NavigableMap<String, List<Allowance>> closed = new TreeMap<>();
        boolean whole = rules().equals(wanted);
        try {
            elements(FirewallTable.CLOSED).forEach(link -> closed.put(text(link), new ArrayList<>()));
            for (String set : SETS_OF_ROWS) {
                elements(set).forEach(element -> add(closed, element));
            }
        } catch (NotOurs changed) {
            whole = false;
        }
        // Somebody emptied it: that is not the same as that there is none.
        return new Firewall(closed, whole && !closed.isEmpty());
    }

    Map<String, Long> refused() {
        Map<String, Long> refused = new TreeMap<>();
        elements(FirewallTable.REFUSED).forEach(element -> {
            JsonNode counted = element.path("elem");
            refused.put(
                    counted.path("val").asString(""),
                    counted.path("counter").path("packets").asLong(0));
        });
        return refused;
    }

    private Stream<JsonNode> objects() {
        return StreamSupport.stream(table.path("nftables").spliterator(), false)
                .filter(object -> !object.has("metainfo"));
    }

    private List<JsonNode> elements(String set) {
        return objects()
                .map(object -> object.path("set"))
                .filter(found -> found.path("name").asString("").equals(set))
                .flatMap(found -> StreamSupport.stream(found.path("elem").spliterator(), false))
                .toList();
    }

    private static void add(NavigableMap<String, List<Allowance>> closed, JsonNode element) {
        JsonNode parts = element.path("concat");
        List<Allowance> rows = closed.get(text(parts.path(0)));
        if (rows == null) {
            throw new NotOurs(element);
        }
        switch (parts.size()) {
            case 2 -> rows.add(new Allowance(Protocol.ICMP, 0, 0, network(parts.path(1))));
            case 4 -> {
                JsonNode range = parts.path(2).path("range");
                JsonNode first = range.isMissingNode() ? parts.path(2) : range.path(0);
                JsonNode last = range.isMissingNode() ? parts.path(2) : range.path(1);
                rows.add(new Allowance(protocol(parts.path(1)), number(first), number(last), network(parts.path(3))));
            }
            default -> throw new NotOurs(element);
        }
    }

    private static String text(JsonNode node) {
        if (!node.isString()) {
            throw new NotOurs(node);
        }
        return node.asString();
    }

    private static int number(JsonNode node) {
        if (!node.isInt() || node.asInt() < 1) {
            throw new NotOurs(node);
        }
        return node.asInt();
    }

    /** A number where the host has no /etc/protocols. */
    private static Protocol protocol(JsonNode node) {
        return switch (node.asString("")) {
            case "tcp", "6" -> Protocol.TCP;
            case "udp", "17" -> Protocol.UDP;
            case "sctp", "132" -> Protocol.SCTP;
            default -> throw new NotOurs(node);
        };
    }

    private static IpNetwork network(JsonNode node) {
        JsonNode prefix = node.path("prefix");
        try {
            if (prefix.isMissingNode()) {
                IpAddress single = IpAddress.parse(text(node));
                return new IpNetwork(single, single.family().bits());
            }
            return new IpNetwork(
                    IpAddress.parse(text(prefix.path("addr"))),
                    prefix.path("len").asInt());
        } catch (IllegalArgumentException malformed) {
            throw new NotOurs(node);
        }
    }
}
