package io.onlink.verify;

import io.onlink.kernel.InternetChecksum;
import io.onlink.libc.PacketFilter;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * "Who has this address?" and its answer as Ethernet frames: ARP request and reply (RFC 826), neighbour solicitation and
 * advertisement (RFC 4861, 4.3 and 4.4).
 */
final class SolicitationFrames {
    private static final int ETHERNET_HEADER = 14;
    private static final int ETHERTYPE_ARP = 0x0806;
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int ETHERTYPE_IPV6 = 0x86dd;

    private static final int ARP_PACKET = 28;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int ARP_OPERATION_PLACE = ETHERNET_HEADER + 6;
    private static final int ARP_SENDER_MAC_PLACE = ETHERNET_HEADER + 8;
    private static final int ARP_SENDER_IP_PLACE = ETHERNET_HEADER + 14;
    private static final int ARP_TARGET_IP_PLACE = ETHERNET_HEADER + 24;

    private static final int IPV6_HEADER = 40;
    private static final int IPV6_PAYLOAD_LENGTH_PLACE = ETHERNET_HEADER + 4;
    private static final int IPV6_NEXT_HEADER_PLACE = ETHERNET_HEADER + 6;
    private static final int IPV6_HOP_LIMIT_PLACE = ETHERNET_HEADER + 7;
    private static final int PROTOCOL_ICMPV6 = 58;

    /** RFC 4861: a router cannot have passed it on, so it is from the segment itself. */
    private static final int HOP_LIMIT = 255;

    private static final int ICMPV6_PLACE = ETHERNET_HEADER + IPV6_HEADER;
    private static final int ICMPV6_NEIGHBOUR_SOLICITATION = 135;
    private static final int ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int SOLICITATION = 32;
    private static final int TARGET_PLACE = ICMPV6_PLACE + 8;
    private static final int OPTIONS_PLACE = TARGET_PLACE + 16;
    private static final int OPTION_SOURCE_LINK_LAYER_ADDRESS = 1;
    private static final int OPTION_TARGET_LINK_LAYER_ADDRESS = 2;
    private static final int OPTION_UNIT = 8;

    private static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");
    private static final IpAddress SOLICITED_NODES = IpAddress.parse("ff02::1:ff00:0");

    private SolicitationFrames() {}

    static int etherType(Probe.Solicitation probe) {
        return switch (probe.target().family()) {
            case IPV4 -> ETHERTYPE_ARP;
            case IPV6 -> ETHERTYPE_IPV6;
        };
    }

    /** All of IPv6 that a busy link carries would else pass through the socket. */
    static PacketFilter answerFilter(Probe.Solicitation probe) {
        return switch (probe.target().family()) {
            // Who defends an address may announce it instead (RFC 5227, 2.4), and that is a request.
            case IPV4 ->
                probe.isDetection()
                        ? PacketFilter.accepting()
                        : PacketFilter.accepting(ARP_OPERATION_PLACE + 1, ARP_REPLY);
            case IPV6 ->
                PacketFilter.accepting(
                        IPV6_NEXT_HEADER_PLACE, PROTOCOL_ICMPV6, ICMPV6_PLACE, ICMPV6_NEIGHBOUR_ADVERTISEMENT);
        };
    }

    static byte[] request(Probe.Solicitation probe) {
        return switch (probe.target().family()) {
            case IPV4 -> arpRequest(probe);
            case IPV6 -> neighbourSolicitation(probe);
        };
    }

    /** Whose the target's address is, if the frame says so. */
    static Optional<MacAddress> answer(Probe.Solicitation probe, byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        if (frame.length < ETHERNET_HEADER || Short.toUnsignedInt(bytes.getShort(12)) != etherType(probe)) {
            return Optional.empty();
        }
        return switch (probe.target().family()) {
            case IPV4 -> arpAnswer(probe, bytes);
            case IPV6 -> advertised(probe, bytes);
        };
    }

