package io.onlink.desired;

import io.onlink.model.Address;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.Comparator;
import java.util.List;

/**
 * What IPv6 makes on a link by itself: the link-local address, and what routers advertise (RFC 4861, 4862), which are
 * addresses and routes that run out. Those go with the link that hears the routers, with what is left of their lives, or
 * there would be none until the next advertisement, which may take half an hour.
 */
final class AutomaticIpv6 {
    private AutomaticIpv6() {}

    /**
     * Gives all that one link knows to another; what the other has already stays.
     *
     * @param table where routes of the other link belong
     */
    static void move(NetworkState.Builder state, String from, String to, int table) {
        List<Address> addresses = addresses(state, from);
        List<Route> routes = routes(state, from);
        forget(state, from);
        for (Address address : addresses) {
            Address there = address.on(to);
            if (state.addresses.stream().noneMatch(there::isSameAs)) {
                state.addresses.add(there);
            }
        }
        for (Route route : routes) {
            Route there = route.moved(from, to).withTable(table);
            if (state.routes.stream().noneMatch(there::isLearnedAs)) {
                state.routes.add(there);
            }
        }
    }

    /** Takes a link's away: it hears no routers any more. */
    static void forget(NetworkState.Builder state, String link) {
        state.addresses.removeAll(addresses(state, link));
        state.routes.removeAll(routes(state, link));
    }

    /** Puts a link's routes where they are once it is in a VRF, or in none. */
    static void moveToTable(NetworkState.Builder state, String link, int table) {
        state.routes.replaceAll(route -> route.isLearned() && route.uses(link) ? route.withTable(table) : route);
    }

    /**
     * Gives a link the link-local address of its MAC address and no other that the kernel made: a bridge keeps one of
     * the random MAC address that it had before.
     */
    static void putLinkLocal(NetworkState.Builder state, Link link) {
        MacAddress mac = link.attributes().mac();
        String mode = state.sysctls.get(NetworkState.addressGeneration(link.name()));
        String off = state.sysctls.get(NetworkState.disableIpv6(link.name()));
        if (mac != null && link.isUp() && "0".equals(mode) && "0".equals(off)) {
            Address own = Address.linkLocal(link.name(), mac);
            boolean isThere = state.addresses.stream().anyMatch(own::isSameAs);
            state.addresses.removeIf(address ->
                    address.link().equals(link.name()) && address.isKernelsLinkLocal() && !address.isSameAs(own));
            if (!isThere) {
                state.addresses.add(own);
            }
        }
    }

    private static List<Address> addresses(NetworkState.Builder state, String link) {
        return state.addresses.stream()
                .filter(address -> address.isLearned() && address.link().equals(link))
                .toList();
    }

    private static List<Route> routes(NetworkState.Builder state, String link) {
        // Of two the kernel's own stays: the other was put in its place when it was not there.
        return state.routes.stream()
                .filter(route -> route.isLearned() && link.equals(route.link()))
                .sorted(Comparator.comparing(route -> route.protocol() == Route.PROTOCOL_BOOT))
                .toList();
    }
}
