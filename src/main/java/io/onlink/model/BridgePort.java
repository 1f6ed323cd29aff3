package io.onlink.model;

import io.onlink.model.LinkStatus.PortState;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A link as a bridge's port, as {@code bridge -d link} shows it, bridge(8).
 *
 * @param state whether it passes frames; while the link has no carrier it is disabled
 * @param operational whether the link is up, has a carrier, and the kernel has taken note of it
 * @param on the options that are on
 */
public record BridgePort(PortState state, boolean operational, Set<Option> on) {
    /** The options that are on at a new port (new_nbp of net/bridge/br_if.c). */
    public static final Set<Option> ON_AT_FIRST =
            Stream.of(Option.values()).filter(Option::isOnAtFirst).collect(Collectors.toUnmodifiableSet());

    public BridgePort {
        on = Set.copyOf(on);
    }

    /** What can be turned on and off at a port, in the words of ip-link(8), "BRIDGE Slave Support". */
    public enum Option {
        /** Frames go out of the port by which they came in. */
        HAIRPIN("hairpin"),
        GUARD("guard"),
        ROOT_BLOCK("root_block"),
        FAST_LEAVE("fastleave"),
        /** The bridge takes note of the stations behind it; without, frames to them go to all ports. */
        LEARNING("learning"),
        /** It gets frames to stations that the bridge does not know. */
        FLOOD("flood"),
        PROXY_ARP("proxy_arp"),
        PROXY_ARP_WIFI("proxy_arp_wifi"),
        /** It gets multicast that nobody asked for, IPv6 neighbour discovery with it. */
        MULTICAST_FLOOD("mcast_flood"),
        MULTICAST_TO_UNICAST("mcast_to_unicast"),
        VLAN_TUNNEL("vlan_tunnel"),
        /** It gets broadcasts, ARP with them. */
        BROADCAST_FLOOD("bcast_flood"),
        /** It gets no question for a neighbour. */
        NEIGHBOUR_SUPPRESSION("neigh_suppress"),
        /** It passes no frame to another isolated port. */
        ISOLATED("isolated"),
        /** It takes frames only of stations that the bridge was told of. */
        LOCKED("locked"),
        MAC_AUTHENTICATION_BYPASS("mab"),
        NEIGHBOUR_SUPPRESSION_BY_VLAN("neigh_vlan_suppress");

        private final String word;

        Option(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }

        /** Whether a new port has it on; what an older kernel does not know is as it is at first. */
        public boolean isOnAtFirst() {
            return switch (this) {
                case LEARNING, FLOOD, MULTICAST_FLOOD, BROADCAST_FLOOD -> true;
                case HAIRPIN,
                        GUARD,
                        ROOT_BLOCK,
                        FAST_LEAVE,
                        PROXY_ARP,
                        PROXY_ARP_WIFI,
                        MULTICAST_TO_UNICAST,
                        VLAN_TUNNEL,
                        NEIGHBOUR_SUPPRESSION,
                        ISOLATED,
                        LOCKED,
                        MAC_AUTHENTICATION_BYPASS,
                        NEIGHBOUR_SUPPRESSION_BY_VLAN -> false;
            };
        }
    }

    /** What the options that differ have to become: {@code learning on isolated off}. */
    public static String words(Set<Option> from, Set<Option> to, String separator) {
        return Stream.of(Option.values())
                .filter(option -> from.contains(option) != to.contains(option))
                .map(option -> option.word() + (to.contains(option) ? " on" : " off"))
                .collect(Collectors.joining(separator));
    }
}
