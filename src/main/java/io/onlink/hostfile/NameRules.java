package io.onlink.hostfile;

import io.onlink.hostfile.Draft.EthernetDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Every interface has one name, and one place in the host: port of a bridge, or an interface of its own. */
final class NameRules {
    private NameRules() {}

    private enum Kind {
        BRIDGE,
        UPLINK,
        /** A NIC of which segments have VLANs; it may be more besides. */
        TRUNK,
        ETHERNET,
        VRF
    }

    private record Use(Kind kind, Located<String> name, String title) {}

    static void check(Draft draft, Problems problems) {
        checkKeys(draft, problems);
        List<Use> earlier = new ArrayList<>();
        for (Use use : uses(draft)) {
            earlier.stream()
                    .filter(other -> other.name().value().equals(use.name().value()))
                    .filter(other -> !mayBeBoth(other.kind(), use.kind()))
                    .findFirst()
                    .ifPresent(other -> problems.add(use.name().place(), message(other, use)));
            earlier.add(use);
        }
        draft.ethernets().forEach(ethernet -> checkIsNoPort(ethernet, draft, problems));
    }

    /** The names of interfaces that are keys. */
    private static void checkKeys(Draft draft, Problems problems) {
        for (Use use : uses(draft)) {
            if (use.kind() != Kind.ETHERNET && use.kind() != Kind.VRF) {
                continue;
            }
            try {
                InterfaceName.parse(use.name().value());
            } catch (IllegalArgumentException e) {
                problems.add(use.name().place(), e.getMessage() + "; " + InterfaceName.ALLOWED);
            }
        }
    }

    private static List<Use> uses(Draft draft) {
        List<Use> uses = new ArrayList<>();
        for (SegmentDraft segment : draft.segments()) {
            segment.bridge()
                    .ifPresent(name -> uses.add(new Use(Kind.BRIDGE, name, "the bridge of " + segment.title())));
            segment.uplink()
                    .ifPresent(name -> uses.add(new Use(Kind.UPLINK, name, "the uplink of " + segment.title())));
            segment.nic()
                    .filter(nic -> segment.vlan().isPresent())
                    .ifPresent(name -> uses.add(new Use(Kind.TRUNK, name, "the NIC of " + segment.title())));
        }
        for (EthernetDraft ethernet : draft.ethernets()) {
            uses.add(new Use(Kind.ETHERNET, ethernet.name(), "a NIC"));
        }
        for (VrfDraft vrf : draft.vrfs()) {
            uses.add(new Use(Kind.VRF, vrf.name(), "a VRF"));
        }
        uses.sort(Comparator.comparing(use -> use.name().place().position()));
        return uses;
    }

    /** An uplink may stand under ethernets without addresses. */
    private static boolean mayBeBoth(Kind one, Kind other) {
        return switch (one) {
            case TRUNK -> other == Kind.TRUNK || other == Kind.UPLINK || other == Kind.ETHERNET;
            case UPLINK -> other == Kind.TRUNK || other == Kind.ETHERNET;
            case ETHERNET -> other == Kind.TRUNK || other == Kind.UPLINK;
            case BRIDGE, VRF -> false;
        };
    }

    private static String message(Use earlier, Use use) {
        String already = "%s is %s already (line %d)"
                .formatted(use.name().value(), earlier.title(), earlier.name().line());
        return earlier.kind() == Kind.UPLINK && use.kind() == Kind.UPLINK
                ? already + "; one segment has what comes without a tag, others a 'vlan' of their own each"
                : already + "; each interface needs a name of its own";
    }

    private static void checkIsNoPort(EthernetDraft ethernet, Draft draft, Problems problems) {
        boolean isBare = ethernet.addresses().complete()
                && ethernet.addresses().values().isEmpty()
                && ethernet.routes().values().isEmpty()
                && ethernet.acceptRa().isEmpty();
        if (isBare) {
            return;
        }
        for (SegmentDraft segment : draft.segments()) {
            if (segment.uplink()
                    .filter(uplink -> uplink.value().equals(ethernet.name().value()))
                    .isPresent()) {
                String why = segment.hasBridge()
                        ? "what a bridge's port receives goes to the bridge, so addresses on the port answer no one and hear no router; "
                        : "";
                problems.add(
                        ethernet.name().place(),
                        "%s is the uplink of %s: %saddresses, routes and accept-ra belong under segments.%s"
                                .formatted(
                                        ethernet.name().value(),
                                        segment.title(),
                                        why,
                                        segment.name().value()));
            }
        }
    }
}
