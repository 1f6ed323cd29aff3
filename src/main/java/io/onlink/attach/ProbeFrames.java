package io.onlink.attach;

import io.onlink.frame.Arp;
import io.onlink.frame.Ethernet;
import io.onlink.frame.NeighbourDiscovery;
import io.onlink.libc.PacketFilter;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.Optional;

/**
 * "May I have this address?" as Ethernet frames, and what contradicts: the ARP probe of RFC 5227, 2.1.1, whose sender has no
 * address yet, so that nobody learns one from it; the solicitation of IPv6 duplicate address detection, RFC 4862, 5.4.2,
 * likewise from the unspecified address. And what other frames say of who has an address.
 */
final class ProbeFrames {
    private static final IpAddress UNSPECIFIED = IpAddress.parse("::");

    private ProbeFrames() {}

    /** All of IPv6 that a busy link carries would else pass through the socket. */
    static PacketFilter filter(Family family) {
        return switch (family) {
            case IPV4 -> PacketFilter.accepting().withoutOthers();
            case IPV6 ->
                PacketFilter.accepting(
                                NeighbourDiscovery.NEXT_HEADER_PLACE,
                                NeighbourDiscovery.PROTOCOL_ICMPV6,
                                NeighbourDiscovery.HOP_LIMIT_PLACE,
                                NeighbourDiscovery.HOP_LIMIT)
                        .withoutOthers();
        };
    }

    static byte[] probe(IpAddress address, MacAddress mac) {
        return switch (address.family()) {
            case IPV4 -> Arp.request(mac, Arp.NO_IP, address).broadcast();
            case IPV6 -> NeighbourDiscovery.solicitation(mac, UNSPECIFIED, address);
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
        return switch (Ethernet.type(frame)) {
            case Ethernet.TYPE_ARP ->
                Arp.of(frame).filter(_ -> Arp.isOfEthernetAndIpv4(frame)).map(ProbeFrames::claim);
            case Ethernet.TYPE_IPV6 -> neighbourClaim(frame);
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

    private static Claim claim(Arp packet) {
        boolean isProbe = packet.senderIp().isUnspecified() && packet.operation() == Arp.REQUEST;
        return new Claim(isProbe ? packet.targetIp() : packet.senderIp(), packet.senderMac(), !isProbe);
    }

    /** Who asks for a neighbour in his own name says that he has that name. */
    private static Optional<Claim> neighbourClaim(byte[] frame) {
        if (!NeighbourDiscovery.isWhole(frame)) {
            return Optional.empty();
        }
        IpAddress source = NeighbourDiscovery.source(frame);
        IpAddress target = NeighbourDiscovery.target(frame);
        return switch (NeighbourDiscovery.number(frame, NeighbourDiscovery.TYPE_PLACE)) {
            case NeighbourDiscovery.ADVERTISEMENT ->
                Optional.of(new Claim(
                        target,
                        NeighbourDiscovery.linkLayerAddress(frame, NeighbourDiscovery.TARGET_LINK_LAYER_ADDRESS),
                        true));
            case NeighbourDiscovery.SOLICITATION ->
                Optional.of(
                        source.isUnspecified()
                                ? new Claim(target, Ethernet.source(frame), false)
                                : new Claim(
                                        source,
                                        NeighbourDiscovery.linkLayerAddress(
                                                frame, NeighbourDiscovery.SOURCE_LINK_LAYER_ADDRESS),
                                        true));
            default -> Optional.empty();
        };
    }
}
