package io.onlink.model;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address without prefix, port or zone; immutable, ordered by family and then
 * numerically.
 *
 * <p>It prints as RFC 5952 asks ({@code 2001:db8::1}), which is what {@code ip(8)} prints and what
 * {@link InetAddress} does not. An IPv4-mapped IPv6 address stays IPv6 only in bytes given to {@link
 * #of}; as text it is refused.
 */
public final class IpAddress implements Comparable<IpAddress> {
    private static final Pattern FOUR_DECIMALS = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");

    private final byte[] bytes;

    private IpAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The address of these bytes in network order.
     *
     * @throws IllegalArgumentException if there are neither 4 nor 16
     */
    public static IpAddress of(byte[] bytes) {
        if (bytes.length != 4 && bytes.length != 16) {
            throw new IllegalArgumentException("an IP address has 4 or 16 bytes, not " + bytes.length);
        }
        return new IpAddress(bytes.clone());
    }

    /**
     * Reads a literal. Never asks a name server.
     *
     * @throws IllegalArgumentException if the text is no address, has a zone or is IPv4-mapped
     */
    public static IpAddress parse(String text) {
        boolean hasColon = text.indexOf(':') >= 0;
        // ofLiteral takes "1" and "10.1" as IPv4 too, as inet_aton(3) does: in a file that is a slip. It takes 022 for
        // 22, which inet_aton(3) takes for 18, and the brackets of a URL.
        if (text.indexOf('%') >= 0
                || text.startsWith("[")
                || (!hasColon && !FOUR_DECIMALS.matcher(text).matches())) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address");
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(text).getAddress();
            if (hasColon == (bytes.length == 4)) {
                throw new IllegalArgumentException(
                        "'" + text + "' is not an IP address: an IPv4-mapped one is not taken");
            }
            return new IpAddress(bytes);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address", e);
        }
    }

    /** The family that the length tells. */
    public Family family() {
        return bytes.length == 4 ? Family.IPV4 : Family.IPV6;
    }

    /** A copy of the bytes in network order. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** The same address for the JDK's sockets. */
    public InetAddress toInetAddress() {
        try {
            return bytes.length == 4 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are an address", e);
        }
    }

    /**
     * The numerically next address.
     *
     * @throws ArithmeticException after the last one of the family
     */
    public IpAddress next() {
        byte[] next = bytes.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            if (++next[i] != 0) {
                return new IpAddress(next);
            }
        }
        throw new ArithmeticException("no address after " + this);
    }

    /** Whether this is {@code 0.0.0.0} or {@code ::}. */
    public boolean isUnspecified() {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether this is an IPv6 link-local unicast address, {@code fe80::/10} (RFC 4291, 2.5.6). */
    public boolean isIpv6LinkLocal() {
        return bytes.length == 16 && (bytes[0] & 0xff) == 0xfe && (bytes[1] & 0xc0) == 0x80;
    }

    /** Whether its second half is made of a MAC address: modified EUI-64 (RFC 4291, appendix A). */
    public boolean isOfMacAddress() {
        return bytes.length == 16 && (bytes[11] & 0xff) == 0xff && (bytes[12] & 0xff) == 0xfe;
    }

    /** Whether this is a multicast address of its family. */
    public boolean isMulticast() {
        return bytes.length == 16 ? (bytes[0] & 0xff) == 0xff : (bytes[0] & 0xf0) == 0xe0;
    }

    /** Whether this is a loopback address of its family. */
    public boolean isLoopback() {
        return toInetAddress().isLoopbackAddress();
    }

    @Override
    public int compareTo(IpAddress other) {
        int byFamily = family().compareTo(other.family());
        return byFamily != 0 ? byFamily : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length == 4 ? toInetAddress().getHostAddress() : ipv6Text();
    }

    /** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as "::", the first of equals. */
    private String ipv6Text() {
        int runStart = -1;
        int runLength = 1;
        for (int start = 0; start < 8; start++) {
            int end = start;
            while (end < 8 && group(end) == 0) {
                end++;
            }
            if (end - start > runLength) {
                runStart = start;
                runLength = end - start;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == runStart) {
                text.append("::");
                i += runLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    private int group(int index) {
        return ((bytes[2 * index] & 0xff) << 8) | (bytes[2 * index + 1] & 0xff);
    }
}
