package io.onlink.netlink.kind;

import static io.onlink.netlink.LinkConstants.IFLA_BRPORT_STATE;
import static io.onlink.netlink.LinkConstants.IFLA_INFO_SLAVE_DATA;
import static io.onlink.netlink.LinkConstants.IFLA_INFO_SLAVE_KIND;
import static io.onlink.netlink.LinkConstants.IFLA_LINKINFO;

import io.onlink.model.BridgePort.Option;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.Request;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/** A bridge's port, {@code bridge_slave}: linux/if_link.h, IFLA_BRPORT_*; the kernel's side is br_setport of net/bridge/br_netlink.c. */
public final class BridgePortKind {
    private BridgePortKind() {}

    private static int attribute(Option option) {
        return switch (option) {
            case HAIRPIN -> 4; // IFLA_BRPORT_MODE
            case GUARD -> 5;
            case ROOT_BLOCK -> 6; // IFLA_BRPORT_PROTECT
            case FAST_LEAVE -> 7;
            case LEARNING -> 8;
            case FLOOD -> 9; // IFLA_BRPORT_UNICAST_FLOOD
            case PROXY_ARP -> 10;
            case PROXY_ARP_WIFI -> 12;
            case MULTICAST_FLOOD -> 27;
            case MULTICAST_TO_UNICAST -> 28;
            case VLAN_TUNNEL -> 29;
            case BROADCAST_FLOOD -> 30;
            case NEIGHBOUR_SUPPRESSION -> 32;
            case ISOLATED -> 33;
            case LOCKED -> 39;
            case MAC_AUTHENTICATION_BYPASS -> 40;
            case NEIGHBOUR_SUPPRESSION_BY_VLAN -> 43;
        };
    }

    /** The options that are on. */
    public static Set<Option> decode(Attributes port) {
        Set<Option> on = EnumSet.noneOf(Option.class);
        for (Option option : Option.values()) {
            if (port.u8(attribute(option)).orElse(option.isOnAtFirst() ? 1 : 0) != 0) {
                on.add(option);
            }
        }
        return on;
    }

    /** Says only what is to change: an older kernel refuses what it does not know. */
    public static void encode(Request request, Set<Option> from, Set<Option> to) {
        put(request, port -> {
            for (Option option : Option.values()) {
                if (from.contains(option) != to.contains(option)) {
                    port.u8(attribute(option), to.contains(option) ? 1 : 0);
                }
            }
        });
    }

    public static void encode(Request request, PortState state) {
        put(request, port -> port.u8(IFLA_BRPORT_STATE, state.number()));
    }

    /** Writes the part of RTM_NEWLINK that is about the link as a port. */
    public static void put(Request request, Consumer<Request> data) {
        request.nest(
                IFLA_LINKINFO,
                info -> info.string(IFLA_INFO_SLAVE_KIND, LinkKinds.BRIDGE).nest(IFLA_INFO_SLAVE_DATA, data));
    }
}
