package io.onlink.netlink.kind;

import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.OtherLink;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.Request;
import org.jspecify.annotations.Nullable;

/** {@code ipvlan}: linux/if_link.h, IFLA_IPVLAN_*; the kernel's side is drivers/net/ipvlan. */
final class IpvlanKind {
    private static final int IFLA_IPVLAN_MODE = 1;
    private static final int IFLA_IPVLAN_FLAGS = 2;
    private static final int IPVLAN_MODE_L2 = 0;
    private static final int IPVLAN_F_PRIVATE = 1;

    private IpvlanKind() {}

    static void encode(Request request, Ipvlan ipvlan) {
        LinkKinds.putInfo(
                request,
                LinkKinds.IPVLAN,
                data -> data.u16(IFLA_IPVLAN_MODE, IPVLAN_MODE_L2)
                        .u16(IFLA_IPVLAN_FLAGS, ipvlan.isolated() ? IPVLAN_F_PRIVATE : 0));
    }

    /** Those of the layer 3 modes are none that Onlink would make. */
    static Link decode(LinkAttributes attributes, @Nullable String parent, Attributes data) {
        if (data.u16(IFLA_IPVLAN_MODE).orElse(IPVLAN_MODE_L2) != IPVLAN_MODE_L2) {
            return new OtherLink(attributes, LinkKinds.IPVLAN);
        }
        return new Ipvlan(attributes, parent, data.u16(IFLA_IPVLAN_FLAGS).orElse(0) == IPVLAN_F_PRIVATE);
    }
}
