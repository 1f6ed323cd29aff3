package io.onlink.verify;

import io.onlink.frame.Arp;
import io.onlink.frame.Ethernet;
import io.onlink.frame.NeighbourDiscovery;
import io.onlink.libc.PacketFilter;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.Optional;

/** "Who has this address?" and its answer: ARP request and reply, neighbour solicitation and advertisement. */
final class SolicitationFrames {
    private SolicitationFrames() {}

    static int etherType(Probe.Solicitation probe) {
        return Ethernet.resolutionType(probe.target().family());
    }

    /** All of IPv6 that a busy link carries would else pass through the socket. */
    static PacketFilter answerFilter(Probe.Solicitation probe) {
        return switch (probe.target().family()) {
            // Who defends an address may announce it instead (RFC 5227, 2.4), and that is a request.
            case IPV4 ->
                probe.isDetection() ? PacketFilter.accepting() : PacketFilter.accepting(Arp.OPERATION_PLACE, Arp.REPLY);
            case IPV6 ->
                PacketFilter.accepting(
                        NeighbourDiscovery.NEXT_HEADER_PLACE,
                        NeighbourDiscovery.PROTOCOL_ICMPV6,
                        NeighbourDiscovery.TYPE_PLACE,
                        NeighbourDiscovery.ADVERTISEMENT);
        };
    }

    static byte[] request(Probe.Solicitation probe) {
        return switch (probe.target().family()) {
            case IPV4 ->
                Arp.request(probe.mac(), probe.source(), probe.target()).broadcast();
            case IPV6 -> NeighbourDiscovery.solicitation(probe.mac(), probe.source(), probe.target());
        };
    }

    /** Whose the target's address is, if the frame says so. What this host sends itself is heard too, and is no answer. */
    static Optional<MacAddress> answer(Probe.Solicitation probe, byte[] frame) {
        Optional<MacAddress> owner = switch (probe.target().family()) {
            case IPV4 -> Arp.of(frame).filter(packet -> isAnswer(probe, packet)).map(Arp::senderMac);
            case IPV6 -> advertised(probe, frame);
        };
        return owner.filter(mac -> !mac.equals(probe.mac()));
    }

    private static boolean isAnswer(Probe.Solicitation probe, Arp packet) {
        return (probe.isDetection() || packet.operation() == Arp.REPLY)
                && claimed(probe, packet).equals(probe.target());
    }

    /** Whose address the sender says it is; of another's probe, sent while ours is, the one that both want. */
    private static IpAddress claimed(Probe.Solicitation probe, Arp packet) {
        boolean isProbe = packet.senderIp().isUnspecified() && packet.operation() == Arp.REQUEST;
        return isProbe && probe.isDetection() ? packet.targetIp() : packet.senderIp();
    }

    private static Optional<MacAddress> advertised(Probe.Solicitation probe, byte[] frame) {
        if (Ethernet.type(frame) != Ethernet.TYPE_IPV6
                || !NeighbourDiscovery.isWhole(frame)
                || NeighbourDiscovery.number(frame, NeighbourDiscovery.NEXT_HEADER_PLACE)
                        != NeighbourDiscovery.PROTOCOL_ICMPV6
                || NeighbourDiscovery.number(frame, NeighbourDiscovery.HOP_LIMIT_PLACE) != NeighbourDiscovery.HOP_LIMIT
                || NeighbourDiscovery.number(frame, NeighbourDiscovery.TYPE_PLACE) != NeighbourDiscovery.ADVERTISEMENT
                || !NeighbourDiscovery.target(frame).equals(probe.target())) {
            return Optional.empty();
        }
        return Optional.of(NeighbourDiscovery.linkLayerAddress(frame, NeighbourDiscovery.TARGET_LINK_LAYER_ADDRESS));
    }
}
