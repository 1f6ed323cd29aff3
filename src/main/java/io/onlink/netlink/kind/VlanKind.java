package io.onlink.netlink.kind;

import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.OtherLink;
import io.onlink.model.Vlan;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.MalformedMessageException;
import io.onlink.netlink.Request;
import org.jspecify.annotations.Nullable;

/** {@code vlan}: linux/if_link.h, IFLA_VLAN_*; the kernel's side is net/8021q/vlan_netlink.c. */
final class VlanKind {
    private static final int IFLA_VLAN_ID = 1;
    private static final int IFLA_VLAN_PROTOCOL = 5;

    /** ETH_P_8021Q (linux/if_ether.h), as a little-endian machine reads what is in network order. */
    private static final int IEEE_802_1Q = Short.toUnsignedInt(Short.reverseBytes((short) 0x8100));

    private VlanKind() {}

    static void encode(Request request, Vlan vlan) {
        LinkKinds.putInfo(request, LinkKinds.VLAN, data -> data.u16(IFLA_VLAN_ID, vlan.id()));
    }

    /** One with another tag (802.1ad) is none that Onlink would make. */
    static Link decode(LinkAttributes attributes, @Nullable String parent, Attributes data) {
        int id = data.u16(IFLA_VLAN_ID)
                .orElseThrow(() -> new MalformedMessageException("VLAN " + attributes.name() + " has no number"));
        boolean isUsual = data.u16(IFLA_VLAN_PROTOCOL).orElse(IEEE_802_1Q) == IEEE_802_1Q;
        return isUsual ? new Vlan(attributes, parent, id) : new OtherLink(attributes, LinkKinds.VLAN);
    }
}
