package io.onlink.frame;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A packet of ARP for IPv4 on Ethernet, RFC 826; RARP's, RFC 903, has the same shape.
 *
 * @param operation {@link #REQUEST} or {@link #REPLY}, or {@link #REVERSE_REQUEST}
 */
public record Arp(int operation, MacAddress senderMac, IpAddress senderIp, MacAddress targetMac, IpAddress targetIp) {
    public static final int REQUEST = 1;
    public static final int REPLY = 2;
    public static final int REVERSE_REQUEST = 3;

    /** In a frame, the byte by which a reply is told from a request. */
    public static final int OPERATION_PLACE = Ethernet.HEADER + 7;

    /** Of a target that is not known. */
    public static final MacAddress NO_MAC = new MacAddress(0);

    public static final IpAddress NO_IP = IpAddress.parse("0.0.0.0");

    private static final int PACKET = 28;

    /** What a packet begins with: hardware and protocol, and how long the addresses of both are. */
    private static final long ETHERNET_FOR_IPV4 = 0x0001_0800_06_04L;

    private static final int SENDER_MAC_PLACE = Ethernet.HEADER + 8;
    private static final int SENDER_IP_PLACE = Ethernet.HEADER + 14;
    private static final int TARGET_MAC_PLACE = Ethernet.HEADER + 18;
    private static final int TARGET_IP_PLACE = Ethernet.HEADER + 24;

    /** A question of the sender's for an address, to everybody. */
    public static Arp request(MacAddress sender, IpAddress senderIp, IpAddress target) {
        return new Arp(REQUEST, sender, senderIp, NO_MAC, target);
    }

    /** Empty of a frame that is none, or is cut off. */
    public static Optional<Arp> of(byte[] frame) {
        if (Ethernet.type(frame) != Ethernet.TYPE_ARP || frame.length < Ethernet.HEADER + PACKET) {
            return Optional.empty();
        }
        return Optional.of(new Arp(
                Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(OPERATION_PLACE - 1)),
                Ethernet.mac(frame, SENDER_MAC_PLACE),
                Ethernet.address(frame, SENDER_IP_PLACE, Family.IPV4),
                Ethernet.mac(frame, TARGET_MAC_PLACE),
                Ethernet.address(frame, TARGET_IP_PLACE, Family.IPV4)));
    }

    /** Whether a frame's packet says that it is of Ethernet and IPv4, as all should. */
    public static boolean isOfEthernetAndIpv4(byte[] frame) {
        return frame.length >= Ethernet.HEADER + Long.BYTES
                && ByteBuffer.wrap(frame).getLong(Ethernet.HEADER) >>> Short.SIZE == ETHERNET_FOR_IPV4;
    }

    /** To everybody, from the sender. */
    public byte[] broadcast() {
        byte[] packet = ByteBuffer.allocate(PACKET)
                .putInt((int) (ETHERNET_FOR_IPV4 >>> Short.SIZE))
                .putShort((short) ETHERNET_FOR_IPV4)
                .putShort((short) operation)
                .put(senderMac.toBytes())
                .put(senderIp.toBytes())
                .put(targetMac.toBytes())
                .put(targetIp.toBytes())
                .array();
        int type = operation == REVERSE_REQUEST ? Ethernet.TYPE_RARP : Ethernet.TYPE_ARP;
        return Ethernet.frame(Ethernet.BROADCAST, senderMac, type, packet);
    }
}
