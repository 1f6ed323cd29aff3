package io.onlink.hostfile;

import io.onlink.hostfile.Draft.LinkDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Each VRF has a table of its own, and members that are in this file and in no other VRF. */
final class VrfRules {
    static final String TABLES = "a table number from 1 to 2147483647, without the kernel's own 253, 254 and 255,";

    /** RT_TABLE_DEFAULT, RT_TABLE_MAIN and RT_TABLE_LOCAL (linux/rtnetlink.h). */
    private static final Map<Integer, String> KERNELS_TABLES = Map.of(253, "default", 254, "main", 255, "local");

    private VrfRules() {}

    static void check(Draft draft, Problems problems) {
        Map<Integer, VrfDraft> tables = new HashMap<>();
        Map<String, VrfDraft> memberships = new HashMap<>();
        for (VrfDraft vrf : draft.vrfs()) {
            vrf.table().ifPresent(table -> checkTable(vrf, table, tables, problems));
            for (Located<String> member : vrf.interfaces().values()) {
                VrfDraft earlier = memberships.putIfAbsent(member.value(), vrf);
                if (earlier != null) {
                    problems.add(
                            member.place(),
                            "%s is in VRF %s already (line %d); an interface is in one VRF, once"
                                    .formatted(member.value(), earlier.name().value(), lineOf(member, earlier)));
                }
                memberRefusal(member.value(), draft).ifPresent(refusal -> problems.add(member.place(), refusal));
            }
        }
    }

    private static void checkTable(
            VrfDraft vrf, Located<Integer> table, Map<Integer, VrfDraft> tables, Problems problems) {
        checkIsNotTheKernels(table, problems);
        VrfDraft earlier = tables.putIfAbsent(table.value(), vrf);
        if (earlier != null) {
            problems.add(
                    table.place(),
                    "%d is the table of VRF %s already (line %d); each VRF needs a table of its own"
                            .formatted(
                                    table.value(),
                                    earlier.name().value(),
                                    earlier.table()
                                            .map(Located::line)
                                            .orElse(earlier.name().line())));
        }
    }

    static void checkIsNotTheKernels(Located<Integer> table, Problems problems) {
        String kernels = KERNELS_TABLES.get(table.value());
        if (kernels != null) {
            problems.add(
                    table.place(),
                    "%d is the kernel's table '%s'; %s is expected".formatted(table.value(), kernels, TABLES));
        }
    }

    private static Optional<String> memberRefusal(String member, Draft draft) {
        for (SegmentDraft segment : draft.segments()) {
            if (segment.hasBridge()
                    && segment.uplink()
                            .filter(uplink -> uplink.value().equals(member))
                            .isPresent()) {
                return Optional.of("%s is the uplink of %s, and a bridge's port is in the VRF of its bridge; %s"
                        .formatted(
                                member,
                                segment.title(),
                                segment.bridge()
                                        .map(bridge -> "name the bridge " + bridge.value() + " instead")
                                        .orElse("name the bridge instead")));
            }
        }
        List<String> known = draft.links().stream()
                .flatMap(link -> link.link().stream())
                .map(Located::value)
                .toList();
        if (known.contains(member) || !allNamesAreKnown(draft)) {
            return Optional.empty();
        }
        return Optional.of("no interface '%s' in this file; %s%s"
                .formatted(
                        member,
                        Spelling.suggestion(member, known),
                        known.isEmpty()
                                ? "name it under ethernets"
                                : "allowed: " + String.join(", ", known) + ", or another named under ethernets"));
    }

    /** Where a bridge's name could not be read, a member that is in no list may be that bridge. */
    static boolean allNamesAreKnown(Draft draft) {
        return draft.links().stream().map(LinkDraft::link).allMatch(Optional::isPresent);
    }

    private static int lineOf(Located<String> member, VrfDraft vrf) {
        return vrf.interfaces().values().stream()
                .filter(other -> other.value().equals(member.value()))
                .findFirst()
                .map(Located::line)
                .orElse(vrf.name().line());
    }
}
