package io.onlink.hostfile;

import io.onlink.hostfile.Draft.EntranceDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The host's own firewall names segments, NICs and VRFs of this file, each once, and each link is judged by one of them. */
final class EntranceRules {
    private EntranceRules() {}

    static void check(Draft draft, Problems problems) {
        Map<String, EntranceDraft> earlier = new HashMap<>();
        for (EntranceDraft entrance : draft.firewall()) {
            Optional<String> refusal = refusal(entrance.name().value(), draft);
            if (refusal.isPresent()) {
                problems.add(entrance.name().place(), refusal.get());
                continue;
            }
            for (String link : draft.links(entrance)) {
                EntranceDraft other = earlier.putIfAbsent(link, entrance);
                if (other != null) {
                    problems.add(entrance.name().place(), twice(link, other));
                }
                if (!isPlain(link)) {
                    problems.add(
                            entrance.name().place(),
                            "the interface %s has a character in its name that means something to nftables; letters, digits, '.', '-' and '_' are allowed here"
                                    .formatted(link));
                }
            }
        }
    }

    private static Optional<String> refusal(String name, Draft draft) {
        long meanings = Stream.of(draft.segment(name), draft.ethernet(name), draft.vrf(name))
                .filter(Optional::isPresent)
                .count();
        if (meanings > 1) {
            return Optional.of("'%s' is the name of more than one thing in this file; give the segment another one"
                    .formatted(name));
        }
        Optional<SegmentDraft> itsSegment = draft.segments().stream()
                .filter(segment -> isPartOf(name, segment))
                .findFirst();
        if (itsSegment.isPresent()
                && draft.segment(name).isEmpty()
                && draft.vrf(name).isEmpty()) {
            return Optional.of(
                    "%s is an interface of %s; name the segment, so that the rule holds whichever interface it has"
                            .formatted(name, itsSegment.get().title()));
        }
        if (meanings == 1) {
            return Optional.empty();
        }
        List<String> known = Stream.of(
                        draft.segments().stream().map(SegmentDraft::name),
                        draft.ethernets().stream()
                                .map(Draft.EthernetDraft::name)
                                .filter(ethernet -> draft.segments().stream()
                                        .noneMatch(segment -> isPartOf(ethernet.value(), segment))),
                        draft.vrfs().stream().map(VrfDraft::name))
                .flatMap(names -> names)
                .map(Located::value)
                .distinct()
                .toList();
        return VrfRules.allNamesAreKnown(draft)
                ? Optional.of("no segment, NIC or VRF '%s' in this file; %sallowed: %s"
                        .formatted(name, Spelling.suggestion(name, known), String.join(", ", known)))
                : Optional.empty();
    }

    /** Its bridge, or the uplink that is a port of it; without a bridge, what has its addresses. */
    private static boolean isPartOf(String link, SegmentDraft segment) {
        return Stream.of(segment.bridge(), segment.uplink())
                .flatMap(Optional::stream)
                .anyMatch(name -> name.value().equals(link));
    }

    private static String twice(String link, EntranceDraft other) {
        return "%s is judged by '%s' already (line %d); what comes in by one interface is judged by one of the two"
                .formatted(link, other.name().value(), other.name().line());
    }

    private static boolean isPlain(String link) {
        return link.matches("[A-Za-z0-9._-]+");
    }
}
