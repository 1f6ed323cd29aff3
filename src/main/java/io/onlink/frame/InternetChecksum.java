package io.onlink.frame;

import java.nio.ByteBuffer;

/** The checksum of IP's control messages, RFC 1071. */
public final class InternetChecksum {
    private InternetChecksum() {}

    /** Of what remains in the buffer, in network order, its checksum field zero; the buffer is at its end afterwards. */
    public static short of(ByteBuffer covered) {
        long sum = 0;
        while (covered.remaining() > 1) {
            sum += Short.toUnsignedInt(covered.getShort());
        }
        if (covered.hasRemaining()) {
            sum += Byte.toUnsignedInt(covered.get()) << 8;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }
}
