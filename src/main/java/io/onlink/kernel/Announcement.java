package io.onlink.kernel;

import io.onlink.libc.PacketSocket;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * The frames that tell a segment which MAC address an IP address now has, for those who remember another one.
 *
 * <p>IPv4: an ARP announcement (RFC 5227, section 3), which is a request for one's own address, and the same as a reply:
 * there are hosts that learn from only one of the two. IPv6: an unsolicited neighbour advertisement to all nodes with the
 * override flag (RFC 4861, section 7.2.6).
 *
 * <p>And those that tell switches behind which of their ports a station is.
 */
final class Announcement {
    private static final int ETHERTYPE_ARP = 0x0806;
    private static final int ETHERTYPE_RARP = 0x8035;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int RARP_REQUEST = 3;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int ICMPV6_NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int OVERRIDE = 0x20000000;
    private static final int OPTION_TARGET_LINK_LAYER_ADDRESS = 2;

    /** RFC 4861: a router cannot have passed it on, so it is from the segment itself. */
    private static final int HOP_LIMIT = 255;

    private static final int ETHERNET_HEADER = 14;
    private static final int ARP_PACKET = 28;
    private static final int IPV6_HEADER = 40;
    private static final int ADVERTISEMENT = 32;

    private static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");
    private static final MacAddress ALL_NODES_MAC = MacAddress.parse("33:33:00:00:00:01");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    private Announcement() {}

    /** In the calling thread's network namespace. */
    static void send(int linkIndex, IpAddress ip, MacAddress mac) {
        int protocol = ip.family() == Family.IPV4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6;
        try (PacketSocket socket = PacketSocket.open(linkIndex, protocol)) {
            frames(ip, mac).forEach(socket::send);
        }
    }

    /** In the calling thread's network namespace. */
    static void sendStations(int linkIndex, Collection<MacAddress> stations) {
        try (PacketSocket socket = PacketSocket.open(linkIndex, ETHERTYPE_RARP)) {
            stations.forEach(station -> socket.send(stationFrame(station)));
        }
    }

    /** RFC 903, "who am I?": nobody has to answer, and every switch on the way learns the sender's port. */
    static byte[] stationFrame(MacAddress station) {
        byte[] packet = ByteBuffer.allocate(ARP_PACKET)
                .putShort((short) 1) // Ethernet
                .putShort((short) 0x0800) // IPv4
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) RARP_REQUEST)
                .put(station.toBytes())
                .putInt(0)
                .put(station.toBytes())
                .putInt(0)
                .array();
        return ethernet(BROADCAST, station, ETHERTYPE_RARP, packet);
    }

    static List<byte[]> frames(IpAddress ip, MacAddress mac) {
        return switch (ip.family()) {
            case IPV4 -> List.of(arp(ARP_REQUEST, ip, mac), arp(ARP_REPLY, ip, mac));
            case IPV6 -> List.of(neighbourAdvertisement(ip, mac));
        };
    }

    private static byte[] arp(int operation, IpAddress ip, MacAddress mac) {
        MacAddress target = operation == ARP_REPLY ? BROADCAST : new MacAddress(0);
        byte[] packet = ByteBuffer.allocate(ARP_PACKET)
                .putShort((short) 1) // Ethernet
                .putShort((short) 0x0800) // IPv4
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) operation)
                .put(mac.toBytes())
                .put(ip.toBytes())
                .put(target.toBytes())
                .put(ip.toBytes())
                .array();
        return ethernet(BROADCAST, mac, ETHERTYPE_ARP, packet);
    }

    private static byte[] neighbourAdvertisement(IpAddress ip, MacAddress mac) {
        byte[] advertisement = ByteBuffer.allocate(ADVERTISEMENT)
                .put((byte) ICMPV6_NEIGHBOUR_ADVERTISEMENT)
                .put((byte) 0)
                .putShort((short) 0)
                .putInt(OVERRIDE)
                .put(ip.toBytes())
                .put((byte) OPTION_TARGET_LINK_LAYER_ADDRESS)
                .put((byte) 1) // in units of eight bytes
                .put(mac.toBytes())
                .array();
        ByteBuffer.wrap(advertisement).putShort(2, checksum(ip, advertisement));
        byte[] packet = ByteBuffer.allocate(IPV6_HEADER + ADVERTISEMENT)
                .putInt(0x60000000)
                .putShort((short) ADVERTISEMENT)
                .put((byte) PROTOCOL_ICMPV6)
                .put((byte) HOP_LIMIT)
                .put(ip.toBytes())
                .put(ALL_NODES.toBytes())
                .put(advertisement)
                .array();
        return ethernet(ALL_NODES_MAC, mac, ETHERTYPE_IPV6, packet);
    }

    private static byte[] ethernet(MacAddress destination, MacAddress source, int type, byte[] packet) {
        return ByteBuffer.allocate(ETHERNET_HEADER + packet.length)
                .put(destination.toBytes())
                .put(source.toBytes())
                .putShort((short) type)
                .put(packet)
                .array();
    }

    /** Over pseudo-header and message, RFC 4443, section 2.3. */
    private static short checksum(IpAddress source, byte[] message) {
        ByteBuffer covered = ByteBuffer.allocate(IPV6_HEADER + message.length)
                .put(source.toBytes())
                .put(ALL_NODES.toBytes())
                .putInt(message.length)
                .putInt(PROTOCOL_ICMPV6)
                .put(message)
                .flip();
        return InternetChecksum.of(covered);
    }
}
