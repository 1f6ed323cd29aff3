package io.onlink.kernel;

import io.onlink.libc.Libc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The sysctls that a plan may look at, in the calling thread's network namespace. */
final class Sysctls {
    private static final Path ROOT = Path.of("/proc/sys");

    /** What a new link inherits from. */
    private static final String DEFAULT = "default";

    private static final List<String> OF_NAMESPACE = List.of(
            "net/ipv4/ip_forward",
            "net/ipv6/conf/all/forwarding",
            "net/ipv4/tcp_l3mdev_accept",
            "net/ipv4/udp_l3mdev_accept",
            "net/bridge/bridge-nf-call-iptables",
            "net/bridge/bridge-nf-call-ip6tables",
            "net/bridge/bridge-nf-call-arptables");

    private static final List<String> OF_LINK = List.of(
            "net/ipv6/conf/%s/disable_ipv6",
            "net/ipv6/conf/%s/accept_ra", "net/ipv6/conf/%s/keep_addr_on_down", "net/ipv4/conf/%s/rp_filter");

    private Sysctls() {}

    /** Those there are: a kernel without a feature has not its sysctls either. */
    static SortedMap<String, String> read(Collection<String> links) {
        SortedMap<String, String> values = new TreeMap<>();
        OF_NAMESPACE.forEach(name -> read(name, values));
        Stream.concat(Stream.of(DEFAULT), links.stream())
                .forEach(link -> OF_LINK.forEach(name -> read(name.formatted(link), values)));
        return values;
    }

    private static void read(String name, SortedMap<String, String> values) {
        try {
            values.put(name, Files.readString(ROOT.resolve(name)).strip());
        } catch (NoSuchFileException absent) {
            // Not in this kernel, or the link has gone since.
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read sysctl " + name, unreadable);
        }
    }

    static void write(String name, String value) {
        Path file = ROOT.resolve(name).normalize();
        if (!file.startsWith(ROOT.resolve("net"))) {
            throw new IllegalArgumentException("Not a sysctl of the network: " + name);
        }
        Libc.writeFile(file.toString(), value);
    }
}
