package io.onlink.desired;

import io.onlink.hostfile.Attach;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.Macvlan;
import io.onlink.model.NetworkState;
import io.onlink.model.UpperLink;
import io.onlink.model.Vlan;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the kernel refuses of an uplink for the links that lie on it, or on which it lies. One handler takes a link's frames: a
 * bridge's, macvlan's or ipvlan's (netdev_rx_handler_register, EBUSY; measured on 6.1). VLANs need none.
 */
final class UpperLinks {
    private final Collection<Link> links;

    UpperLinks(NetworkState state) {
        this.links = state.links().values();
    }

    /** Why a segment cannot have an uplink so; empty if it can. */
    Optional<String> refusalOf(Attach attach, Link uplink) {
        return switch (attach) {
            case BRIDGE -> refusalToBePort(uplink);
            case MACVLAN, IPVLAN ->
                on(uplink.name())
                        .filter(other -> !kindOf(other).equals(attach.word()))
                        .findFirst()
                        .map(other ->
                                "%s, a %s link, lies on %s, and the kernel puts no %s link beside it: delete it (ip link del %s), or attach the segment by %s"
                                        .formatted(
                                                other.name(),
                                                kindOf(other),
                                                uplink.name(),
                                                attach.word(),
                                                other.name(),
                                                kindOf(other)));
        };
    }

    private Optional<String> refusalToBePort(Link uplink) {
        if (uplink instanceof Ipvlan ipvlan) {
            return Optional.of(
                    "%s is an ipvlan link, and the kernel makes none a bridge's port: name its NIC%s, or a macvlan link"
                            .formatted(uplink.name(), ipvlan.parent() == null ? "" : ", " + ipvlan.parent()));
        }
        return on(uplink.name())
                .findFirst()
                .map(other ->
                        "the link %s lies on %s, and the kernel makes no such link a bridge's port: delete it (ip link del %s), or attach the segment by %s"
                                .formatted(other.name(), uplink.name(), other.name(), kindOf(other)));
    }

    private Stream<UpperLink> on(String parent) {
        return links.stream()
                .flatMap(link -> link instanceof UpperLink upper ? Stream.of(upper) : Stream.empty())
                .filter(upper -> !(upper instanceof Vlan) && parent.equals(upper.parent()));
    }

    private static String kindOf(UpperLink link) {
        return switch (link) {
            case Vlan _ -> "vlan";
            case Macvlan _ -> "macvlan";
            case Ipvlan _ -> "ipvlan";
        };
    }
}
