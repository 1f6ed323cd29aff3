package io.onlink.netlink;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Route;
import io.onlink.model.Route.Advertised;
import io.onlink.model.Route.NextHop;
import io.onlink.model.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE.
 *
 * <pre>{@code
 * struct rtmsg {                       // 12 bytes
 *     unsigned char rtm_family;
 *     unsigned char rtm_dst_len;
 *     unsigned char rtm_src_len;
 *     unsigned char rtm_tos;
 *     unsigned char rtm_table;         // below 256; RTA_TABLE has any
 *     unsigned char rtm_protocol;      // RTPROT_*
 *     unsigned char rtm_scope;         // RT_SCOPE_*
 *     unsigned char rtm_type;          // RTN_*
 *     unsigned      rtm_flags;         // RTNH_F_*, RTM_F_*
 * };
 * struct rtnexthop {                   // 8 bytes, then attributes
 *     unsigned short rtnh_len;         // with the attributes
 *     unsigned char  rtnh_flags;
 *     unsigned char  rtnh_hops;        // the weight less one
 *     int            rtnh_ifindex;
 * };
 * }</pre>
 */
public final class RouteMessages {
    private static final int NEXT_HOP_SIZE = 8;

    /** In which {@code rta_expires} counts. */
    private static final int USER_HZ = 100;

    /** RTN_*: the model lists them in the kernel's order. */
    private static final List<Route.Type> TYPES = List.of(Route.Type.values());

    /** Of struct rta_cacheinfo: rta_clntref and rta_lastuse come before rta_expires. */
    private static final int EXPIRES_IN_CACHE_INFO = 2 * Integer.BYTES;

    /** What is read here, and named where it cannot be written. */
    private static final Set<Integer> KNOWN = Set.of(
            RtnetlinkConstants.RTA_DST,
            RtnetlinkConstants.RTA_OIF,
            RtnetlinkConstants.RTA_GATEWAY,
            RtnetlinkConstants.RTA_PRIORITY,
            RtnetlinkConstants.RTA_PREFSRC,
            RtnetlinkConstants.RTA_METRICS,
            RtnetlinkConstants.RTA_MULTIPATH,
            RtnetlinkConstants.RTA_CACHEINFO,
            RtnetlinkConstants.RTA_TABLE,
            RtnetlinkConstants.RTA_VIA,
            RtnetlinkConstants.RTA_PREF,
            RtnetlinkConstants.RTA_ENCAP_TYPE,
            RtnetlinkConstants.RTA_ENCAP,
            RtnetlinkConstants.RTA_NH_ID);

    private RouteMessages() {}

    /** For {@link NetlinkSocket#dump}: the routes of all tables. */
    public static Request list(Family family) {
        return header(RtnetlinkConstants.RTM_GETROUTE, 0, family, 0, 0, 0, 0, 0, 0);
    }

    /**
     * For {@link NetlinkSocket#get}: the route that serves a destination out of this link, as it stands in its table;
     * ENETUNREACH where none does.
     */
    public static Request find(IpAddress destination, int linkIndex) {
        Family family = destination.family();
        int flags = RtnetlinkConstants.RTM_F_FIB_MATCH;
        return header(RtnetlinkConstants.RTM_GETROUTE, 0, family, family.bits(), 0, 0, 0, 0, flags)
                .bytes(RtnetlinkConstants.RTA_DST, destination.toBytes())
                .u32(RtnetlinkConstants.RTA_OIF, linkIndex);
    }

