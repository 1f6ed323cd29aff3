package io.onlink.attach;

import io.onlink.docker.NetworkDriver.CreateEndpoint;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.Attach;
import io.onlink.hostfile.Segment;
import io.onlink.model.MacAddress;
import java.util.Optional;
import java.util.function.Predicate;

/** The MAC address that a user asks for, by {@code --mac-address} or {@code onlink.mac}. */
final class WantedMac {
    /** An option of an attachment. */
    static final String MAC_OPTION = "onlink.mac";

    private final EndpointStore store;
    private final Predicate<Endpoint> isAlive;
    private final HostLinks links;

    WantedMac(EndpointStore store, Predicate<Endpoint> isAlive, HostLinks links) {
        this.store = store;
        this.isAlive = isAlive;
        this.links = links;
    }

    /**
     * What the user asked for; empty where nothing.
     *
     * @throws ConfigurationException if it cannot be had
     */
    Optional<MacAddress> of(CreateEndpoint request, Segment segment) {
        Optional<MacAddress> option = request.options().text(MAC_OPTION).map(text -> {
            try {
                return MacAddress.parse(text);
            } catch (IllegalArgumentException malformed) {
                throw new ConfigurationException("%s: %s".formatted(MAC_OPTION, malformed.getMessage()), malformed);
            }
        });
        Optional<MacAddress> asked = Optional.ofNullable(request.endpoint().mac());
        if (asked.isPresent() && option.isPresent() && !asked.equals(option)) {
            throw new ConfigurationException(
                    "--mac-address %s and %s=%s: give one of them".formatted(asked.get(), MAC_OPTION, option.get()));
        }
        Optional<MacAddress> mac = asked.or(() -> option);
        if (mac.isPresent() && segment.attach() == Attach.IPVLAN) {
            throw new ConfigurationException(
                    "%s: containers on segment %s share the MAC address of %s (attach: ipvlan) and can have none of their own; leave it out, or attach: bridge or macvlan in the host file"
                            .formatted(mac.get(), segment.name(), segment.uplink()));
        }
        mac.ifPresent(wanted -> check(wanted, segment, request.endpointId()));
        return mac;
    }

    private void check(MacAddress mac, Segment segment, String endpointId) {
        if (mac.isMulticast() || mac.value() == 0) {
            throw new ConfigurationException(
                    "%s cannot be an interface's MAC address: its first byte is odd, or it is zero".formatted(mac));
        }
        links.ownWith(mac).ifPresent(link -> {
            throw new ConfigurationException(
                    "MAC address %s is the host's own, on %s: frames for the container would never leave the host; choose another"
                            .formatted(mac, link));
        });
        refuseIfInUse(mac, segment, endpointId);
    }

    /** @throws ConfigurationException if another endpoint of the segment, one that lives, has it */
    void refuseIfInUse(MacAddress mac, Segment segment, String endpointId) {
        holder(mac, segment, endpointId).ifPresent(other -> {
            throw new ConfigurationException(
                    "MAC address %s on segment %s is in use by %s".formatted(mac, segment.name(), other.describe()));
        });
    }

    /**
     * Likewise for an endpoint whose user asked for none: another's user may have asked for the one that follows from its address.
     *
     * @throws ConfigurationException if that lives
     */
    void refuseIfInUse(Endpoint endpoint, Segment segment) {
        holder(endpoint.mac(), segment, endpoint.id()).ifPresent(other -> {
            throw new ConfigurationException(
                    "MAC address %s, which follows from %s, is in use on segment %s by %s; choose another address, or another MAC address by --mac-address"
                            .formatted(
                                    endpoint.mac(),
                                    endpoint.addresses()
                                            .findFirst()
                                            .orElseThrow()
                                            .ip(),
                                    segment.name(),
                                    other.describe()));
        });
    }

    private Optional<Endpoint> holder(MacAddress mac, Segment segment, String endpointId) {
        return store.endpointsWith(mac).stream()
                .filter(other ->
                        other.segment().equals(segment.name()) && !other.id().equals(endpointId))
                .filter(isAlive)
                .findFirst();
    }
}
