package io.onlink.netlink;

import io.onlink.libc.Libc;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import java.util.Map;
import java.util.TreeMap;

/**
 * The sysctls of one link, which its message has as two arrays of C {@code int}: IFLA_AF_SPEC holds, for AF_INET,
 * IFLA_INET_CONF in the order of IPV4_DEVCONF_* (linux/ip.h, counted from 1), and for AF_INET6, IFLA_INET6_CONF in the
 * order of DEVCONF_* (linux/ipv6.h, counted from 0). Reading {@code /proc/sys} instead takes longer than all other lists
 * of a host with hundreds of links.
 */
final class LinkSysctls {
    private static final int IFLA_INET_CONF = 1;
    private static final int IFLA_INET6_CONF = 2;

    private static final Map<String, Integer> IPV4 = Map.of("rp_filter", 7, "promote_secondaries", 19);

    private static final Map<String, Integer> IPV6 = Map.ofEntries(
            Map.entry("forwarding", 0),
            Map.entry("accept_ra", 3),
            Map.entry("autoconf", 5),
            Map.entry("use_tempaddr", 10),
            Map.entry("temp_valid_lft", 11),
            Map.entry("temp_prefered_lft", 12),
            Map.entry("accept_ra_defrtr", 17),
            Map.entry("accept_ra_pinfo", 18),
            Map.entry("accept_ra_rtr_pref", 19),
            Map.entry("accept_ra_rt_info_max_plen", 21),
            Map.entry("disable_ipv6", 26),
            Map.entry("accept_ra_mtu", 35),
            Map.entry("accept_ra_min_hop_limit", 38),
            Map.entry("keep_addr_on_down", 42),
            Map.entry("addr_gen_mode", 47),
            Map.entry("accept_ra_rt_info_min_plen", 49));

    private LinkSysctls() {}

    /** By name with slashes, relative to {@code /proc/sys}; none of a family that is off for the link. */
    static Map<String, String> parse(String link, Attributes attributes) {
        Map<String, String> values = new TreeMap<>();
        Attributes families = attributes.nested(LinkConstants.IFLA_AF_SPEC).orElse(Attributes.NONE);
        families.nested(Libc.AF_INET)
                .flatMap(family -> family.find(IFLA_INET_CONF))
                .ifPresent(array -> read("net/ipv4/conf/" + link + "/", IPV4, array, values));
        families.nested(Libc.AF_INET6)
                .flatMap(family -> family.find(IFLA_INET6_CONF))
                .ifPresent(array -> read("net/ipv6/conf/" + link + "/", IPV6, array, values));
        families.nested(Libc.AF_INET6)
                .flatMap(family -> family.bytes(LinkConstants.IFLA_INET6_TOKEN))
                .ifPresent(token ->
                        values.put(NetworkState.token(link), IpAddress.of(token).toString()));
        return values;
    }

    /** Older kernels have shorter arrays: what is new is at the end. */
    private static void read(String folder, Map<String, Integer> places, ByteReader array, Map<String, String> values) {
        places.forEach((name, place) -> {
            int start = place * Integer.BYTES;
            if (start + Integer.BYTES <= array.remaining()) {
                values.put(
                        folder + name, Integer.toString(array.copy().skip(start).s32()));
            }
        });
    }
}
