package io.onlink.model;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A VLAN of another link, IEEE 802.1Q, ip-link(8) "VLAN Type Support": frames that have the VLAN's tag there have none here.
 * While its parent is down it cannot be up.
 *
 * @param id 1 to 4094
 */
public record Vlan(LinkAttributes attributes, @Nullable String parent, int id) implements UpperLink {
    public static final int SMALLEST_ID = 1;

    /** 4095 is reserved (IEEE 802.1Q, 9.6). */
    public static final int LARGEST_ID = 4094;

    /** What a VLAN is usually called: the parent's name and the number, or the number alone where both are too long. */
    public static String usualName(String parent, int id) {
        String name = parent + "." + id;
        return name.length() <= LinkAttributes.LONGEST_NAME ? name : "vlan" + id;
    }

    @Override
    public Vlan withAttributes(LinkAttributes newAttributes) {
        return new Vlan(newAttributes, parent, id);
    }

    /** Those of the links that lie on one of this name, and those that lie on them. */
    public static List<Vlan> on(String link, Collection<Link> links) {
        return links.stream()
                .flatMap(other -> other instanceof Vlan vlan && link.equals(vlan.parent())
                        ? Stream.concat(Stream.of(vlan), on(vlan.name(), links).stream())
                        : Stream.empty())
                .toList();
    }

    @Override
    public Vlan withParent(String newParent) {
        return new Vlan(attributes, newParent, id);
    }
}
