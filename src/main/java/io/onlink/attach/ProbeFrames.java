package io.onlink.attach;

import io.onlink.kernel.InternetChecksum;
import io.onlink.libc.PacketFilter;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * "May I have this address?" as Ethernet frames, and what contradicts: the ARP probe of RFC 5227, 2.1.1, whose sender has no
 * address yet, so that nobody learns one from it; the solicitation of IPv6 duplicate address detection, RFC 4862, 5.4.2,
 * likewise from the unspecified address.
 */
final class ProbeFrames {
    static final int ETHERTYPE_ARP = 0x0806;
    static final int ETHERTYPE_IPV6 = 0x86dd;

    private static final int ETHERNET_HEADER = 14;
    private static final int SOURCE_MAC_PLACE = 6;

    private static final int ARP_PACKET = 28;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_OPERATION_PLACE = ETHERNET_HEADER + 6;
    private static final int ARP_SENDER_MAC_PLACE = ETHERNET_HEADER + 8;
    private static final int ARP_SENDER_IP_PLACE = ETHERNET_HEADER + 14;
    private static final int ARP_TARGET_IP_PLACE = ETHERNET_HEADER + 24;

    private static final int IPV6_HEADER = 40;
    private static final int NEXT_HEADER_PLACE = ETHERNET_HEADER + 6;
    private static final int HOP_LIMIT_PLACE = ETHERNET_HEADER + 7;
    private static final int SOURCE_PLACE = ETHERNET_HEADER + 8;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int HOP_LIMIT = 255;

    private static final int ICMPV6_PLACE = ETHERNET_HEADER + IPV6_HEADER;
    private static final int SOLICITATION = 24;
    private static final int NEIGHBOUR_SOLICITATION = 135;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int TARGET_PLACE = ICMPV6_PLACE + 8;

    private static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");
    private static final IpAddress NOBODY = IpAddress.parse("0.0.0.0");
    private static final IpAddress UNSPECIFIED = IpAddress.parse("::");
    private static final IpAddress SOLICITED_NODES = IpAddress.parse("ff02::1:ff00:0");

    private ProbeFrames() {}

    static int etherType(IpAddress address) {
        return switch (address.family()) {
            case IPV4 -> ETHERTYPE_ARP;
            case IPV6 -> ETHERTYPE_IPV6;
        };
    }

    /** All of IPv6 that a busy link carries would else pass through the socket. */
    static PacketFilter filter(IpAddress address) {
        return switch (address.family()) {
            case IPV4 -> PacketFilter.accepting();
            case IPV6 -> PacketFilter.accepting(NEXT_HEADER_PLACE, PROTOCOL_ICMPV6, HOP_LIMIT_PLACE, HOP_LIMIT);
        };
    }

    static byte[] probe(IpAddress address, MacAddress mac) {
        return switch (address.family()) {
            case IPV4 -> arpProbe(address, mac);
            case IPV6 -> solicitation(address, mac);
        };
    }

    /**
     * Whose the address is, or who wants it too, if the frame says so.
     *
     * @param own the prober's, whose frames are heard too where a switch or a hypervisor throws them back
     */
    static Optional<MacAddress> claimant(IpAddress address, byte[] frame, MacAddress own) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        if (frame.length < ETHERNET_HEADER || Short.toUnsignedInt(bytes.getShort(12)) != etherType(address)) {
            return Optional.empty();
        }
        Optional<MacAddress> claimant = switch (address.family()) {
            case IPV4 -> arpClaimant(address, bytes);
            case IPV6 -> neighbourClaimant(address, bytes);
        };
        return claimant.filter(mac -> !mac.equals(own));
    }

    private static byte[] arpProbe(IpAddress address, MacAddress mac) {
        return ethernet(BROADCAST, mac, ETHERTYPE_ARP, ARP_PACKET)
                .putShort((short) 1) // Ethernet
                .putShort((short) 0x0800) // IPv4
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) ARP_REQUEST)
                .put(mac.toBytes())
                .put(NOBODY.toBytes())
                .put(new byte[6])
                .put(address.toBytes())
                .array();
    }

    private static Optional<MacAddress> arpClaimant(IpAddress address, ByteBuffer frame) {
        if (frame.limit() < ETHERNET_HEADER + ARP_PACKET) {
            return Optional.empty();
        }
        IpAddress sender = address(frame, ARP_SENDER_IP_PLACE, Family.IPV4);
        boolean has = sender.equals(address);
        boolean wants = sender.equals(NOBODY)
                && frame.getShort(ARP_OPERATION_PLACE) == ARP_REQUEST
                && address(frame, ARP_TARGET_IP_PLACE, Family.IPV4).equals(address);
        return has || wants ? Optional.of(mac(frame, ARP_SENDER_MAC_PLACE)) : Optional.empty();
    }

    private static byte[] solicitation(IpAddress address, MacAddress mac) {
        IpAddress group = solicitedNode(address);
        byte[] message = ByteBuffer.allocate(SOLICITATION)
                .put((byte) NEIGHBOUR_SOLICITATION)
                .put((byte) 0)
                .putShort((short) 0)
                .putInt(0)
                .put(address.toBytes())
                .array();
        ByteBuffer.wrap(message).putShort(2, checksum(group, message));
        return ethernet(groupMac(group), mac, ETHERTYPE_IPV6, IPV6_HEADER + SOLICITATION)
                .putInt(0x60000000)
                .putShort((short) SOLICITATION)
                .put((byte) PROTOCOL_ICMPV6)
                .put((byte) HOP_LIMIT)
                .put(UNSPECIFIED.toBytes())
                .put(group.toBytes())
                .put(message)
                .array();
    }

    private static Optional<MacAddress> neighbourClaimant(IpAddress address, ByteBuffer frame) {
        if (frame.limit() < ICMPV6_PLACE + SOLICITATION
                || !address(frame, TARGET_PLACE, Family.IPV6).equals(address)) {
            return Optional.empty();
        }
        int type = Byte.toUnsignedInt(frame.get(ICMPV6_PLACE));
        boolean has = type == NEIGHBOUR_ADVERTISEMENT;
        boolean wants = type == NEIGHBOUR_SOLICITATION
                && address(frame, SOURCE_PLACE, Family.IPV6).equals(UNSPECIFIED);
        return has || wants ? Optional.of(mac(frame, SOURCE_MAC_PLACE)) : Optional.empty();
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

    private static ByteBuffer ethernet(MacAddress destination, MacAddress source, int type, int payload) {
        return ByteBuffer.allocate(ETHERNET_HEADER + payload)
                .put(destination.toBytes())
                .put(source.toBytes())
                .putShort((short) type);
    }

    /** Over pseudo-header and message, RFC 4443, section 2.3. */
    private static short checksum(IpAddress destination, byte[] message) {
        return InternetChecksum.of(ByteBuffer.allocate(IPV6_HEADER + message.length)
                .put(UNSPECIFIED.toBytes())
                .put(destination.toBytes())
                .putInt(message.length)
                .putInt(PROTOCOL_ICMPV6)
                .put(message)
                .flip());
    }

    private static IpAddress address(ByteBuffer frame, int place, Family family) {
        return IpAddress.of(bytes(frame, place, family.bytes()));
    }

    private static MacAddress mac(ByteBuffer frame, int place) {
        return MacAddress.of(bytes(frame, place, 6));
    }

    private static byte[] bytes(ByteBuffer frame, int place, int length) {
        byte[] bytes = new byte[length];
        frame.get(place, bytes);
        return bytes;
    }
}
