package io.onlink.kernel;

import io.onlink.libc.Libc;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The sysctls of the calling thread's network namespace. */
final class Sysctls {
    private static final Path ROOT = Path.of("/proc/sys");

    private static final List<String> OBSERVED = List.of(
            "net/ipv4/ip_forward",
            "net/ipv6/conf/all/forwarding",
            "net/ipv4/tcp_l3mdev_accept",
            "net/ipv4/udp_l3mdev_accept",
            "net/ipv4/raw_l3mdev_accept",
            "net/vrf/strict_mode",
            // The larger of this and the link's own holds.
            "net/ipv4/conf/all/rp_filter",
            // What a new link begins with.
            "net/ipv4/conf/default/promote_secondaries",
            "net/ipv4/conf/default/rp_filter",
            "net/ipv6/conf/default/disable_ipv6",
            "net/ipv6/conf/default/forwarding",
            "net/ipv6/conf/default/addr_gen_mode",
            "net/ipv6/conf/default/accept_ra",
            "net/ipv6/conf/default/accept_ra_defrtr",
            "net/ipv6/conf/default/accept_ra_pinfo",
            "net/ipv6/conf/default/accept_ra_rtr_pref",
            "net/ipv6/conf/default/accept_ra_rt_info_min_plen",
            "net/ipv6/conf/default/accept_ra_rt_info_max_plen",
            "net/ipv6/conf/default/accept_ra_min_hop_limit",
            "net/ipv6/conf/default/accept_ra_mtu",
            "net/ipv6/conf/default/autoconf",
            "net/ipv6/conf/default/use_tempaddr",
            "net/ipv6/conf/default/temp_valid_lft",
            "net/ipv6/conf/default/temp_prefered_lft",
            "net/ipv6/conf/default/keep_addr_on_down");

    /** More than any of these has. */
    private static final int LONGEST = 256;

    private Sysctls() {}

    /**
     * Those that a plan may look at and that no link's message has; a kernel without a feature has not its sysctls
     * either.
     */
    static SortedMap<String, String> read() {
        return read(OBSERVED);
    }

    /** Those that there are, by name. */
    static SortedMap<String, String> read(Collection<String> names) {
        SortedMap<String, String> values = new TreeMap<>();
        names.forEach(name -> read(name, values));
        return values;
    }

    private static void read(String name, SortedMap<String, String> values) {
        // One read(2): the kernel gives a second one nothing, and the JDK's readString begins with a single byte.
        byte[] buffer = new byte[LONGEST];
        try (InputStream file = Files.newInputStream(ROOT.resolve(name))) {
            int length = Math.max(0, file.read(buffer));
            values.put(name, new String(buffer, 0, length, StandardCharsets.UTF_8).strip());
        } catch (NoSuchFileException absent) {
            // Not in this kernel.
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
