package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * A further MAC address of another link, ip-link(8) "MACVLAN and MACVTAP Type Support". It reaches the LAN and, but for
 * {@link Mode#PRIVATE}, its siblings; never what lives on the parent itself.
 */
public record Macvlan(LinkAttributes attributes, @Nullable String parent, Mode mode) implements UpperLink {

    /** What passes between two of one parent. */
    public enum Mode {
        /** Nothing. */
        PRIVATE,
        /** Everything, without leaving the host. */
        BRIDGE,
        /** One of the further modes, which Onlink does not make. */
        OTHER
    }

    @Override
    public Macvlan withAttributes(LinkAttributes newAttributes) {
        return new Macvlan(newAttributes, parent, mode);
    }

    @Override
    public Macvlan withParent(String newParent) {
        return new Macvlan(attributes, newParent, mode);
    }
}
