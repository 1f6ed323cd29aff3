package io.onlink.netlink;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The kernel's numbers of links in names, as they were at one moment. */
@FunctionalInterface
public interface LinkNames {
    /**
     * The name of the link.
     *
     * @throws UnknownLinkException where there is no such link
     */
    String name(int index);

    /** Those of a list of all links. */
    static LinkNames of(Collection<LinkMessage> links) {
        Map<Integer, String> names = new HashMap<>();
        links.forEach(link -> names.put(link.index(), link.name()));
        return index -> {
            String name = names.get(index);
            if (name == null) {
                throw new UnknownLinkException(index);
            }
            return name;
        };
    }
}
