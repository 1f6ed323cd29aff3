package io.onlink.ipam;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One network of a segment, as containers may use it.
 *
 * @param segment the segment's name in the host file
 * @param gateway what the engine is told when it asks for a gateway: the segment's router, or the host where there is
 *     none; no container ever has it
 * @param reserved addresses no container may have, each with whose it is: {@code the host's own (br0)}
 * @param pool where addresses come from for a container that names none; empty if every container must name one
 */
public record Subnet(
        String segment,
        IpNetwork network,
        IpAddress gateway,
        SortedMap<IpAddress, String> reserved,
        List<AddressRange> pool) {

    public Subnet {
        reserved = Collections.unmodifiableSortedMap(new TreeMap<>(reserved));
        pool = List.copyOf(pool);
    }

    public Family family() {
        return network.family();
    }

    /** Why no container can have the address; empty if one can. The address is in the network. */
    Optional<String> refusal(IpAddress address) {
        @Nullable String owner = reserved.get(address);
        if (owner != null) {
            return Optional.of("it is " + owner);
        }
        boolean everyAddressIsAHost = network.prefixLength() >= family().bits() - 1;
        if (everyAddressIsAHost) {
            return Optional.empty();
        }
        if (address.equals(network.address())) {
            return Optional.of(
                    switch (family()) {
                        case IPV4 -> "it is the network's own address";
                        case IPV6 -> "it is the subnet-router anycast address (RFC 4291, 2.6.1)";
                    });
        }
        if (family() == Family.IPV4 && address.equals(network.last())) {
            return Optional.of("it is the broadcast address");
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return segment + " (" + network + ")";
    }
}
