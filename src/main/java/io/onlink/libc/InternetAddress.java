package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a raw socket sends to, ip(7) and ipv6(7). Ports are zero: raw sockets have none.
 *
 * <pre>{@code
 * struct sockaddr_in {                 struct sockaddr_in6 {
 *     sa_family_t    sin_family;           sa_family_t     sin6_family;
 *     in_port_t      sin_port;             in_port_t       sin6_port;
 *     struct in_addr sin_addr;             uint32_t        sin6_flowinfo;
 *     char           sin_zero[8];          struct in6_addr sin6_addr;
 * };                   // 16 bytes         uint32_t        sin6_scope_id;
 *                                      };                   // 28 bytes
 * }</pre>
 */
final class InternetAddress {
    static final int LONGEST = 28;

    private static final int IPV4_BYTES = 4;
    private static final int IPV4_SIZE = 16;
    private static final int IPV4_PLACE = 4;
    private static final int IPV6_BYTES = 16;
    private static final int IPV6_PLACE = 8;
    private static final int IPV6_SCOPE_PLACE = 24;

    private InternetAddress() {}

    /**
     * The address of 4 or 16 bytes.
     *
     * @param scope index of the interface of an IPv6 link-local address, else 0
     */
    static byte[] encode(byte[] address, int scope) {
        if (address.length == IPV4_BYTES) {
            return sockaddr(Libc.AF_INET, IPV4_SIZE).put(IPV4_PLACE, address).array();
        }
        return sockaddr(Libc.AF_INET6, LONGEST)
                .put(IPV6_PLACE, address)
                .putInt(IPV6_SCOPE_PLACE, scope)
                .array();
    }

    /** The 4 or 16 bytes of the address in what the kernel wrote. */
    static byte[] decode(ByteBuffer sockaddr) {
        boolean ipv4 = sockaddr.duplicate().order(ByteOrder.nativeOrder()).getShort(0) == Libc.AF_INET;
        byte[] address = new byte[ipv4 ? IPV4_BYTES : IPV6_BYTES];
        sockaddr.get(ipv4 ? IPV4_PLACE : IPV6_PLACE, address);
        return address;
    }

    private static ByteBuffer sockaddr(int family, int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder()).putShort(0, (short) family);
    }
}
