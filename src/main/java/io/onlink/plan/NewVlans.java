package io.onlink.plan;

import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.NetworkState;
import io.onlink.model.UpperLink;
import io.onlink.model.Vlan;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** VLANs that a plan makes, and the order of links that lie on others. */
final class NewVlans {
    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;

    NewVlans(NetworkState observed, NetworkState desired, Draft draft) {
        this.observed = observed;
        this.desired = desired;
        this.draft = draft;
    }

    /** What lies on another link can be up only while that is. */
    static List<Link> parentsFirst(Collection<Link> links) {
        return byDepth(links, Comparator.naturalOrder());
    }

    /** The other way about; else in the same order. */
    static List<Link> parentsLast(Collection<Link> links) {
        return byDepth(links, Comparator.reverseOrder());
    }

    private static List<Link> byDepth(Collection<Link> links, Comparator<Integer> order) {
        Map<String, Link> byName = new HashMap<>();
        links.forEach(link -> byName.put(link.name(), link));
        return links.stream()
                .sorted(Comparator.comparing(link -> depth(link, byName), order))
                .toList();
    }

    private static int depth(Link link, Map<String, Link> byName) {
        Link parent = link instanceof UpperLink upper ? byName.get(upper.parent()) : null;
        return parent == null ? 0 : 1 + depth(parent, byName);
    }

    /** A VLAN that is to be a port would tell of itself as soon as it is up, by its bridge's link-local address. */
    void keepSilent(Link link) {
        String name = NetworkState.disableIpv6(link.name());
        if (link instanceof Vlan && "1".equals(desired.sysctls().get(name)) && "0".equals(draft.sysctl(name))) {
            draft.set(name, "0", "1");
        }
    }

    /** A new bridge has its first carrier of a VLAN that is as new, and what is announced before goes nowhere. */
    void awaitCarrier(Link port, String bridge) {
        if (port instanceof Vlan vlan && vlan.parent() != null && observed.link(port.name()) == null) {
            LinkStatus parent = observed.status().get(vlan.parent());
            if (parent == null || parent.lowerUp()) {
                draft.await(port.name(), bridge);
            }
        }
    }
}
