package io.onlink.netlink.kind;

import io.onlink.model.LinkAttributes;
import io.onlink.model.Veth;
import io.onlink.netlink.Request;

/** {@code veth}: linux/veth.h, VETH_INFO_*; the kernel's side is drivers/net/veth.c. */
final class VethKind {
    private static final int VETH_INFO_PEER = 1;

    private VethKind() {}

    static void encode(Request request, Veth veth) {
        LinkAttributes peer = veth.peer();
        if (peer == null) {
            LinkKinds.putInfo(request, LinkKinds.VETH, data -> {});
            return;
        }
        // A struct ifinfomsg of zeros: with IFF_UP the peer is opened before it has its other end, which is ENOTCONN.
        LinkKinds.putInfo(
                request,
                LinkKinds.VETH,
                data -> data.nest(VETH_INFO_PEER, end -> {
                    end.u8(0).u8(0).u16(0).s32(0).s32(0).s32(0);
                    LinkKinds.putCommon(end, peer);
                }));
    }

    /** The kernel does not say what the other end is called. */
    static Veth decode(LinkAttributes attributes) {
        return new Veth(attributes, null);
    }
}
