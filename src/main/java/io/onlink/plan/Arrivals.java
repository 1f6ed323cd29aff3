package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import java.util.List;
import java.util.stream.IntStream;

/** What can be led to and by a link as soon as it is in its routing domain, while the rest of the plan is still to come. */
final class Arrivals {
    private final NetworkState desired;
    private final Draft draft;

    Arrivals(NetworkState desired, Draft draft) {
        this.desired = desired;
        this.draft = draft;
    }

    /** Before anything is in a routing domain: what its routes do not lead yet does not leave by the main table. */
    void endSearches() {
        for (Route wanted : desired.routes()) {
            if (wanted.isLinkless() && draft.routesIn(wanted.place()).isEmpty()) {
                draft.add(wanted);
            }
        }
    }

    /** Whether none will come or go, and take a route with it. */
    boolean hasItsAddresses(String link, Family family) {
        List<Address> now = addresses(draft.addresses(), link, family);
        List<Address> wanted = addresses(desired.addresses(), link, family);
        return now.size() == wanted.size()
                && IntStream.range(0, now.size()).allMatch(i -> now.get(i).hasSameEffectAs(wanted.get(i)));
    }

    private static List<Address> addresses(List<Address> all, String link, Family family) {
        return all.stream()
                .filter(address -> address.link().equals(link) && address.family() == family)
                .filter(address -> !address.isKernelMade())
                .toList();
    }

    boolean isOnLink(Route.NextHop hop) {
        IpAddress router = hop.via();
        return router != null
                && draft.addresses().stream()
                        .anyMatch(address -> address.link().equals(hop.link())
                                && address.hasConnectedRoute()
                                && address.address().network().contains(router));
    }

    boolean isOf(Rule rule, String link) {
        return draft.addresses().stream()
                .anyMatch(address -> address.link().equals(link)
                        && rule.from() != null
                        && rule.from().contains(address.ip()));
    }
}
