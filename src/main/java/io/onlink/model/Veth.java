package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * One end of a pair of virtual Ethernet links, veth(4). Making one makes both; so does deleting.
 *
 * @param peer what the other end is named and wears at creation; null when it was only observed
 *     (its name is not known where it lives in another namespace)
 */
public record Veth(LinkAttributes attributes, @Nullable LinkAttributes peer) implements Link {
    @Override
    public Veth withAttributes(LinkAttributes newAttributes) {
        return new Veth(newAttributes, peer);
    }
}
