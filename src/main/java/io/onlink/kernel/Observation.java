package io.onlink.kernel;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.netlink.AddressMessages;
import io.onlink.netlink.LinkMessage;
import io.onlink.netlink.LinkNames;
import io.onlink.netlink.LinkRequests;
import io.onlink.netlink.Message;
import io.onlink.netlink.NeighbourMessages;
import io.onlink.netlink.NetlinkSocket;
import io.onlink.netlink.Request;
import io.onlink.netlink.RouteMessages;
import io.onlink.netlink.RuleMessages;
import io.onlink.netlink.UnknownLinkException;
import java.util.List;

/** Netlink's lists, one after another, as one state. */
final class Observation {
    private final NetlinkSocket socket;
    private final NetworkState.Builder state = new NetworkState.Builder();

    private Observation(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * All but the sysctls that are no link's.
     *
     * @throws UnknownLinkException if a link was made while the lists were read: read them again
     */
    static NetworkState.Builder read(NetlinkSocket socket) {
        Observation observation = new Observation(socket);
        LinkNames names = observation.readLinks();
        for (Family family : Family.values()) {
            observation.readRest(family, names);
        }
        observation.leaveOutRoutesOfAddresses();
        return observation.state;
    }

    /** A connected route with an address's own metric comes and goes with that address, and is nothing of its own. */
    private void leaveOutRoutesOfAddresses() {
        state.routes.removeIf(route -> route.protocol() == Route.PROTOCOL_KERNEL
                && state.addresses.stream().anyMatch(address -> makes(address, route)));
    }

    private static boolean makes(Address address, Route route) {
        return address.metric() != 0
                && address.metric() == route.metric()
                && address.hasConnectedRoute()
                && address.address().network().equals(route.destination())
                && address.link().equals(route.link());
    }

    private LinkNames readLinks() {
        List<LinkMessage> links = socket.dump(LinkRequests.list()).stream()
                .map(LinkMessage::parse)
                .toList();
        LinkNames names = LinkNames.of(links);
        for (LinkMessage link : links) {
            state.put(link.link(names));
            state.status.put(link.name(), link.status());
            state.sysctls.putAll(link.sysctls());
        }
        return names;
    }

    /** A kernel without IPv6 answers a request for its routes with those of IPv4, hence the filters. */
    private void readRest(Family family, LinkNames names) {
        for (Message message : socket.dump(AddressMessages.list(family))) {
            AddressMessages.parse(message, names)
                    .filter(address -> address.family() == family)
                    .ifPresent(state.addresses::add);
        }
        for (Message message : socket.dump(RouteMessages.list(family))) {
            RouteMessages.parse(message, names)
                    .filter(route -> route.family() == family)
                    .ifPresent(state.routes::add);
        }
        for (Message message : socket.dump(RuleMessages.list(family))) {
            RuleMessages.parse(message).filter(rule -> rule.family() == family).ifPresent(state.rules::add);
        }
        readNeighbours(family, NeighbourMessages.list(family), names);
        readNeighbours(family, NeighbourMessages.listProxies(family), names);
    }

    private void readNeighbours(Family family, Request list, LinkNames names) {
        for (Message message : socket.dump(list)) {
            NeighbourMessages.parse(message, names)
                    .filter(neighbour -> neighbour.ip().family() == family)
                    .ifPresent(state.neighbours::add);
        }
    }
}
