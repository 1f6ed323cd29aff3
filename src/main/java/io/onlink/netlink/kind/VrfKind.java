package io.onlink.netlink.kind;

import io.onlink.model.LinkAttributes;
import io.onlink.model.Vrf;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.MalformedMessageException;
import io.onlink.netlink.Request;

/** {@code vrf}: linux/if_link.h, IFLA_VRF_*; the kernel's side is drivers/net/vrf.c. */
final class VrfKind {
    private static final int IFLA_VRF_TABLE = 1;

    private VrfKind() {}

    static void encode(Request request, Vrf vrf) {
        LinkKinds.putInfo(request, LinkKinds.VRF, data -> data.u32(IFLA_VRF_TABLE, vrf.table()));
    }

    static Vrf decode(LinkAttributes attributes, Attributes data) {
        int table = data.s32(IFLA_VRF_TABLE)
                .orElseThrow(() -> new MalformedMessageException("VRF " + attributes.name() + " has no table"));
        return new Vrf(attributes, table);
    }
}
