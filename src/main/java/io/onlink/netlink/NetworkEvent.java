package io.onlink.netlink;

import io.onlink.model.Address;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.Route;
import io.onlink.model.Rule;

/** Something that changed in a network namespace, whoever did it. */
public sealed interface NetworkEvent {
    /** A link was made, or something about it changed. The kernel repeats itself: most such events change little. */
    record LinkChanged(Link link, LinkStatus status) implements NetworkEvent {}

    /** A link went: it was deleted, or moved to another namespace. */
    record LinkDeleted(String link) implements NetworkEvent {}

    /** A bridge's port got another state, or became a port. */
    record PortChanged(String link, PortState state) implements NetworkEvent {}

    /** A link is no bridge's port any more. */
    record PortLeft(String link) implements NetworkEvent {}

    record AddressAdded(Address address) implements NetworkEvent {}

    record AddressDeleted(Address address) implements NetworkEvent {}

    record RouteAdded(Route route) implements NetworkEvent {}

    record RouteDeleted(Route route) implements NetworkEvent {}

    record RuleAdded(Rule rule) implements NetworkEvent {}

    record RuleDeleted(Rule rule) implements NetworkEvent {}

    /**
     * Something changed and is not known: the kernel sent more than there was room for, or spoke of a link not seen yet.
     * Whoever keeps a picture of the network observes it anew.
     */
    record Resync(String reason) implements NetworkEvent {}
}
