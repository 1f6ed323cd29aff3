package io.onlink.kernel;

import io.onlink.libc.Descriptor;
import io.onlink.libc.HeldNetworkNamespace;
import io.onlink.libc.Libc;
import io.onlink.model.Address.Lifetime;
import io.onlink.model.IpAddress;
import io.onlink.model.Route;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A route as a router's advertisement makes it, put there by hand.
 *
 * <p>Netlink cannot: its routes lack RTF_ADDRCONF and RTF_DEFAULT, by which the kernel knows its own again. Of a default
 * route it cannot find, it makes another, is told EEXIST, and drops the whole advertisement, prefixes included (net/ipv6/ndisc.c,
 * "failed to add default route"): the host's addresses would run out while the router renews them. The old request
 * SIOCADDRT takes the flags as they are.
 *
 * <pre>{@code
 * struct in6_rtmsg {                   // linux/ipv6_route.h, 80 bytes where a long has 8
 *     struct in6_addr rtmsg_dst, rtmsg_src, rtmsg_gateway;
 *     __u32           rtmsg_type;
 *     __u16           rtmsg_dst_len, rtmsg_src_len;
 *     __u32           rtmsg_metric;    // and four bytes of padding
 *     unsigned long   rtmsg_info;      // with RTF_EXPIRES: hundredths of a second
 *     __u32           rtmsg_flags;
 *     int             rtmsg_ifindex;
 * };
 * }</pre>
 */
final class LearnedRoute {
    private static final int SIOCADDRT = 0x890b;
    private static final int SIZE = 80;

    /** {@code RTN_UNICAST}: the kernel takes it for the route's type, whatever the header's RTMSG_NEWROUTE may say. */
    private static final int UNICAST = 1;

    private static final int RTF_UP = 0x1;
    private static final int RTF_GATEWAY = 0x2;
    private static final int RTF_DEFAULT = 0x0001_0000;
    private static final int RTF_ADDRCONF = 0x0004_0000;
    private static final int RTF_PREFIX_RT = 0x0008_0000;
    private static final int RTF_EXPIRES = 0x0040_0000;
    private static final int RTF_ROUTEINFO = 0x0080_0000;
    private static final int PREFERENCE_SHIFT = 27;

    private static final int USER_HZ = 100;

    private LearnedRoute() {}

    /** In the routing table of the link. */
    static void add(Route route, int linkIndex, HeldNetworkNamespace namespace) {
        namespace.call(() -> {
            try (Descriptor socket = Libc.socket(Libc.AF_INET6, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0)) {
                Libc.ioctl(socket, SIOCADDRT, message(route, linkIndex));
            }
            return linkIndex;
        });
    }

    private static byte[] message(Route route, int linkIndex) {
        IpAddress router = router(route);
        long lifetime = advertised(route).lifetime();
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.nativeOrder())
                .put(route.destination().address().toBytes())
                .put(new byte[16])
                .put(router == null ? new byte[16] : router.toBytes())
                .putInt(UNICAST)
                .putShort((short) route.destination().prefixLength())
                .putShort((short) 0)
                .putInt(route.metric())
                .putInt(0)
                .putLong(lifetime == Lifetime.INFINITE ? 0 : lifetime * USER_HZ)
                .putInt(flags(route, router))
                .putInt(linkIndex)
                .array();
    }

    private static int flags(Route route, @Nullable IpAddress router) {
        Route.Advertised advertised = advertised(route);
        int flags = RTF_UP | RTF_ADDRCONF | (advertised.preference().number() << PREFERENCE_SHIFT);
        if (advertised.lifetime() != Lifetime.INFINITE) {
            flags |= RTF_EXPIRES;
        }
        if (router == null) {
            return flags | RTF_PREFIX_RT;
        }
        return flags | RTF_GATEWAY | (route.destination().isDefault() ? RTF_DEFAULT : RTF_ROUTEINFO);
    }

    private static Route.Advertised advertised(Route route) {
        Route.Advertised advertised = route.advertised();
        if (advertised == null) {
            throw new IllegalArgumentException("no router advertised " + route);
        }
        return advertised;
    }

    private static @Nullable IpAddress router(Route route) {
        return route.nextHops().getFirst().via();
    }
}
