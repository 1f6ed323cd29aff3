package io.onlink.lab;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.hostfile.SegmentKind;
import io.onlink.kernel.LinuxKernel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which labs, and which hosts in them, this machine's kernel can make.
 *
 * @param hasKind whether it can make links of a kind, by the kernel's word for it
 */
public record Ability(Predicate<String> hasKind) {
    /** Of the kernel that runs. */
    public static Ability ofThisKernel() {
        return new Ability(Ability::hasThisKernel);
    }

    private static boolean hasThisKernel(String kind) {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            return kernel.supportsLinkKind(kind);
        }
    }

    /**
     * Refuses a file whose lab cannot be made: the switch of a segment with a VLAN is made of VLANs too. Other kinds are the host's
     * alone.
     *
     * @param without how to go on without the segment
     * @throws io.onlink.failure.UnsupportedException with the place in the file
     */
    public void requireLab(HostFile file, String without) {
        List<Segment> needy = SegmentKind.VLAN.neededBy(file);
        if (!needy.isEmpty() && !hasKind.test(SegmentKind.VLAN.word())) {
            throw SegmentKind.VLAN.lackedFor(needy.getFirst(), without);
        }
    }

    /** The file with those segments only of which a lab can be made. */
    HostFile forLab(HostFile file) {
        return hasKind.test(SegmentKind.VLAN.word()) ? file : SegmentKind.VLAN.without(file);
    }

    /** The links that a host stays without, or leaves as they are found, where it is told to leave out what cannot be done. */
    Set<String> leftOut(HostFile file) {
        Set<String> links = new HashSet<>();
        if (!file.vrfs().isEmpty() && !hasKind.test("vrf")) {
            file.vrfs().values().forEach(vrf -> links.addAll(vrf.interfaces()));
        }
        for (SegmentKind kind : SegmentKind.values()) {
            List<Segment> needy = kind.neededBy(file);
            if (!needy.isEmpty() && !hasKind.test(kind.word())) {
                needy.forEach(segment -> links.add(segment.link()));
            }
        }
        return links;
    }
}
