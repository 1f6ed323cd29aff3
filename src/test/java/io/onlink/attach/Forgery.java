package io.onlink.attach;

import io.onlink.model.MacAddress;
import io.onlink.nftables.Offence;
import java.util.HexFormat;
import java.util.List;

/**
 * A frame that a container must not get onto its segment.
 *
 * @param offence what it is to be counted as
 */
record Forgery(String name, Offence offence, String hexadecimal) {
    static final String OWN_IPV4 = "192.168.22.222";
    static final String OWN_IPV6 = "2001:db8:22::222";
    static final String OTHER_IPV4 = "192.168.22.1";
    static final String OTHER_IPV6 = "2001:db8:22::1";
    private static final MacAddress OTHER = MacAddress.parse("02:00:00:00:00:01");
    private static final String OTHER_LINK_LOCAL = "fe80::1";
    private static final int REQUEST = 1;
    private static final int REPLY = 2;
    private static final int HOP_BY_HOP = 0;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int ICMPV6 = 58;

    /** RFC 2710: a general one. */
    private static final String MULTICAST_LISTENER_QUERY = "82 00 0000 03e8 0000" + "00".repeat(16);

    /** All of them, by a container with this MAC address. */
    static List<Forgery> by(MacAddress own) {
        String link = own.linkLocal().toString();
        String honest = Frames.ipv4(OWN_IPV4, OTHER_IPV4, 17, "1234 5678 0008 0000");
        return List.of(
                of("the router's MAC address", Offence.MAC, Frames.udp(OTHER, OWN_IPV4, 5000, OTHER_IPV4, 5000)),
                of("another MAC address, IPv6", Offence.MAC, Frames.udp(OTHER, OWN_IPV6, 5000, OTHER_IPV6, 5000)),
                of("honest ARP from another MAC", Offence.MAC, Frames.arp(OTHER, REQUEST, own, OWN_IPV4, OTHER_IPV4)),
                of("802.1Q tag", Offence.PROTOCOL, Frames.ethernet(own, 0x8100, "0016 0800" + honest)),
                of("802.1ad tag", Offence.PROTOCOL, Frames.ethernet(own, 0x88a8, "0016 0800" + honest)),
                of("spanning tree", Offence.PROTOCOL, bridgeProtocolDataUnit(own)),
                of("LLDP", Offence.PROTOCOL, Frames.ethernet(own, 0x88cc, "0207 04 020000000001")),
                of("PPPoE discovery", Offence.PROTOCOL, Frames.ethernet(own, 0x8863, "1107 0000 0004 01010000")),
                of("reverse ARP", Offence.PROTOCOL, Frames.ethernet(own, 0x8035, "0001 0800 0604 0004")),
                of("the router's gratuitous ARP", Offence.ARP, Frames.arp(own, REQUEST, own, OTHER_IPV4, OTHER_IPV4)),
                of("ARP reply for the router", Offence.ARP, Frames.arp(own, REPLY, own, OTHER_IPV4, "192.168.22.10")),
                of("ARP of another sender MAC", Offence.ARP, Frames.arp(own, REPLY, OTHER, OWN_IPV4, "192.168.22.10")),
                of(
                        "ARP for a free address",
                        Offence.ARP,
                        Frames.arp(own, REQUEST, own, "192.168.22.77", "192.168.22.77")),
                of("probe of another's address", Offence.ARP, Frames.arp(own, REQUEST, own, "0.0.0.0", OTHER_IPV4)),
                of(
                        "ARP of other hardware",
                        Offence.MALFORMED,
                        Frames.arp(own, 6, REQUEST, own, OTHER_IPV4, OTHER_IPV4)),
                of("the router's IPv4", Offence.IPV4, Frames.udp(own, OTHER_IPV4, 5000, "192.168.22.10", 5000)),
                of("no IPv4", Offence.IPV4, Frames.udp(own, "0.0.0.0", 68, "255.255.255.255", 67)),
                of("IPv4 from elsewhere", Offence.IPV4, Frames.udp(own, "198.51.100.1", 5000, OTHER_IPV4, 5000)),
                of("IPv4 loopback", Offence.IPV4, Frames.udp(own, "127.0.0.1", 5000, OTHER_IPV4, 5000)),
                of("IPv4 broadcast source", Offence.IPV4, Frames.udp(own, "192.168.22.255", 5000, OTHER_IPV4, 5000)),
                of("DHCP offer", Offence.DHCP, Frames.udp(own, OWN_IPV4, 67, "255.255.255.255", 68)),
                of("DHCP from an odd port", Offence.DHCP, Frames.udp(own, OWN_IPV4, 5000, "255.255.255.255", 68)),
                of("the router's IPv6", Offence.IPV6, Frames.udp(own, OTHER_IPV6, 5000, "2001:db8:22::10", 5000)),
                of("another's link-local", Offence.IPV6, Frames.udp(own, OTHER_LINK_LOCAL, 5000, "ff02::1", 5000)),
                of("no IPv6", Offence.IPV6, Frames.udp(own, "::", 5000, "ff02::1", 5000)),
                of("IPv6 multicast source", Offence.IPV6, Frames.udp(own, "ff02::2", 5000, OTHER_IPV6, 5000)),
                of("ping from nowhere", Offence.IPV6, Frames.icmpv6(own, "::", "80 00 0000 00010001")),
                of(
                        "solicitation from the router",
                        Offence.IPV6,
                        Frames.icmpv6(own, OTHER_IPV6, Frames.neighbourSolicitation(OWN_IPV6))),
                of(
                        "advertisement from the router",
                        Offence.IPV6,
                        Frames.icmpv6(own, OTHER_IPV6, Frames.neighbourAdvertisement(OWN_IPV6, own))),
                of(
                        "advertisement of the router's address",
                        Offence.NEIGHBOUR,
                        Frames.icmpv6(own, OWN_IPV6, Frames.neighbourAdvertisement(OTHER_IPV6, own))),
                of(
                        "the same behind an option",
                        Offence.NEIGHBOUR,
                        Frames.icmpv6Behind(HOP_BY_HOP, own, OWN_IPV6, Frames.neighbourAdvertisement(OTHER_IPV6, own))),
                of(
                        "somebody's address as a duplicate",
                        Offence.NEIGHBOUR,
                        Frames.icmpv6(own, "::", Frames.neighbourSolicitation(OTHER_IPV6))),
                of("router advertisement", Offence.ROUTER, Frames.icmpv6(own, link, Frames.routerAdvertisement())),
                of(
                        "the same behind an option, too",
                        Offence.ROUTER,
                        Frames.icmpv6Behind(DESTINATION_OPTIONS, own, link, Frames.routerAdvertisement())),
                of(
                        "the same in a fragment",
                        Offence.ROUTER,
                        Frames.firstFragment(own, link, ICMPV6, Frames.routerAdvertisement())),
                of(
                        "the same, its headers in two fragments",
                        Offence.MALFORMED,
                        Frames.firstFragment(own, link, DESTINATION_OPTIONS, "3a 00 01 04 00000000")),
                of(
                        "advertisement of the router's address, the target in the next fragment",
                        Offence.MALFORMED,
                        Frames.firstFragment(own, OWN_IPV6, ICMPV6, "88 00 0000 20000000")),
                of("multicast listener query", Offence.ROUTER, Frames.icmpv6(own, link, MULTICAST_LISTENER_QUERY)),
                of(
                        "IGMP query",
                        Offence.ROUTER,
                        Frames.ethernet(own, 0x0800, Frames.ipv4(OWN_IPV4, "224.0.0.1", 2, "11 64 ee9b 00000000"))),
                of("redirect", Offence.ROUTER, Frames.icmpv6(own, link, Frames.redirect(OWN_IPV6))),
                of("DHCPv6 advertise", Offence.DHCP, Frames.udp(own, link, 547, "ff02::1", 546)),
                of("DHCPv6 from an odd port", Offence.DHCP, Frames.udp(own, link, 5000, "ff02::1", 546)));
    }

    private static Forgery of(String name, Offence offence, byte[] frame) {
        return new Forgery(name, offence, HexFormat.of().formatHex(frame));
    }

    byte[] frame() {
        return HexFormat.of().parseHex(hexadecimal);
    }

    /** IEEE 802.1D: no Ethernet type, but a length; would make the segment's bridges elect anew. */
    private static byte[] bridgeProtocolDataUnit(MacAddress own) {
        byte[] frame = Frames.ethernet(own, 38, "424203 0000 00 00 00 0000020000000001 00000000");
        System.arraycopy(HexFormat.of().parseHex("0180c2000000"), 0, frame, 0, 6);
        return frame;
    }

    @Override
    public String toString() {
        return name;
    }
}
