package io.onlink.hostfile;

import io.onlink.model.IpAddress;
import java.util.HashMap;
import java.util.Map;

/** The peers that prove the host reachable: other hosts, each named once. */
final class VerifyRules {
    private VerifyRules() {}

    static void check(Draft draft, Problems problems) {
        Map<IpAddress, Located<IpAddress>> seen = new HashMap<>();
        for (Located<IpAddress> peer : draft.peers().values()) {
            UnicastAddress.refusal(peer.value())
                    .ifPresent(refusal ->
                            problems.add(peer.place(), refusal + "; an address of another host is expected"));
            if (peer.value().isIpv6LinkLocal()) {
                problems.add(
                        peer.place(),
                        peer.value() + " is link-local, and may be on every interface; a global address is expected");
            }
            if (RoutingDomain.all(draft).stream().anyMatch(domain -> domain.hasOwnAddress(peer.value()))) {
                problems.add(
                        peer.place(),
                        peer.value()
                                + " is the host's own, which always answers; an address of another host is expected");
            }
            Located<IpAddress> twin = seen.putIfAbsent(peer.value(), peer);
            if (twin != null) {
                problems.add(
                        peer.place(),
                        "%s is in line %d already; each peer is named once".formatted(peer.value(), twin.line()));
            }
        }
    }
}
