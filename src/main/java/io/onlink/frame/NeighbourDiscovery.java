package io.onlink.frame;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;

/** Neighbour solicitations and advertisements in Ethernet frames, RFC 4861, 4.3 and 4.4; places are counted from the frame's beginning. */
public final class NeighbourDiscovery {
    public static final int SOLICITATION = 135;
    public static final int ADVERTISEMENT = 136;

    public static final int PROTOCOL_ICMPV6 = 58;

    /** RFC 4861: a router cannot have passed it on, so it is from the segment itself. */
    public static final int HOP_LIMIT = 255;

    public static final int NEXT_HEADER_PLACE = Ethernet.HEADER + 6;
    public static final int HOP_LIMIT_PLACE = Ethernet.HEADER + 7;
    public static final int TYPE_PLACE = Ethernet.HEADER + 40;
    public static final int OPTIONS_PLACE = TYPE_PLACE + 24;

    public static final int SOURCE_LINK_LAYER_ADDRESS = 1;
    public static final int TARGET_LINK_LAYER_ADDRESS = 2;

    /** An option says how long it is in units of eight bytes; one with a MAC address has one. */
    private static final int OPTION_UNIT = 8;

    private static final int PAYLOAD_LENGTH_PLACE = Ethernet.HEADER + 4;
    private static final int SOURCE_PLACE = Ethernet.HEADER + 8;
    private static final int TARGET_PLACE = TYPE_PLACE + 8;
    private static final int CHECKSUM = 2;
    private static final int IPV6_HEADER = 40;
    private static final int MESSAGE = 24;
    private static final int OVERRIDE = 0x20000000;

    private static final IpAddress SOLICITED_NODES = IpAddress.parse("ff02::1:ff00:0");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    private NeighbourDiscovery() {}

    /** "Who has the target?", to its group. Who has no address yet asks from {@code ::}, and must not say where he is. */
    public static byte[] solicitation(MacAddress mac, IpAddress source, IpAddress target) {
        ByteBuffer message = ByteBuffer.allocate(source.isUnspecified() ? MESSAGE : MESSAGE + OPTION_UNIT)
                .put((byte) SOLICITATION)
                .put(new byte[7])
                .put(target.toBytes());
        if (!source.isUnspecified()) {
            putOption(message, SOURCE_LINK_LAYER_ADDRESS, mac);
        }
        return frame(mac, source, solicitedNode(target), message.array());
    }

    /** "I have the address", unasked, to all nodes, who are to forget another one's (RFC 4861, 7.2.6). */
    public static byte[] announcement(MacAddress mac, IpAddress address) {
        ByteBuffer message = ByteBuffer.allocate(MESSAGE + OPTION_UNIT)
                .put((byte) ADVERTISEMENT)
                .put(new byte[3])
                .putInt(OVERRIDE)
                .put(address.toBytes());
        putOption(message, TARGET_LINK_LAYER_ADDRESS, mac);
        return frame(mac, address, ALL_NODES, message.array());
    }

    /** Whether a frame of IPv6 is long enough for a solicitation or an advertisement; what it is, its type says. */
    public static boolean isWhole(byte[] frame) {
        return frame.length >= OPTIONS_PLACE;
    }

    /** The byte in a place. */
    public static int number(byte[] frame, int place) {
        return Byte.toUnsignedInt(frame[place]);
    }

    public static IpAddress source(byte[] frame) {
        return Ethernet.address(frame, SOURCE_PLACE, Family.IPV6);
    }

    public static IpAddress target(byte[] frame) {
        return Ethernet.address(frame, TARGET_PLACE, Family.IPV6);
    }

    /**
     * What neighbours learn: the MAC address of an option, and the frame's own where it is not there, as RFC 4861 lets a unicast
     * answer leave it out.
     *
     * @param option {@link #SOURCE_LINK_LAYER_ADDRESS} or {@link #TARGET_LINK_LAYER_ADDRESS}
     */
    public static MacAddress linkLayerAddress(byte[] frame, int option) {
        int payload = Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(PAYLOAD_LENGTH_PLACE));
        int end = Math.min(frame.length, TYPE_PLACE + payload);
        int place = OPTIONS_PLACE;
        while (place + OPTION_UNIT <= end) {
            int length = number(frame, place + 1) * OPTION_UNIT;
            if (number(frame, place) == option && length == OPTION_UNIT) {
                return Ethernet.mac(frame, place + 2);
            }
            if (length == 0) {
                break;
            }
            place += length;
        }
        return Ethernet.source(frame);
    }

    private static void putOption(ByteBuffer message, int option, MacAddress mac) {
        message.put((byte) option).put((byte) 1).put(mac.toBytes());
    }

    private static byte[] frame(MacAddress mac, IpAddress source, IpAddress group, byte[] message) {
        ByteBuffer.wrap(message).putShort(CHECKSUM, checksum(source, group, message));
        byte[] packet = ByteBuffer.allocate(IPV6_HEADER + message.length)
                .putInt(0x60000000)
                .putShort((short) message.length)
                .put((byte) PROTOCOL_ICMPV6)
                .put((byte) HOP_LIMIT)
                .put(source.toBytes())
                .put(group.toBytes())
                .put(message)
                .array();
        return Ethernet.frame(groupMac(group), mac, Ethernet.TYPE_IPV6, packet);
    }

    /** RFC 4291, 2.7.1: the group with the last 24 bits of the address. */
    private static IpAddress solicitedNode(IpAddress ip) {
        byte[] group = SOLICITED_NODES.toBytes();
        System.arraycopy(ip.toBytes(), 13, group, 13, 3);
        return IpAddress.of(group);
    }

    /** RFC 2464, 7: 33:33 and the last 32 bits of the group. */
    private static MacAddress groupMac(IpAddress group) {
        byte[] mac = {0x33, 0x33, 0, 0, 0, 0};
        System.arraycopy(group.toBytes(), 12, mac, 2, 4);
        return MacAddress.of(mac);
    }

    /** Over pseudo-header and message, RFC 4443, 2.3. */
    private static short checksum(IpAddress source, IpAddress destination, byte[] message) {
        return InternetChecksum.of(ByteBuffer.allocate(IPV6_HEADER + message.length)
                .put(source.toBytes())
                .put(destination.toBytes())
                .putInt(message.length)
                .putInt(PROTOCOL_ICMPV6)
                .put(message)
                .flip());
    }
}
