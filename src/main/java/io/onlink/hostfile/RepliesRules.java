package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.hostfile.Draft.RepliesDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A table of its own for the answers of an interface: nobody else's, with a router of each family at most, on the interface. */
final class RepliesRules {
    private RepliesRules() {}

    static void check(Draft draft, Problems problems) {
        Map<Integer, String> tables = new HashMap<>();
        draft.vrfs()
                .forEach(vrf -> vrf.table()
                        .ifPresent(table -> tables.put(
                                table.value(),
                                "the table of VRF %s already (line %d)"
                                        .formatted(vrf.name().value(), table.line()))));
        for (LinkDraft link : draft.links()) {
            link.replies().ifPresent(replies -> check(link, replies, draft, tables, problems));
        }
    }

    private static void check(
            LinkDraft link, RepliesDraft replies, Draft draft, Map<Integer, String> tables, Problems problems) {
        replies.table().ifPresent(table -> {
            VrfRules.checkIsNotTheKernels(table, problems);
            String earlier = tables.putIfAbsent(
                    table.value(),
                    "the table of the replies of %s already (line %d)".formatted(link.title(), table.line()));
            if (earlier != null) {
                problems.add(
                        table.place(), "%d is %s; each needs a table of its own".formatted(table.value(), earlier));
            }
        });
        vrfOf(link, draft)
                .ifPresent(vrf -> problems.add(
                        replies.label(),
                        "%s is in VRF %s, whose table leads its answers already; leave it out"
                                .formatted(link.title(), vrf.name().value())));
        checkRouters(link, replies, problems);
    }

    private static Optional<VrfDraft> vrfOf(LinkDraft link, Draft draft) {
        return draft.vrfs().stream().filter(vrf -> vrf.has(link)).findFirst();
    }

    private static void checkRouters(LinkDraft link, RepliesDraft replies, Problems problems) {
        Map<Family, Located<IpAddress>> routers = new EnumMap<>(Family.class);
        for (Located<IpAddress> router : replies.routers().values()) {
            Located<IpAddress> twin = routers.putIfAbsent(router.value().family(), router);
            if (twin != null) {
                problems.add(
                        router.place(),
                        "there is an %s router already (line %d); one of each family is allowed"
                                .formatted(RouteRules.nameOf(router.value().family()), twin.line()));
            }
            if (link.addresses().values().stream()
                    .anyMatch(address -> address.value().ip().equals(router.value()))) {
                problems.add(router.place(), router.value() + " is the host's own address; a router's is expected");
            } else if (!router.value().isIpv6LinkLocal()) {
                RouteRules.offNetwork(router.value(), link).ifPresent(refusal -> problems.add(router.place(), refusal));
            }
        }
        boolean hasDefaultRoute = link.routes().values().stream()
                .anyMatch(route ->
                        route.to().filter(to -> to.value().to().isEmpty()).isPresent());
        if (replies.routers().complete()
                && replies.routers().values().isEmpty()
                && link.routes().complete()
                && !hasDefaultRoute) {
            problems.add(
                    replies.label(),
                    "%s has no default route whose router could take the answers; name one under routers"
                            .formatted(link.title()));
        }
    }
}