    /** EEXIST where a route of the same place stands. */
    public static Request add(Route route, ToIntFunction<String> indexes) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL;
        return request(RtnetlinkConstants.RTM_NEWROUTE, flags, route, indexes);
    }

    /** Behind those of the same place; EEXIST where the very same route stands. In IPv6 those through routers become one. */
    public static Request append(Route route, ToIntFunction<String> indexes) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_APPEND;
        return request(RtnetlinkConstants.RTM_NEWROUTE, flags, route, indexes);
    }

    /** In front of those of the same place, IPv4 only; EEXIST where the very same route stands. */
    public static Request prepend(Route route, ToIntFunction<String> indexes) {
        return request(RtnetlinkConstants.RTM_NEWROUTE, NetlinkConstants.NLM_F_CREATE, route, indexes);
    }

    /** Puts it where one of the same place stands, at once; ENOENT where none does. */
    public static Request replace(Route route, ToIntFunction<String> indexes) {
        return request(RtnetlinkConstants.RTM_NEWROUTE, NetlinkConstants.NLM_F_REPLACE, route, indexes);
    }

    /** Deletes the route that is like this one in everything; ESRCH where none is. */
    public static Request delete(Route route, ToIntFunction<String> indexes) {
        return request(RtnetlinkConstants.RTM_DELROUTE, 0, route, indexes);
    }

    private static Request request(int type, int requestFlags, Route route, ToIntFunction<String> indexes) {
        List<NextHop> hops = route.nextHops();
        int flags = hops.size() == 1 ? flags(hops.getFirst()) : 0;
        Request request = header(
                type,
                requestFlags,
                route.family(),
                route.destination().prefixLength(),
                route.table(),
                route.protocol(),
                route.scope().number(),
                TYPES.indexOf(route.type()),
                flags);
        if (!route.destination().isDefault()) {
            request.bytes(
                    RtnetlinkConstants.RTA_DST, route.destination().address().toBytes());
        }
        request.u32(RtnetlinkConstants.RTA_TABLE, route.table());
        if (route.metric() != 0) {
            request.u32(RtnetlinkConstants.RTA_PRIORITY, route.metric());
        }
        IpAddress source = route.source();
        if (source != null) {
            request.bytes(RtnetlinkConstants.RTA_PREFSRC, source.toBytes());
        }
        if (!route.metrics().isEmpty()) {
            request.nest(
                    RtnetlinkConstants.RTA_METRICS, metrics -> route.metrics().forEach(metrics::u32));
        }
        putNextHops(request, route.family(), hops, indexes);
        return request;
    }

    private static void putNextHops(Request request, Family family, List<NextHop> hops, ToIntFunction<String> indexes) {
        if (hops.size() == 1) {
            NextHop hop = hops.getFirst();
            putRouter(request, family, hop);
            String link = hop.link();
            if (link != null) {
                request.u32(RtnetlinkConstants.RTA_OIF, indexes.applyAsInt(link));
            }
        } else if (!hops.isEmpty()) {
            request.attribute(RtnetlinkConstants.RTA_MULTIPATH, multipath -> {
                for (NextHop hop : hops) {
                    String link = hop.link();
                    int index = link == null ? 0 : indexes.applyAsInt(link);
                    multipath.counted(nextHop -> {
                        nextHop.u8(flags(hop)).u8(hop.weight() - 1).s32(index);
                        putRouter(nextHop, family, hop);
                    });
                }
            });
        }
    }

    private static void putRouter(Request request, Family family, NextHop hop) {
        IpAddress router = hop.via();
        if (router == null) {
            return;
        }
        if (router.family() == family) {
            request.bytes(RtnetlinkConstants.RTA_GATEWAY, router.toBytes());
        } else {
            // struct rtvia { unsigned short rtvia_family; __u8 rtvia_addr[]; }: IPv4 through an IPv6 router, RFC 5549.
            request.attribute(
                    RtnetlinkConstants.RTA_VIA,
                    via -> via.u16(router.family().number()).bytes(router.toBytes()));
        }
    }

    private static int flags(NextHop hop) {
        return hop.onlink() ? RtnetlinkConstants.RTNH_F_ONLINK : 0;
    }

    private static Request header(
            int type,
            int requestFlags,
            Family family,
            int prefixLength,
            int table,
            int protocol,
            int scope,
            int routeType,
            int flags) {
        return Request.of(type, requestFlags)
                .u8(family.number())
                .u8(prefixLength)
                .u8(0)
                .u8(0)
                .u8(table < 256 ? table : 0)
                .u8(protocol)
                .u8(scope)
                .u8(routeType)
                .s32(flags);
    }

    /** Empty for a family that Onlink does not speak, and for a cached copy of a route. */
    public static Optional<Route> parse(Message message, LinkNames names) {
        ByteReader reader = message.payload().copy();
        Optional<Family> family = IpAttributes.family(reader.u8());
        int prefixLength = reader.u8();
        int sourceLength = reader.u8();
        int typeOfService = reader.u8();
        int table = reader.u8();
        int protocol = reader.u8();
        int scope = reader.u8();
        Route.Type type = type(reader.u8());
        int flags = reader.s32();
        if (family.isEmpty() || (flags & RtnetlinkConstants.RTM_F_CLONED) != 0) {
            return Optional.empty();
        }
        Attributes attributes = Attributes.parse(reader);
        Optional<Advertised> advertised = advertised(family.get(), table, protocol, type, attributes);
        IpNetwork destination = IpAttributes.network(family.get(), attributes, RtnetlinkConstants.RTA_DST, prefixLength)
                .orElse(IpNetwork.defaultOf(family.get()));
        return Optional.of(new Route(
                destination,
                attributes.s32(RtnetlinkConstants.RTA_TABLE).orElse(table),
                attributes.s32(RtnetlinkConstants.RTA_PRIORITY).orElse(0),
                type,
                nextHops(family.get(), type, flags, attributes, names),
                IpAttributes.address(family.get(), attributes, RtnetlinkConstants.RTA_PREFSRC)
                        .orElse(null),
                Scope.of(scope),
                protocol,
                metrics(attributes),
                more(sourceLength, typeOfService, advertised.isPresent(), attributes),
                advertised.orElse(null)));
    }

    /**
     * IPv6 routes that run out are the kernel's of a router's advertisement, or of a program that reads these itself.
     * The kernel says "kernel" of the LAN's own network, and "boot" of what it was given by {@code ioctl(2)}.
     */
    private static Optional<Advertised> advertised(
            Family family, int table, int protocol, Route.Type type, Attributes attributes) {
        if (family != Family.IPV6 || type != Route.Type.UNICAST || table == Route.LOCAL) {
            return Optional.empty();
        }
        int expires = attributes
                .find(RtnetlinkConstants.RTA_CACHEINFO)
                .map(info -> info.copy().skip(EXPIRES_IN_CACHE_INFO).s32())
                .orElse(0);
        if (expires == 0 && protocol != Route.PROTOCOL_ROUTER_ADVERTISEMENT) {
            return Optional.empty();
        }
        long lifetime = expires == 0 ? Address.Lifetime.INFINITE : Math.max(0, expires / USER_HZ);
        int preference = attributes.u8(RtnetlinkConstants.RTA_PREF).orElse(0);
        return Optional.of(new Advertised(lifetime, Route.Preference.of(preference)));
    }

    private static @Nullable String more(int sourceLength, int typeOfService, boolean learned, Attributes attributes) {
        List<String> words = new ArrayList<>();
        if (sourceLength != 0) {
            words.add("from");
        }
        if (typeOfService != 0) {
            words.add("tos 0x%02x".formatted(typeOfService));
        }
        if (attributes.has(RtnetlinkConstants.RTA_ENCAP)) {
            words.add("encap");
        }
        attributes
                .find(RtnetlinkConstants.RTA_CACHEINFO)
                .filter(info -> !learned && expires(info))
                .ifPresent(info -> words.add("expires"));
        words.addAll(unknown(attributes));
        attributes.s32(RtnetlinkConstants.RTA_NH_ID).ifPresent(id -> words.add("nhid " + id));
        attributes.u8(RtnetlinkConstants.RTA_PREF).ifPresent(preference -> {
            Route.Preference of = Route.Preference.of(preference);
            if (!learned && of != Route.Preference.MEDIUM) {
                words.add("pref " + of.name().toLowerCase(Locale.ROOT));
            }
        });
        attributes
                .nested(RtnetlinkConstants.RTA_METRICS)
                .flatMap(metrics -> metrics.string(RtnetlinkConstants.RTAX_CC_ALGO))
                .ifPresent(algorithm -> words.add("congctl " + algorithm));
        return words.isEmpty() ? null : String.join(" ", words);
    }

    private static boolean expires(ByteReader cacheInfo) {
        return cacheInfo.copy().skip(EXPIRES_IN_CACHE_INFO).s32() != 0;
    }

    /** What this class does not read it cannot write either, in a route or in one of its next hops. */
    private static List<String> unknown(Attributes attributes) {
        List<String> words = new ArrayList<>();
        attributes.forEach((value, type) -> {
            if (type == RtnetlinkConstants.RTA_FLOW) {
                words.add("realm");
            } else if (!KNOWN.contains(type)) {
                words.add("attribute " + type);
            }
        });
        attributes.find(RtnetlinkConstants.RTA_MULTIPATH).ifPresent(reader -> {
            while (reader.remaining() > 0) {
                int length = reader.u16();
                reader.skip(NEXT_HOP_SIZE - Short.BYTES);
                Attributes hop = Attributes.parse(reader.slice(length - NEXT_HOP_SIZE));
                if (hop.has(RtnetlinkConstants.RTA_ENCAP)) {
                    words.add("encap");
                }
                words.addAll(unknown(hop));
                reader.align(length);
            }
        });
        return words;
    }

    private static Route.Type type(int number) {
        if (number >= TYPES.size()) {
            throw new MalformedMessageException("There is no route type " + number);
        }
        return TYPES.get(number);
    }

    private static List<NextHop> nextHops(
            Family family, Route.Type type, int flags, Attributes attributes, LinkNames names) {
        return switch (type) {
            // IPv6 says "dev lo" of these, IPv4 does not; nothing is sent either way.
            case BLACKHOLE, UNREACHABLE, PROHIBIT, THROW -> List.of();
            case UNSPECIFIED, UNICAST, LOCAL, BROADCAST, ANYCAST, MULTICAST, NAT, EXTERNAL_RESOLVE -> {
                Optional<ByteReader> multipath = attributes.find(RtnetlinkConstants.RTA_MULTIPATH);
                if (multipath.isPresent()) {
                    yield multipath(family, multipath.get(), names);
                }
                int index = attributes.s32(RtnetlinkConstants.RTA_OIF).orElse(0);
                yield List.of(nextHop(family, attributes, index, 1, flags, names));
            }
        };
    }

    private static List<NextHop> multipath(Family family, ByteReader reader, LinkNames names) {
        List<NextHop> hops = new ArrayList<>();
        while (reader.remaining() > 0) {
            int length = reader.u16();
            int flags = reader.u8();
            int weight = reader.u8() + 1;
            int index = reader.s32();
            Attributes attributes = Attributes.parse(reader.slice(length - NEXT_HOP_SIZE));
            reader.align(length);
            hops.add(nextHop(family, attributes, index, weight, flags, names));
        }
        return hops;
    }

    private static NextHop nextHop(
            Family family, Attributes attributes, int index, int weight, int flags, LinkNames names) {
        return new NextHop(
                router(family, attributes),
                index == 0 ? null : names.name(index),
                weight,
                (flags & RtnetlinkConstants.RTNH_F_ONLINK) != 0);
    }

    private static @Nullable IpAddress router(Family family, Attributes attributes) {
        return IpAttributes.address(family, attributes, RtnetlinkConstants.RTA_GATEWAY)
                .or(() -> attributes.find(RtnetlinkConstants.RTA_VIA).flatMap(RouteMessages::routerOfAnyFamily))
                .orElse(null);
    }

    private static Optional<IpAddress> routerOfAnyFamily(ByteReader via) {
        return IpAttributes.family(via.u16()).map(family -> IpAttributes.address(family, via.bytes()));
    }

    private static NavigableMap<Integer, Integer> metrics(Attributes attributes) {
        NavigableMap<Integer, Integer> metrics = new TreeMap<>();
        attributes
                .nested(RtnetlinkConstants.RTA_METRICS)
                .orElse(Attributes.NONE)
                .forEach((value, type) -> {
                    if (type != RtnetlinkConstants.RTAX_CC_ALGO) {
                        metrics.put(type, value.s32());
                    }
                });
        return metrics;
    }
}
