package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * A network interface, by the kernel's kind ({@code IFLA_INFO_KIND}). A kind that Onlink can make is
 * a record of its own; every other one, a hardware NIC too, is an {@link OtherLink}: Onlink may
 * bring it up or give it a master, never make or delete it.
 *
 * <p>A new kind is added here, in {@code netlink.kind} and in a golden folder; the switches without
 * {@code default} name the rest.
 */
public sealed interface Link permits Bridge, Veth, Vrf, UpperLink, OtherLink {
    /** What every link has. */
    LinkAttributes attributes();

    /** The same link with other common attributes. */
    Link withAttributes(LinkAttributes attributes);

    default String name() {
        return attributes().name();
    }

    /** The bridge or VRF that this link is a port or member of. */
    default @Nullable String master() {
        return attributes().master();
    }

    default boolean isUp() {
        return attributes().up();
    }

    default Link withMaster(@Nullable String master) {
        return withAttributes(attributes().withMaster(master));
    }

    default Link withUp(boolean up) {
        return withAttributes(attributes().withUp(up));
    }
}
