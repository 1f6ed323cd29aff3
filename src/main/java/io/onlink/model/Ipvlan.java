package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * Further IP addresses of another link, with its MAC address (kernel: Documentation/networking/ipvlan.rst), in mode L2. What
 * comes in is given out by IP address. As with {@link Macvlan}, never does it reach what lives on the parent itself.
 *
 * @param isolated two of one parent do not reach each other (flag {@code private}); the kernel keeps it with the parent, so that it
 *     holds for all of one parent, as it was said last
 */
public record Ipvlan(LinkAttributes attributes, @Nullable String parent, boolean isolated) implements UpperLink {
    @Override
    public Ipvlan withAttributes(LinkAttributes newAttributes) {
        return new Ipvlan(newAttributes, parent, isolated);
    }

    @Override
    public Ipvlan withParent(String newParent) {
        return new Ipvlan(attributes, newParent, isolated);
    }
}
