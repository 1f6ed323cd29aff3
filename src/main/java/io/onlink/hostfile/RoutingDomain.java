package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.hostfile.Draft.RouteDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The interfaces that share a routing table: a VRF's members, or all others.
 *
 * @param title as a message calls it
 * @param vrfRoutes those of the VRF's own section
 * @param complete whether every member could be read, with all its addresses
 */
record RoutingDomain(String title, List<LinkDraft> links, List<RouteDraft> vrfRoutes, boolean complete) {

    /** All of them, the main one first. Where an interface is in two VRFs, it counts for the first. */
    static List<RoutingDomain> all(Draft draft) {
        List<LinkDraft> others = draft.links().stream()
                .filter(link -> draft.vrfs().stream().noneMatch(vrf -> vrf.has(link)))
                .toList();
        List<RoutingDomain> domains = new ArrayList<>();
        domains.add(new RoutingDomain("the main table", others, List.of(), true));
        draft.vrfs().forEach(vrf -> domains.add(of(draft, vrf)));
        return domains;
    }

    /** The domain of a VRF. */
    static RoutingDomain of(Draft draft, VrfDraft vrf) {
        List<LinkDraft> members = draft.links().stream().filter(vrf::has).toList();
        boolean complete = vrf.interfaces().complete()
                && members.size() == vrf.interfaces().values().size()
                && members.stream().allMatch(member -> member.addresses().complete());
        return new RoutingDomain(
                "VRF " + vrf.name().value(), members, vrf.routes().values(), complete);
    }

    /** The interface by which a route of the VRF's section reaches its router; empty where none or no single one does. */
    Optional<String> linkTowards(RouteDraft route) {
        return route.via().flatMap(via -> linkTowards(via.value()));
    }

    private Optional<String> linkTowards(IpAddress router) {
        List<String> names = links.stream()
                .filter(link -> router.isIpv6LinkLocal() || isOn(link, router))
                .flatMap(link -> link.link().stream())
                .map(Located::value)
                .toList();
        return names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty();
    }

    /** The networks of all interfaces. */
    List<IpNetwork> networks() {
        return links.stream().flatMap(link -> link.networks().stream()).toList();
    }

    boolean hasOwnAddress(IpAddress address) {
        return links.stream()
                .flatMap(link -> link.addresses().values().stream())
                .anyMatch(own -> own.value().ip().equals(address));
    }

    /** The routes of its table, from all sections. */
    Stream<RouteDraft> routes() {
        return Stream.concat(links.stream().flatMap(link -> link.routes().values().stream()), vrfRoutes.stream());
    }

    private static boolean isOn(LinkDraft link, IpAddress address) {
        return link.networks().stream().anyMatch(network -> network.contains(address));
    }
}
