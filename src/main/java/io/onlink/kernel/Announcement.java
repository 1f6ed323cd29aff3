package io.onlink.kernel;

import io.onlink.frame.Arp;
import io.onlink.frame.Ethernet;
import io.onlink.frame.NeighbourDiscovery;
import io.onlink.libc.PacketSocket;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
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
    private Announcement() {}

    /** In the calling thread's network namespace. */
    static void send(int linkIndex, IpAddress ip, MacAddress mac) {
        try (PacketSocket socket = PacketSocket.open(linkIndex, Ethernet.resolutionType(ip.family()))) {
            frames(ip, mac).forEach(socket::send);
        }
    }

    /** In the calling thread's network namespace. */
    static void sendStations(int linkIndex, Collection<MacAddress> stations) {
        try (PacketSocket socket = PacketSocket.open(linkIndex, Ethernet.TYPE_RARP)) {
            stations.forEach(station -> socket.send(stationFrame(station)));
        }
    }

    /** RFC 903, "who am I?": nobody has to answer, and every switch on the way learns the sender's port. */
    static byte[] stationFrame(MacAddress station) {
        return new Arp(Arp.REVERSE_REQUEST, station, Arp.NO_IP, station, Arp.NO_IP).broadcast();
    }

    static List<byte[]> frames(IpAddress ip, MacAddress mac) {
        return switch (ip.family()) {
            case IPV4 ->
                List.of(
                        Arp.request(mac, ip, ip).broadcast(),
                        new Arp(Arp.REPLY, mac, ip, Ethernet.BROADCAST, ip).broadcast());
            case IPV6 -> List.of(NeighbourDiscovery.announcement(mac, ip));
        };
    }
}
