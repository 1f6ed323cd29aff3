package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The addresses that a link has and should have in one network. In IPv4 their order counts: the first is the one from
 * which the host speaks. It can only be changed by taking away and adding at the end; while that is done at least one
 * address of the network stays, or its routes would go. In IPv6 the host speaks from the first too, all else being equal,
 * and the kernel puts each new one in front (net/ipv6/addrconf.c, ipv6_link_dev_addr).
 *
 * @param current in the kernel's order
 * @param wanted in the order they should have
 */
record AddressGroup(String link, IpNetwork network, List<Address> current, List<Address> wanted) {
    private record Key(String link, IpNetwork network) {}

    /** The groups of all addresses that are not the kernel's own business. */
    static List<AddressGroup> of(List<Address> current, List<Address> wanted) {
        Map<Key, AddressGroup> groups = new LinkedHashMap<>();
        wanted.stream()
                .filter(a -> !a.isKernelMade())
                .forEach(a -> group(groups, a).wanted.add(a));
        current.stream()
                .filter(a -> !a.isKernelMade())
                .forEach(a -> group(groups, a).current.add(a));
        return List.copyOf(groups.values());
    }

    /** In IPv6 the order counts over all of a link's addresses. */
    private static IpNetwork networkOf(Address address) {
        return switch (address.family()) {
            case IPV4 -> address.address().network();
            case IPV6 -> IpNetwork.DEFAULT_IPV6;
        };
    }

    private static AddressGroup group(Map<Key, AddressGroup> groups, Address address) {
        IpNetwork network = networkOf(address);
        return groups.computeIfAbsent(
                new Key(address.link(), network),
                key -> new AddressGroup(key.link(), network, new ArrayList<>(), new ArrayList<>()));
    }

    /** Whether an IPv4 address that others of the network come after will be deleted. */
    boolean losesItsFirst() {
        return network.family() == Family.IPV4
                && !wanted.isEmpty()
                && !current.isEmpty()
                && current.stream().anyMatch(address -> !contains(kept(), address));
    }

    /** What is added before anything is displaced, if something is. */
    Optional<Address> firstToAdd() {
        List<Address> kept = kept();
        return inOrderOfAdding().stream()
                .filter(address -> !contains(kept, address))
                .findFirst()
                .filter(address -> current.stream().noneMatch(address::isSameAs));
    }

    /** Wanted, but in another place or of another kind: deleted, to be added again. */
    List<Address> displaced() {
        List<Address> kept = kept();
        return current.stream()
                .filter(address -> wanted.stream().anyMatch(address::isSameAs) && !contains(kept, address))
                .toList();
    }

    /** What is added after that, in order. */
    List<Address> restToAdd() {
        List<Address> there = new ArrayList<>(kept());
        firstToAdd().ifPresent(there::add);
        return inOrderOfAdding().stream()
                .filter(address -> !contains(there, address))
                .toList();
    }

    private List<Address> inOrderOfAdding() {
        return switch (network.family()) {
            case IPV4 -> wanted;
            case IPV6 -> wanted.reversed();
        };
    }

    /** The wanted ones, from the first on, that are there in this order already. */
    private List<Address> kept() {
        if (network.family() == Family.IPV6) {
            return wanted.stream().filter(address -> contains(current, address)).toList();
        }
        List<Address> kept = new ArrayList<>();
        int next = 0;
        for (Address address : wanted) {
            int at = next;
            while (at < current.size() && !current.get(at).hasSameEffectAs(address)) {
                at++;
            }
            if (at == current.size()) {
                break;
            }
            kept.add(address);
            next = at + 1;
        }
        return kept;
    }

    private static boolean contains(List<Address> addresses, Address wanted) {
        return addresses.stream().anyMatch(wanted::hasSameEffectAs);
    }
}
