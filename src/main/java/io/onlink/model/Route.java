package io.onlink.model;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A route, with all that is needed to put it back as it was (rtnetlink(7), RTM_NEWROUTE).
 *
 * @param destination {@link IpNetwork#isDefault()} for a default route
 * @param table number of the routing table; {@link #MAIN}, or a VRF's
 * @param metric its priority, smaller wins; IPv6 without one is 1024
 * @param type unicast, or what happens to the packet instead
 * @param nextHops where to; none for a type that sends nothing, several for multipath
 * @param source preferred source address
 * @param protocol who put it there ({@code RTPROT_*}, rtnetlink.h)
 * @param metrics {@code RTAX_*} values (mtu, advmss …) by number
 * @param more what else it has, in {@code ip route}'s words, that Onlink could not put back; null where there is none
 * @param advertised of a route learned from a router; null of every other
 */
public record Route(
        IpNetwork destination,
        int table,
        int metric,
        Type type,
        List<NextHop> nextHops,
        @Nullable IpAddress source,
        Scope scope,
        int protocol,
        NavigableMap<Integer, Integer> metrics,
        @Nullable String more,
        @Nullable Advertised advertised) {

    /** {@code RT_TABLE_MAIN}. */
    public static final int MAIN = 254;

    /** {@code RT_TABLE_LOCAL}: the kernel's own. */
    public static final int LOCAL = 255;

    /** {@code RTPROT_KERNEL}. */
    public static final int PROTOCOL_KERNEL = 2;

    /** {@code RTPROT_BOOT}: what {@code ip route add} writes. */
    public static final int PROTOCOL_BOOT = 3;

    /** {@code RTPROT_STATIC}: by the administrator; Onlink's own routes say this. */
    public static final int PROTOCOL_STATIC = 4;

    /** {@code RTPROT_RA}: learned from a router's advertisement. */
    public static final int PROTOCOL_ROUTER_ADVERTISEMENT = 9;

    /** {@code IP6_RT_PRIO_USER}: what the kernel makes of an IPv6 route without metric. */
    public static final int IPV6_DEFAULT_METRIC = 1024;

    /**
     * 0xFF002000, that of the last default route of a VRF's table (kernel: Documentation/networking/vrf.rst), as an unsigned
     * number: 4278198272.
     */
    public static final int LAST_METRIC = 0xFF00_2000;

    /** {@code IP6_RT_PRIO_ADDRCONF}: what the kernel's own IPv6 routes have. */
    private static final int IPV6_KERNEL_METRIC = 256;

    private static final Set<Type> SET_BY_HAND =
            EnumSet.of(Type.UNICAST, Type.UNREACHABLE, Type.BLACKHOLE, Type.PROHIBIT);

    public Route {
        nextHops = List.copyOf(nextHops);
        metrics = Collections.unmodifiableNavigableMap(new TreeMap<>(metrics));
    }

    /** With nothing that Onlink could not put back. */
    public Route(
            IpNetwork destination,
            int table,
            int metric,
            Type type,
            List<NextHop> nextHops,
            @Nullable IpAddress source,
            Scope scope,
            int protocol,
            NavigableMap<Integer, Integer> metrics) {
        this(destination, table, metric, type, nextHops, source, scope, protocol, metrics, null, null);
    }

    /** A static route through a router on a link. */
    public static Route via(IpNetwork destination, int table, IpAddress router, String link) {
        int metric = destination.family() == Family.IPV6 ? IPV6_DEFAULT_METRIC : 0;
        NextHop nextHop = new NextHop(router, link, 1, false);
        return new Route(
                destination,
                table,
                metric,
                Type.UNICAST,
                List.of(nextHop),
                null,
                Scope.GLOBAL,
                PROTOCOL_STATIC,
                new TreeMap<>());
    }

    /** A static route to a network that a link is on. */
    public static Route direct(IpNetwork destination, int table, String link) {
        boolean isIpv4 = destination.family() == Family.IPV4;
        return new Route(
                destination,
                table,
                isIpv4 ? 0 : IPV6_DEFAULT_METRIC,
                Type.UNICAST,
                List.of(new NextHop(null, link, 1, false)),
                null,
                isIpv4 ? Scope.LINK : Scope.GLOBAL,
                PROTOCOL_STATIC,
                new TreeMap<>());
    }

    /**
     * What ends the search in a routing domain's table: a packet that nothing else in it leads goes nowhere, instead of where
     * the next rule's table, the main one, would send it.
     */
    public static Route endOf(int table, Family family) {
        return new Route(
                IpNetwork.defaultOf(family),
                table,
                LAST_METRIC,
                Type.UNREACHABLE,
                List.of(),
                null,
                Scope.GLOBAL,
                PROTOCOL_STATIC,
                new TreeMap<>());
    }

    public Family family() {
        return destination.family();
    }

    /** Whether it is of no link: it sends nothing, and stays when links go. */
    public boolean isLinkless() {
        return nextHops.isEmpty();
    }

    /** The link of a route with one next hop; null for multipath and for types that send nothing. */
    public @Nullable String link() {
        return nextHops.size() == 1 ? nextHops.getFirst().link() : null;
    }

    /** Whether one of its next hops leaves by the link. */
    public boolean uses(String link) {
        return nextHops.stream().anyMatch(hop -> link.equals(hop.link()));
    }

    /** The same route with every next hop of one link moved to another. */
    public Route moved(String from, String to) {
        List<NextHop> hops = nextHops.stream()
                .map(hop -> from.equals(hop.link()) ? new NextHop(hop.via(), to, hop.weight(), hop.onlink()) : hop)
                .toList();
        return new Route(destination, table, metric, type, hops, source, scope, protocol, metrics, more, advertised);
    }

    /**
     * Whether the kernel made it: connected, local, multicast, or learned from a router. A plan leaves these alone.
     * NetworkManager makes the connected routes itself, in the kernel's name; they have a metric, by which they are known.
     */
    public boolean isKernelMade() {
        return (protocol == PROTOCOL_KERNEL && hasKernelMetric())
                || protocol == PROTOCOL_ROUTER_ADVERTISEMENT
                || isLearned()
                || table == LOCAL
                || !SET_BY_HAND.contains(type);
    }

    /**
     * Whether it came with a router's advertisement, and runs out by itself where no other follows: a default route, one to
     * a network behind the router (RFC 4191), or one to the LAN's own network.
     */
    public boolean isLearned() {
        return advertised != null;
    }

    /** Whether both were learned of the same router: what is left of their lifetimes and the metric do not matter. */
    public boolean isLearnedAs(Route other) {
        return isLearned()
                && other.isLearned()
                && destination.equals(other.destination)
                && table == other.table
                && nextHops.equals(other.nextHops);
    }

    private boolean hasKernelMetric() {
        return metric == 0 || (family() == Family.IPV6 && metric == IPV6_KERNEL_METRIC);
    }

    /** Whether it needs no router, so that routers may be behind it. */
    public boolean isDirect() {
        return nextHops.stream().allMatch(hop -> hop.via() == null);
    }

    /** Whether both do the same to a packet; who put them there does not matter. */
    public boolean hasSameEffectAs(Route other) {
        return destination.equals(other.destination)
                && table == other.table
                && metric == other.metric
                && type == other.type
                && nextHops.equals(other.nextHops)
                && Objects.equals(source, other.source)
                && scope == other.scope
                && metrics.equals(other.metrics)
                && Objects.equals(more, other.more);
    }

    /** What the kernel takes for the same place in a table: one can replace the other at once. */
    public Place place() {
        return new Place(destination, table, metric);
    }

    public Route withMetric(int newMetric) {
        return new Route(
                destination, table, newMetric, type, nextHops, source, scope, protocol, metrics, more, advertised);
    }

    public Route withTable(int newTable) {
        return new Route(
                destination, newTable, metric, type, nextHops, source, scope, protocol, metrics, more, advertised);
    }

    /** The same some time later. */
    public Route after(Duration elapsed) {
        if (advertised == null || advertised.lifetime() == Address.Lifetime.INFINITE) {
            return this;
        }
        long left = Math.max(0, advertised.lifetime() - elapsed.toSeconds());
        return withAdvertised(new Advertised(left, advertised.preference()));
    }

    /** Whether its time has run out. */
    public boolean isOver() {
        return advertised != null && advertised.lifetime() == 0;
    }

    public Route withAdvertised(@Nullable Advertised newAdvertised) {
        return new Route(
                destination, table, metric, type, nextHops, source, scope, protocol, metrics, more, newAdvertised);
    }

    public Route withProtocol(int newProtocol) {
        return new Route(
                destination, table, metric, type, nextHops, source, scope, newProtocol, metrics, more, advertised);
    }

    /**
     * What a router said of a route.
     *
     * @param lifetime in seconds from when it was read; {@link Address.Lifetime#INFINITE} for ever
     * @param preference among routers (RFC 4191)
     */
    public record Advertised(long lifetime, Preference preference) {}

    /** How a router wants to be preferred, by the numbers of its messages (RFC 4191, 2.1). */
    public enum Preference {
        MEDIUM(0),
        HIGH(1),
        LOW(3);

        private final int number;

        Preference(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }

        /** The reserved number counts as medium. */
        public static Preference of(int number) {
            return number == HIGH.number ? HIGH : number == LOW.number ? LOW : MEDIUM;
        }
    }

    /** A metric of a table's destination, where one route stands. */
    public record Place(IpNetwork destination, int table, int metric) {}

    /**
     * One way out of a route.
     *
     * @param via the router; null for a destination on the link itself
     * @param link the link to leave by
     * @param weight share in a multipath route, from 1
     * @param onlink the router counts as on the link though no connected route says so
     */
    public record NextHop(@Nullable IpAddress via, @Nullable String link, int weight, boolean onlink) {}

    /** What becomes of the packet (rtnetlink(7), rtm_type), by the kernel's numbers. */
    public enum Type {
        UNSPECIFIED,
        UNICAST,
        LOCAL,
        BROADCAST,
        ANYCAST,
        MULTICAST,
        BLACKHOLE,
        UNREACHABLE,
        PROHIBIT,
        THROW,
        NAT,
        EXTERNAL_RESOLVE;

        private static final Map<Type, String> NAMES =
                Map.of(BLACKHOLE, "blackhole", UNREACHABLE, "unreachable", PROHIBIT, "prohibit", THROW, "throw");

        /** The word {@code ip route} puts in front, empty for a unicast route. */
        public String word() {
            return NAMES.getOrDefault(this, "");
        }
    }
}