    private static byte[] arpRequest(Probe.Solicitation probe) {
        return ethernet(BROADCAST, probe, ARP_PACKET)
                .putShort((short) 1) // Ethernet
                .putShort((short) ETHERTYPE_IPV4)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) ARP_REQUEST)
                .put(probe.mac().toBytes())
                .put(probe.source().toBytes())
                .put(new byte[6])
                .put(probe.target().toBytes())
                .array();
    }

    private static Optional<MacAddress> arpAnswer(Probe.Solicitation probe, ByteBuffer frame) {
        if (frame.limit() < ETHERNET_HEADER + ARP_PACKET
                || !(probe.isDetection() || frame.getShort(ARP_OPERATION_PLACE) == ARP_REPLY)
                || !claimed(probe, frame).equals(probe.target())) {
            return Optional.empty();
        }
        return anothers(probe, mac(frame, ARP_SENDER_MAC_PLACE));
    }

    /** Whose address the sender says it is; of another's probe, sent while ours is, the one that both want. */
    private static IpAddress claimed(Probe.Solicitation probe, ByteBuffer frame) {
        IpAddress sender = address(frame, ARP_SENDER_IP_PLACE, Family.IPV4);
        boolean isProbe = sender.isUnspecified() && frame.getShort(ARP_OPERATION_PLACE) == ARP_REQUEST;
        return isProbe && probe.isDetection() ? address(frame, ARP_TARGET_IP_PLACE, Family.IPV4) : sender;
    }

    private static byte[] neighbourSolicitation(Probe.Solicitation probe) {
        IpAddress group = solicitedNode(probe.target());
        // RFC 4861, 4.3: who has no address yet must not say where he is.
        boolean isDetection = probe.isDetection();
        int length = isDetection ? SOLICITATION - OPTION_UNIT : SOLICITATION;
        ByteBuffer message = ByteBuffer.allocate(length)
                .put((byte) ICMPV6_NEIGHBOUR_SOLICITATION)
                .put((byte) 0)
                .putShort((short) 0)
                .putInt(0)
                .put(probe.target().toBytes());
        if (!isDetection) {
            message.put((byte) OPTION_SOURCE_LINK_LAYER_ADDRESS)
                    .put((byte) 1) // in units of eight bytes
                    .put(probe.mac().toBytes());
        }
        byte[] solicitation = message.array();
        ByteBuffer.wrap(solicitation).putShort(2, checksum(probe.source(), group, solicitation));
        return ethernet(groupMac(group), probe, IPV6_HEADER + length)
                .putInt(0x60000000)
                .putShort((short) length)
                .put((byte) PROTOCOL_ICMPV6)
                .put((byte) HOP_LIMIT)
                .put(probe.source().toBytes())
                .put(group.toBytes())
                .put(solicitation)
                .array();
    }

    private static Optional<MacAddress> advertised(Probe.Solicitation probe, ByteBuffer frame) {
        if (frame.limit() < OPTIONS_PLACE
                || Byte.toUnsignedInt(frame.get(IPV6_NEXT_HEADER_PLACE)) != PROTOCOL_ICMPV6
                || Byte.toUnsignedInt(frame.get(IPV6_HOP_LIMIT_PLACE)) != HOP_LIMIT
                || Byte.toUnsignedInt(frame.get(ICMPV6_PLACE)) != ICMPV6_NEIGHBOUR_ADVERTISEMENT
                || !address(frame, TARGET_PLACE, Family.IPV6).equals(probe.target())) {
            return Optional.empty();
        }
        return anothers(probe, targetLinkLayerAddress(frame));
    }

    /** The frame's own sender where the option is not there: RFC 4861 lets a unicast answer leave it out. */
    private static MacAddress targetLinkLayerAddress(ByteBuffer frame) {
        int end =
                Math.min(frame.limit(), ICMPV6_PLACE + Short.toUnsignedInt(frame.getShort(IPV6_PAYLOAD_LENGTH_PLACE)));
        int place = OPTIONS_PLACE;
        while (place + OPTION_UNIT <= end) {
            int length = Byte.toUnsignedInt(frame.get(place + 1)) * OPTION_UNIT;
            if (frame.get(place) == OPTION_TARGET_LINK_LAYER_ADDRESS && length == OPTION_UNIT) {
                return mac(frame, place + 2);
            }
            if (length == 0) {
                break;
            }
            place += length;
        }
        return mac(frame, 6);
    }

    /** What this host sends itself is heard too, and is no answer. */
    private static Optional<MacAddress> anothers(Probe.Solicitation probe, MacAddress mac) {
        return mac.equals(probe.mac()) ? Optional.empty() : Optional.of(mac);
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

    private static ByteBuffer ethernet(MacAddress destination, Probe.Solicitation probe, int payload) {
        return ByteBuffer.allocate(ETHERNET_HEADER + payload)
                .put(destination.toBytes())
                .put(probe.mac().toBytes())
                .putShort((short) etherType(probe));
    }

    /** Over pseudo-header and message, RFC 4443, section 2.3. */
    private static short checksum(IpAddress source, IpAddress destination, byte[] message) {
        return InternetChecksum.of(ByteBuffer.allocate(IPV6_HEADER + message.length)
                .put(source.toBytes())
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
