package io.onlink.attach;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * MAC addresses that follow from the IP address: unique on the segment as that is, and the same at every start, so that
 * no neighbour's table is wrong after it. Locally administered (IEEE 802, second bit of the first byte).
 */
final class StableMac {
    private StableMac() {}

    /** Of the IPv4 address as Docker's own drivers do it (02:42 and its four bytes), else of the IPv6 address. */
    static MacAddress of(@Nullable InterfaceAddress ipv4, @Nullable InterfaceAddress ipv6) {
        if (ipv4 != null) {
            return of(0x42, ipv4.ip().toBytes());
        }
        if (ipv6 != null) {
            return of(0x46, digest(ipv6.ip()));
        }
        throw new IllegalArgumentException("an endpoint has an address");
    }

    private static MacAddress of(int second, byte[] bytes) {
        return MacAddress.of(ByteBuffer.allocate(6)
                .put((byte) 0x02)
                .put((byte) second)
                .put(bytes, 0, 4)
                .array());
    }

    /** The last bytes alone would be equal for ...:1:222 and ...:2:222. */
    private static byte[] digest(IpAddress address) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(address.toBytes());
        } catch (NoSuchAlgorithmException missing) {
            throw new AssertionError("every JDK has SHA-256", missing);
        }
    }
}
