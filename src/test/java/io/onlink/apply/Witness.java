package io.onlink.apply;

import io.onlink.libc.NetworkNamespace;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that {@code ip} and {@code tc} show of a namespace, and every sysctl of every link: without what differs though
 * nothing was changed, and otherwise byte for byte. It knows nothing of our model.
 */
final class Witness {
    /** Few processes, as this is run thousands of times. */
    private static final String SHOW = """
            printf 'addr show\\nneigh show nud permanent\\nneigh show proxy\\nnexthop show\\n' | ip -j -d -batch -
            for family in -4 -6; do printf 'route show table all\\nrule show\\n' | ip $family -j -batch -; done
            { echo qdisc show
              for link in /proc/sys/net/ipv4/conf/*; do
                case ${link##*/} in all|default|lo) ;; *) echo "filter show dev ${link##*/} ingress";; esac
              done; } | tc -j -batch -
            """;

    /** What the kernel counts, numbers or does in its own time. */
    private static final List<String> NOT_COMPARED = List.of(
            "ifindex",
            "link_index",
            "link_netnsid",
            "designated_port",
            "id",
            "no",
            "operstate",
            "tentative",
            "hello_timer",
            "tcn_timer",
            "topology_change_timer",
            "gc_timer",
            "fdb_n_learned",
            "hold_timer",
            "message_age_timer",
            "forward_delay_timer",
            "topology_change",
            "topology_change_detected");

    /** Of lifetimes, which are given in hundreds and pass. */
    private static final int SECONDS = 100;

    private Witness() {}

    static List<String> of(NetworkNamespace namespace) {
        List<String> lines = new ArrayList<>();
        // One list after another, a batch's without end of line: made one.
        String shown = Programs.run(namespace, "", "sh", "-c", SHOW);
        for (JsonNode answer : JsonMapper.shared().readTree("[" + shown.replaceAll("]\\s*\\[", "],[") + "]")) {
            for (JsonNode entry : answer) {
                if (canonical(entry) instanceof ObjectNode link
                        && link.remove("addr_info") instanceof ArrayNode addresses) {
                    lines.addAll(inOrder(link.get("ifname").asString(), addresses));
                }
                String line = entry.toString();
                if (!isInTheKernelsOwnTime(line)) {
                    lines.add(line);
                }
            }
        }
        lines.sort(null);
        lines.addAll(namespace.call(Witness::sysctls));
        return lines;
    }

    /** When it comes to it after an address was added (addrconf_dad_work); when a link has carrier. */
    private static boolean isInTheKernelsOwnTime(String line) {
        boolean isOfAnIpv6Address = (line.contains("\"type\":\"local\"") || line.contains("\"type\":\"anycast\""))
                && line.contains("\"pref\":");
        return isOfAnIpv6Address || line.contains("\"dst\":\"ff00::/8\"");
    }

    /**
     * Their order says which one the host speaks from: in IPv6 that of all, in IPv4 that of each network. Between IPv4's
     * networks it is not brought back: addresses of the others would have to go for a moment.
     */
    private static List<String> inOrder(String link, ArrayNode addresses) {
        Map<String, Integer> counts = new HashMap<>();
        List<String> lines = new ArrayList<>();
        for (JsonNode address : addresses) {
            IpNetwork network = InterfaceAddress.parse(address.get("local").asString() + "/"
                            + address.get("prefixlen").asInt())
                    .network();
            String group = link + " " + (network.family() == Family.IPV4 ? network : "inet6");
            lines.add("%s %02d %s".formatted(group, counts.merge(group, 1, Integer::sum), address));
        }
        return lines;
    }

    private static JsonNode canonical(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(NOT_COMPARED);
            if (object.path("linkinfo").path("info_kind").asString("").equals("vrf")) {
                // The kernel's own at each making, and nobody sees it on a wire.
                object.remove("address");
            }
            if (object.has("local") && object.get("local").asString().startsWith("fe80:")) {
                // The kernel's own; whether detection was needed depends on who had it before.
                object.remove("nodad");
            }
            for (String name : List.of("valid_life_time", "preferred_life_time", "expires")) {
                if (object.has(name) && object.get(name).asLong() < Integer.MAX_VALUE) {
                    object.put(name, Math.ceilDiv(object.get(name).asLong(), SECONDS) * SECONDS);
                }
            }
            object.values().forEach(Witness::canonical);
        }
        if (node instanceof ArrayNode array) {
            array.removeIf(JsonNode::isEmpty);
            array.forEach(Witness::canonical);
        }
        return node;
    }

    private static List<String> sysctls() {
        List<String> lines = new ArrayList<>();
        for (String folder : List.of("/proc/sys/net/ipv4/conf", "/proc/sys/net/ipv6/conf")) {
            try (Stream<Path> files = Files.walk(Path.of(folder), 2)) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    if (!file.endsWith("stable_secret")) {
                        lines.add(file + "=" + Files.readString(file).strip());
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return lines;
    }

    /** Writes sysctls, {@code NAME=VALUE} below /proc/sys/net; one that the kernel refuses is left out. */
    static void set(NetworkNamespace namespace, List<String> sysctls) {
        namespace.call(() -> {
            for (String sysctl : sysctls) {
                Path file = Path.of("/proc/sys/net").resolve(sysctl.substring(0, sysctl.indexOf('=')));
                try {
                    Files.writeString(file, sysctl.substring(sysctl.indexOf('=') + 1));
                } catch (IOException refused) {
                    // As from a kernel that lacks it.
                }
            }
            return true;
        });
    }

    static Optional<String> difference(List<String> one, List<String> other) {
        List<String> missing = new ArrayList<>(one);
        other.forEach(missing::remove);
        List<String> more = new ArrayList<>(other);
        one.forEach(more::remove);
        return missing.isEmpty() && more.isEmpty()
                ? Optional.empty()
                : Optional.of("missing:\n%s\nmore:\n%s".formatted(String.join("\n", missing), String.join("\n", more)));
    }
}
