package io.onlink.ipam;

import io.onlink.hostfile.Segment;
import io.onlink.model.AddressRange;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One network of a segment, as containers may use it.
 *
 * @param segment the segment's name in the host file
 * @param gateway what the engine is told when it asks for a gateway: the segment's router, or the host where there is
 *     none; no container ever has it
 * @param reserved addresses no container may have, each with whose it is: {@code the host's own, on br0}
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

    /** The networks of a segment that is a Docker network; none of one that is not. */
    public static List<Subnet> of(Segment segment) {
        return segment.containers().stream()
                .flatMap(containers -> segment.networks().stream().map(network -> of(segment, containers, network)))
                .toList();
    }

    private static Subnet of(Segment segment, Segment.Containers containers, IpNetwork network) {
        SortedMap<IpAddress, String> reserved = new TreeMap<>();
        segment.reserved().stream()
                .filter(network::contains)
                .forEach(address -> reserved.put(address, owner(segment, network, address)));
        IpAddress gateway = segment.router(network.family())
                .filter(network::contains)
                .orElseGet(() -> hostAddress(segment, network));
        List<AddressRange> pool = containers.pool().stream()
                .filter(range -> network.contains(range.first()))
                .toList();
        return new Subnet(segment.name(), network, gateway, reserved, pool);
    }

    private static IpAddress hostAddress(Segment segment, IpNetwork network) {
        return segment.addresses().stream()
                .map(InterfaceAddress::ip)
                .filter(network::contains)
                .findFirst()
                .orElseThrow(() -> new AssertionError("a segment's networks are those of its addresses"));
    }

    private static String owner(Segment segment, IpNetwork network, IpAddress address) {
        if (segment.addresses().stream().anyMatch(own -> own.ip().equals(address))) {
            return "the host's own, on " + segment.link();
        }
        if (address.equals(network.address())) {
            return switch (address.family()) {
                case IPV4 -> "the network's own";
                case IPV6 -> "the subnet's anycast address for its routers (RFC 4291, 2.6.1)";
            };
        }
        if (address.family() == Family.IPV4 && address.equals(network.last())) {
            return "the broadcast address";
        }
        return "a router's";
    }

    /** Whose the address is, if no container can have it. */
    Optional<String> refusal(IpAddress address) {
        return Optional.ofNullable(reserved.get(address)).map(owner -> "it is " + owner);
    }

    @Override
    public String toString() {
        return segment + " (" + network + ")";
    }
}
