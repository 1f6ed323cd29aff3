package io.onlink.netlink.kind;

import io.onlink.model.LinkAttributes;
import io.onlink.model.Macvlan;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.Request;
import org.jspecify.annotations.Nullable;

/** {@code macvlan}: linux/if_link.h, IFLA_MACVLAN_*; the kernel's side is drivers/net/macvlan.c. */
final class MacvlanKind {
    private static final int IFLA_MACVLAN_MODE = 1;
    private static final int MACVLAN_MODE_PRIVATE = 1;
    private static final int MACVLAN_MODE_BRIDGE = 4;

    private MacvlanKind() {}

    static void encode(Request request, Macvlan macvlan) {
        int mode = switch (macvlan.mode()) {
            case PRIVATE -> MACVLAN_MODE_PRIVATE;
            case BRIDGE -> MACVLAN_MODE_BRIDGE;
            case OTHER -> throw new IllegalArgumentException("Onlink makes no macvlan of another mode");
        };
        LinkKinds.putInfo(request, LinkKinds.MACVLAN, data -> data.u32(IFLA_MACVLAN_MODE, mode));
    }

    static Macvlan decode(LinkAttributes attributes, @Nullable String parent, Attributes data) {
        return new Macvlan(attributes, parent, mode(data.s32(IFLA_MACVLAN_MODE).orElse(0)));
    }

    private static Macvlan.Mode mode(int number) {
        return switch (number) {
            case MACVLAN_MODE_PRIVATE -> Macvlan.Mode.PRIVATE;
            case MACVLAN_MODE_BRIDGE -> Macvlan.Mode.BRIDGE;
            default -> Macvlan.Mode.OTHER;
        };
    }
}
