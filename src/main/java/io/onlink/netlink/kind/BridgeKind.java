package io.onlink.netlink.kind;

import io.onlink.model.Bridge;
import io.onlink.model.LinkAttributes;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.Request;

/** {@code bridge}: linux/if_link.h, IFLA_BR_*; the kernel's side is net/bridge/br_netlink.c. */
public final class BridgeKind {
    private static final int IFLA_BR_FORWARD_DELAY = 1;
    private static final int IFLA_BR_STP_STATE = 5;
    private static final int IFLA_BR_VLAN_FILTERING = 7;
    private static final int IFLA_BR_MCAST_SNOOPING = 23;
    private static final int IFLA_BR_NF_CALL_IPTABLES = 36;
    private static final int IFLA_BR_NF_CALL_IP6TABLES = 37;

    /** {@code struct br_boolopt_multi} of linux/if_bridge.h: the options that are on, then those that are meant, a bit each. */
    private static final int IFLA_BR_MULTI_BOOLOPT = 46;

    private static final int BR_BOOLOPT_NO_LL_LEARN = 1;

    private BridgeKind() {}

    /** What a bridge is born with. */
    private static final Bridge.Options KERNEL_DEFAULTS =
            new Bridge.Options(false, 1500, true, false, false, false, false);

    static void encode(Request request, Bridge bridge) {
        encode(request, KERNEL_DEFAULTS, bridge.options());
    }

    /** Says only what is to change: a kernel built without VLAN filtering refuses even to leave it off. */
    public static void encode(Request request, Bridge.Options from, Bridge.Options to) {
        LinkKinds.putInfo(request, LinkKinds.BRIDGE, data -> {
            if (from.forwardDelay() != to.forwardDelay()) {
                data.u32(IFLA_BR_FORWARD_DELAY, to.forwardDelay());
            }
            if (from.stp() != to.stp()) {
                data.u32(IFLA_BR_STP_STATE, to.stp() ? 1 : 0);
            }
            if (from.vlanFiltering() != to.vlanFiltering()) {
                data.u8(IFLA_BR_VLAN_FILTERING, to.vlanFiltering() ? 1 : 0);
            }
            if (from.multicastSnooping() != to.multicastSnooping()) {
                data.u8(IFLA_BR_MCAST_SNOOPING, to.multicastSnooping() ? 1 : 0);
            }
            if (from.noLinkLocalLearning() != to.noLinkLocalLearning()) {
                data.attribute(
                        IFLA_BR_MULTI_BOOLOPT,
                        options -> options.s32(to.noLinkLocalLearning() ? BR_BOOLOPT_NO_LL_LEARN : 0)
                                .s32(BR_BOOLOPT_NO_LL_LEARN));
            }
            if (from.iptables() != to.iptables()) {
                data.u8(IFLA_BR_NF_CALL_IPTABLES, to.iptables() ? 1 : 0);
            }
            if (from.ip6tables() != to.ip6tables()) {
                data.u8(IFLA_BR_NF_CALL_IP6TABLES, to.ip6tables() ? 1 : 0);
            }
        });
    }

    static Bridge decode(LinkAttributes attributes, Attributes data) {
        return new Bridge(
                attributes,
                new Bridge.Options(
                        // 2 is spanning tree in user space: on all the same.
                        data.s32(IFLA_BR_STP_STATE).orElse(0) != 0,
                        data.s32(IFLA_BR_FORWARD_DELAY).orElse(0),
                        data.u8(IFLA_BR_MCAST_SNOOPING).orElse(0) != 0,
                        data.u8(IFLA_BR_VLAN_FILTERING).orElse(0) != 0,
                        // Before Linux 5.0 there is no such attribute.
                        data.find(IFLA_BR_MULTI_BOOLOPT)
                                .filter(options -> (options.s32() & BR_BOOLOPT_NO_LL_LEARN) != 0)
                                .isPresent(),
                        data.u8(IFLA_BR_NF_CALL_IPTABLES).orElse(0) != 0,
                        data.u8(IFLA_BR_NF_CALL_IP6TABLES).orElse(0) != 0));
    }
}
