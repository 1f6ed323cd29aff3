package io.onlink.frame;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;

/** The header of an Ethernet frame without a tag, IEEE 802.3; places are counted in bytes from its beginning. */
public final class Ethernet {
    public static final int HEADER = 14;

    /** ETH_P_ARP, ETH_P_RARP and ETH_P_IPV6 of linux/if_ether.h. */
    public static final int TYPE_ARP = 0x0806;

    public static final int TYPE_RARP = 0x8035;
    public static final int TYPE_IPV6 = 0x86dd;

    public static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");

    private static final int SOURCE_PLACE = 6;
    private static final int TYPE_PLACE = 12;
    private static final int MAC_ADDRESS = 6;

    private Ethernet() {}

    /** The type by which a family's addresses are resolved. */
    public static int resolutionType(Family family) {
        return switch (family) {
            case IPV4 -> TYPE_ARP;
            case IPV6 -> TYPE_IPV6;
        };
    }

    /** What a frame carries; -1 of one that is too short to say. */
    public static int type(byte[] frame) {
        return frame.length < HEADER
                ? -1
                : Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(TYPE_PLACE));
    }

    /** Who sent a frame, by its header. */
    public static MacAddress source(byte[] frame) {
        return mac(frame, SOURCE_PLACE);
    }

    static byte[] frame(MacAddress destination, MacAddress source, int type, byte[] packet) {
        return ByteBuffer.allocate(HEADER + packet.length)
                .put(destination.toBytes())
                .put(source.toBytes())
                .putShort((short) type)
                .put(packet)
                .array();
    }

    static MacAddress mac(byte[] frame, int place) {
        return MacAddress.of(bytes(frame, place, MAC_ADDRESS));
    }

    static IpAddress address(byte[] frame, int place, Family family) {
        return IpAddress.of(bytes(frame, place, family.bytes()));
    }

    private static byte[] bytes(byte[] frame, int place, int length) {
        byte[] bytes = new byte[length];
        System.arraycopy(frame, place, bytes, 0, length);
        return bytes;
    }
}
