package io.onlink.attach;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Ethernet frames put together in hexadecimal; without the checksums of what is in IP packets, which no bridge looks at. */
final class Frames {
    static final MacAddress BROADCAST = MacAddress.parse("ff:ff:ff:ff:ff:ff");

    private static final int UDP = 17;
    private static final int ICMPV6 = 58;

    private Frames() {}

    /** Not filled up to what a wire would want: br_netfilter cuts off what is behind the packet. */
    static byte[] ethernet(MacAddress source, int type, String payload) {
        return HexFormat.of()
                .parseHex(hex(BROADCAST) + hex(source) + "%04x".formatted(type) + payload.replace(" ", ""));
    }

    /** The same frame to another MAC address. */
    static byte[] to(MacAddress destination, byte[] frame) {
        byte[] changed = frame.clone();
        System.arraycopy(destination.toBytes(), 0, changed, 0, destination.toBytes().length);
        return changed;
    }

    /**
     * The same frame behind a VLAN tag.
     *
     * @param control priority and VLAN, IEEE 802.1Q 9.6
     */
    static byte[] tagged(int type, int control, byte[] frame) {
        int place = 12;
        return ByteBuffer.allocate(frame.length + 4)
                .put(frame, 0, place)
                .putShort((short) type)
                .putShort((short) control)
                .put(frame, place, frame.length - place)
                .array();
    }

    static byte[] arp(MacAddress source, int operation, MacAddress sender, String senderIp, String targetIp) {
        return arp(source, 1, operation, sender, senderIp, targetIp);
    }

    static byte[] arp(
            MacAddress source, int hardware, int operation, MacAddress sender, String senderIp, String targetIp) {
        return ethernet(
                source,
                0x0806,
                "%04x 0800 06 04 %04x".formatted(hardware, operation) + hex(sender) + hex(senderIp) + "000000000000"
                        + hex(targetIp));
    }

    static byte[] udp(MacAddress mac, String from, int sourcePort, String to, int destinationPort) {
        String datagram = "%04x%04x 000c 0000 6f6e6c6b".formatted(sourcePort, destinationPort);
        return IpAddress.parse(from).family() == Family.IPV4
                ? ethernet(mac, 0x0800, ipv4(from, to, UDP, datagram))
                : ethernet(mac, 0x86dd, ipv6(from, to, UDP, datagram));
    }

    static byte[] tcp(MacAddress mac, String from, int sourcePort, String to, int destinationPort, int flags) {
        String segment =
                "%04x%04x 00000001 00000001 50%02x 2000 0000 0000".formatted(sourcePort, destinationPort, flags);
        return IpAddress.parse(from).family() == Family.IPV4
                ? ethernet(mac, 0x0800, ipv4(from, to, 6, segment))
                : ethernet(mac, 0x86dd, ipv6(from, to, 6, segment));
    }

    static byte[] icmpv6(MacAddress mac, String from, String message) {
        return ethernet(mac, 0x86dd, ipv6(from, "ff02::1", ICMPV6, message));
    }

    /** Behind an extension header of eight bytes. */
    static byte[] icmpv6Behind(int header, MacAddress mac, String from, String message) {
        return ethernet(
                mac, 0x86dd, ipv6(from, "ff02::1", header, "%02x 00 01 04 00000000".formatted(ICMPV6) + message));
    }

    /**
     * The first fragment of more.
     *
     * @param next the header that the fragment begins with
     */
    static byte[] firstFragment(MacAddress mac, String from, int next, String payload) {
        return ethernet(mac, 0x86dd, ipv6(from, "ff02::1", 44, "%02x 00 0001 00001234".formatted(next) + payload));
    }

    static String neighbourSolicitation(String target) {
        return "87 00 0000 00000000" + hex(target);
    }

    static String neighbourAdvertisement(String target, MacAddress mac) {
        return "88 00 0000 20000000" + hex(target) + "0201" + hex(mac);
    }

    static String routerAdvertisement() {
        return "86 00 0000 40 00 0708 00000000 00000000";
    }

    static String redirect(String target) {
        return "89 00 0000 00000000" + hex(target) + hex("2001:db8:22::99");
    }

    /** With its header's checksum: br_netfilter, where it is on, looks at that before anybody's rules. */
    static String ipv4(String from, String to, int protocol, String payload) {
        String addresses = hex(from) + hex(to);
        String before = "4500%04x0000000040%02x".formatted(20 + bytes(payload), protocol);
        int sum = 0;
        byte[] header = HexFormat.of().parseHex(before + addresses);
        for (int i = 0; i < header.length; i += 2) {
            sum += (Byte.toUnsignedInt(header[i]) << 8) + Byte.toUnsignedInt(header[i + 1]);
        }
        int folded = (sum & 0xffff) + (sum >>> 16);
        return before + "%04x".formatted(~folded & 0xffff) + addresses + payload;
    }

    private static String ipv6(String from, String to, int next, String payload) {
        return "60000000 %04x %02x ff".formatted(bytes(payload), next) + hex(from) + hex(to) + payload;
    }

    private static int bytes(String hexadecimal) {
        return hexadecimal.replace(" ", "").length() / 2;
    }

    private static String hex(String ip) {
        return HexFormat.of().formatHex(IpAddress.parse(ip).toBytes());
    }

    private static String hex(MacAddress mac) {
        return HexFormat.of().formatHex(mac.toBytes());
    }
}
