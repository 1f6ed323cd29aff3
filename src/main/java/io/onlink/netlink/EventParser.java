package io.onlink.netlink;

import io.onlink.libc.Libc;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Turns what a multicast group says into events. It remembers the links' names, which notices about addresses lack. */
final class EventParser {
    private final Map<Integer, String> names = new HashMap<>();

    /** Takes over a list of all links as known, and what was known is forgotten. */
    void learn(Iterable<LinkMessage> links) {
        names.clear();
        links.forEach(link -> names.put(link.index(), link.name()));
    }

    /** Empty for what nobody here listens to. */
    Optional<NetworkEvent> parse(Message message) {
        try {
            return switch (message.type()) {
                case RtnetlinkConstants.RTM_NEWLINK -> linkChanged(LinkMessage.parse(message));
                case RtnetlinkConstants.RTM_DELLINK -> Optional.of(linkDeleted(LinkMessage.parse(message)));
                case RtnetlinkConstants.RTM_NEWADDR ->
                    AddressMessages.parse(message, this::name).map(NetworkEvent.AddressAdded::new);
                case RtnetlinkConstants.RTM_DELADDR ->
                    AddressMessages.parse(message, this::name).map(NetworkEvent.AddressDeleted::new);
                case RtnetlinkConstants.RTM_NEWROUTE ->
                    RouteMessages.parse(message, this::name).map(NetworkEvent.RouteAdded::new);
                case RtnetlinkConstants.RTM_DELROUTE ->
                    RouteMessages.parse(message, this::name).map(NetworkEvent.RouteDeleted::new);
                case RtnetlinkConstants.RTM_NEWRULE ->
                    RuleMessages.parse(message).map(NetworkEvent.RuleAdded::new);
                case RtnetlinkConstants.RTM_DELRULE ->
                    RuleMessages.parse(message).map(NetworkEvent.RuleDeleted::new);
                default -> Optional.empty();
            };
        } catch (UnknownLinkException unknown) {
            return Optional.of(new NetworkEvent.Resync(String.valueOf(unknown.getMessage())));
        }
    }

    private Optional<NetworkEvent> linkChanged(LinkMessage link) {
        if (link.family() == Libc.AF_BRIDGE) {
            // A bridge speaks so of itself too, without a port's attributes.
            return Optional.ofNullable(link.portState()).map(state -> new NetworkEvent.PortChanged(link.name(), state));
        }
        names.put(link.index(), link.name());
        return Optional.of(new NetworkEvent.LinkChanged(link.link(this::name), link.status()));
    }

    private NetworkEvent linkDeleted(LinkMessage link) {
        // Of AF_BRIDGE it is the port that goes; the link stays.
        if (link.family() == Libc.AF_BRIDGE) {
            return new NetworkEvent.PortLeft(link.name());
        }
        names.remove(link.index());
        return new NetworkEvent.LinkDeleted(link.name());
    }

    private String name(int index) {
        String name = names.get(index);
        if (name == null) {
            throw new UnknownLinkException(index);
        }
        return name;
    }
}
