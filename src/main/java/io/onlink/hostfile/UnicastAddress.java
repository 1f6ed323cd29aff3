package io.onlink.hostfile;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Optional;

/** Which addresses one interface can have for itself. */
final class UnicastAddress {
    private static final IpAddress LIMITED_BROADCAST = IpAddress.parse("255.255.255.255");

    private UnicastAddress() {}

    /** Why no interface on a LAN has it; empty where one can. */
    static Optional<String> refusal(IpAddress address) {
        if (address.isUnspecified()) {
            return Optional.of(address + " stands for no address");
        }
        if (address.isMulticast()) {
            return Optional.of(address + " is a multicast address");
        }
        if (address.isLoopback()) {
            return Optional.of(address + " is a loopback address");
        }
        if (address.equals(LIMITED_BROADCAST)) {
            return Optional.of(address + " is the broadcast address");
        }
        return Optional.empty();
    }

    /** The same, in a network. */
    static Optional<String> refusal(IpAddress address, IpNetwork network) {
        return refusal(address).or(() -> {
            if (!isTheNetworks(address, network)) {
                return Optional.empty();
            }
            return Optional.of(address + description(address, network));
        });
    }

    /**
     * Whether the network itself needs the address: IPv4's first and last, IPv6's first. A network of two addresses or
     * one needs none (RFC 3021, RFC 6164).
     */
    static boolean isTheNetworks(IpAddress address, IpNetwork network) {
        if (network.prefixLength() >= network.family().bits() - 1) {
            return false;
        }
        return address.equals(network.address()) || (network.family() == Family.IPV4 && address.equals(network.last()));
    }

    private static String description(IpAddress address, IpNetwork network) {
        return switch (network.family()) {
            case IPV4 ->
                address.equals(network.last())
                        ? " is the broadcast address of " + network
                        : " is the network " + network + " itself, not an address in it";
            case IPV6 -> " is the anycast address of all routers of " + network + " (RFC 4291, 2.6.1)";
        };
    }
}
