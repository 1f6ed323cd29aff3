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
 * likewise from the unspecified address. And what other frames say of who has an address.
 */
final class ProbeFrames {
    static final int ETHERTYPE_ARP = 0x0806;
    static final int ETHERTYPE_IPV6 = 0x86dd;

    private static final int ETHERNET_HEADER = 14;
    private static final int SOURCE_MAC_PLACE = 6;
    private static final int ETHERTYPE_PLACE = 12;

    private static final int ARP_PACKET = 28;

    /** What an ARP packet begins with: hardware and protocol, and how long the addresses of both are. */
    private static final long ETHERNET_FOR_IPV4 = 0x0001_0800_06_04L;

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
    private static final int SOURCE_LINK_LAYER_ADDRESS = 1;
    private static final int TARGET_LINK_LAYER_ADDRESS = 2;
    private static final int LINK_LAYER_OPTION = 8;

    private static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");
    private static final IpAddress NOBODY = IpAddress.parse("0.0.0.0");
    private static final IpAddress UNSPECIFIED = IpAddress.parse("::");
    private static final IpAddress SOLICITED_NODES = IpAddress.parse("ff02::1:ff00:0");

    private ProbeFrames() {}

    static int etherType(Family family) {
        return switch (family) {
            case IPV4 -> ETHERTYPE_ARP;
            case IPV6 -> ETHERTYPE_IPV6;
        };
    }

    /** All of IPv6 that a busy link carries would else pass through the socket. */
    static PacketFilter filter(Family family) {
        return switch (family) {
            case IPV4 -> PacketFilter.accepting().withoutOthers();
            case IPV6 ->
                PacketFilter.accepting(NEXT_HEADER_PLACE, PROTOCOL_ICMPV6, HOP_LIMIT_PLACE, HOP_LIMIT)
                        .withoutOthers();
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
        return claim(frame)
                .filter(claim -> claim.address().equals(address))
                .map(Claim::mac)
                .filter(mac -> !mac.equals(own));
    }

    /** What an ARP packet or a message of neighbour discovery says of an address; empty of other frames. */
    static Optional<Claim> claim(byte[] frame) {
        if (frame.length < ETHERNET_HEADER) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        return switch (Short.toUnsignedInt(bytes.getShort(ETHERTYPE_PLACE))) {
            case ETHERTYPE_ARP -> arpClaim(bytes);
            case ETHERTYPE_IPV6 -> neighbourClaim(bytes);
            default -> Optional.empty();
        };
    }

    /**
     * That a machine has an address, or would like to.
     *
     * @param mac under which the machine is, or would be, found
     * @param isHeld false of a probe, whose sender does not use the address yet
     */
    record Claim(IpAddress address, MacAddress mac, boolean isHeld) {}

    private static byte[] arpProbe(IpAddress address, MacAddress mac) {
        return ethernet(BROADCAST, mac, ETHERTYPE_ARP, ARP_PACKET)
                .putInt((int) (ETHERNET_FOR_IPV4 >>> Short.SIZE))
                .putShort((short) ETHERNET_FOR_IPV4)
                .putShort((short) ARP_REQUEST)
                .put(mac.toBytes())
                .put(NOBODY.toBytes())
                .put(new byte[6])
                .put(address.toBytes())
                .array();
    }

    private static Optional<Claim> arpClaim(ByteBuffer frame) {
        if (frame.limit() < ETHERNET_HEADER + ARP_PACKET
                || frame.getLong(ETHERNET_HEADER) >>> Short.SIZE != ETHERNET_FOR_IPV4) {
            return Optional.empty();
        }
        IpAddress sender = address(frame, ARP_SENDER_IP_PLACE, Family.IPV4);
        boolean isProbe = sender.equals(NOBODY) && frame.getShort(ARP_OPERATION_PLACE) == ARP_REQUEST;
        IpAddress claimed = isProbe ? address(frame, ARP_TARGET_IP_PLACE, Family.IPV4) : sender;
        return Optional.of(new Claim(claimed, mac(frame, ARP_SENDER_MAC_PLACE), !isProbe));
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

    /** Who asks for a neighbour in his own name says that he has that name. */
    private static Optional<Claim> neighbourClaim(ByteBuffer frame) {
        if (frame.limit() < ICMPV6_PLACE + SOLICITATION) {
            return Optional.empty();
        }
        int type = Byte.toUnsignedInt(frame.get(ICMPV6_PLACE));
        IpAddress source = address(frame, SOURCE_PLACE, Family.IPV6);
        IpAddress target = address(frame, TARGET_PLACE, Family.IPV6);
        return switch (type) {
            case NEIGHBOUR_ADVERTISEMENT ->
                Optional.of(new Claim(target, linkLayerAddress(frame, TARGET_LINK_LAYER_ADDRESS), true));
            case NEIGHBOUR_SOLICITATION ->
                Optional.of(
                        source.equals(UNSPECIFIED)
                                ? new Claim(target, mac(frame, SOURCE_MAC_PLACE), false)
                                : new Claim(source, linkLayerAddress(frame, SOURCE_LINK_LAYER_ADDRESS), true));
            default -> Optional.empty();
        };
    }

    /** What neighbours learn: the option's (RFC 4861, 4.6.1), else the frame's. */
    private static MacAddress linkLayerAddress(ByteBuffer frame, int option) {
        int place = ICMPV6_PLACE + SOLICITATION;
        boolean isThere = frame.limit() >= place + LINK_LAYER_OPTION && frame.get(place) == option;
        return mac(frame, isThere ? place + 2 : SOURCE_MAC_PLACE);
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
