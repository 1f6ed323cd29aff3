package io.onlink.hostfile;

import io.onlink.hostfile.Draft.EthernetDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Every interface has one name, and one place in the host: port of a bridge, or an interface of its own. */
final class NameRules {
    private NameRules() {}

    private enum Kind {
        BRIDGE,
        UPLINK,
        ETHERNET,
        VRF
    }

    private record Use(Kind kind, Located<String> name, String title) {}

    static void check(Draft draft, Problems problems) {
        checkKeys(draft, problems);
        Map<String, Use> first = new HashMap<>();
        for (Use use : uses(draft)) {
            Use earlier = first.putIfAbsent(use.name().value(), use);
            if (earlier != null && !isUplinkUnderEthernets(earlier, use)) {
                problems.add(use.name().place(), message(earlier, use));
            }
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

    private static boolean isUplinkUnderEthernets(Use one, Use other) {
        return (one.kind() == Kind.UPLINK && other.kind() == Kind.ETHERNET)
                || (one.kind() == Kind.ETHERNET && other.kind() == Kind.UPLINK);
    }

    private static String message(Use earlier, Use use) {
        String already = "%s is %s already (line %d)"
                .formatted(use.name().value(), earlier.title(), earlier.name().line());
        return earlier.kind() == Kind.UPLINK && use.kind() == Kind.UPLINK
                ? already + "; a NIC is the port of one bridge only"
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
                problems.add(
                        ethernet.name().place(),
                        "%s is the uplink of %s: what a bridge's port receives goes to the bridge, so addresses on the port answer no one and hear no router; addresses, routes and accept-ra belong under segments.%s"
                                .formatted(
                                        ethernet.name().value(),
                                        segment.title(),
                                        segment.name().value()));
            }
        }
    }
}
