package io.onlink.desired;

import io.onlink.model.Link;

/**
 * The link of a segment, a bridge most often, or of a VRF: its alias says so, also while its name is being changed, and where
 * nothing is remembered of it.
 */
public final class OwnLink {
    private static final String BEGIN = "Onlink: ";

    private OwnLink() {}

    /**
     * The alias of such a link ({@code ip link … alias}).
     *
     * @param name of the segment, or the VRF
     */
    public static String alias(String name) {
        return BEGIN + name;
    }

    /** Whether a link is marked as one; a container's port is not. */
    public static boolean isOne(Link link) {
        String alias = link.attributes().alias();
        return alias != null && alias.startsWith(BEGIN);
    }
}
