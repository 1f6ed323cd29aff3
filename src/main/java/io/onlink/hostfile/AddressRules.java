package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The host's own addresses: each one that an interface can have, once; each network on one interface. */
final class AddressRules {
    private AddressRules() {}

    private record OnLink(LinkDraft link, Located<InterfaceAddress> address) {}

    static void check(Draft draft, Problems problems) {
        for (LinkDraft link : draft.links()) {
            link.addresses().values().forEach(address -> checkAlone(address, problems));
        }
        RoutingDomain.all(draft).forEach(domain -> checkTogether(domain, problems));
    }

    private static void checkAlone(Located<InterfaceAddress> address, Problems problems) {
        if (address.value().prefixLength() == 0) {
            problems.add(
                    address.place(),
                    "a prefix length of 0 makes every address a neighbour; 1 to %d is allowed"
                            .formatted(address.value().family().bits()));
            return;
        }
        UnicastAddress.refusal(address.value().ip(), address.value().network())
                .ifPresent(refusal -> problems.add(address.place(), refusal + "; an address of one host is expected"));
    }

    private static void checkTogether(RoutingDomain domain, Problems problems) {
        Map<IpAddress, Located<InterfaceAddress>> addresses = new HashMap<>();
        Map<IpNetwork, OnLink> networks = new LinkedHashMap<>();
        for (LinkDraft link : domain.links()) {
            for (Located<InterfaceAddress> address : link.addresses().values()) {
                // Every interface has the network fe80::/64, and may have the same address there (RFC 4291, 2.1).
                if (address.value().ip().isIpv6LinkLocal() || address.value().prefixLength() == 0) {
                    continue;
                }
                Located<InterfaceAddress> twin =
                        addresses.putIfAbsent(address.value().ip(), address);
                if (twin == null) {
                    checkNetwork(new OnLink(link, address), networks, problems);
                } else {
                    problems.add(
                            address.place(),
                            "the host has %s already (line %d); it has each address once"
                                    .formatted(address.value().ip(), twin.line()));
                }
            }
        }
    }

    private static void checkNetwork(OnLink added, Map<IpNetwork, OnLink> networks, Problems problems) {
        IpNetwork network = added.address().value().network();
        OnLink same = networks.get(network);
        if (same != null && same.link().equals(added.link())) {
            return;
        }
        networks.entrySet().stream()
                .filter(other -> other.getKey().overlaps(network))
                .findFirst()
                .ifPresent(other -> problems.add(
                        added.address().place(), overlap(network, added, other.getKey(), other.getValue())));
        networks.putIfAbsent(network, added);
    }

    private static String overlap(IpNetwork network, OnLink added, IpNetwork otherNetwork, OnLink other) {
        String place =
                "%s (line %d)".formatted(other.link().title(), other.address().line());
        if (other.link().equals(added.link())) {
            return "the network %s overlaps %s of %s; addresses of one network need the same prefix length"
                    .formatted(network, otherNetwork, place);
        }
        return (network.equals(otherNetwork)
                        ? "the network %s is on %s already".formatted(network, place)
                        : "the network %s overlaps %s of %s".formatted(network, otherNetwork, place))
                + "; in one routing table each network is on one interface";
    }
}
