package io.onlink.hostfile;

import io.onlink.failure.UnsupportedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Kinds of links that segments need and kernels may lack. */
public enum SegmentKind {
    VLAN("vlan", "VLANs (CONFIG_VLAN_8021Q, module 8021q)", "") {
        @Override
        boolean isNeededBy(Segment segment) {
            return segment.vlan().isPresent();
        }
    },
    MACVLAN("macvlan", "macvlan links (CONFIG_MACVLAN, module macvlan)", "attach: bridge needs none; ") {
        @Override
        boolean isNeededBy(Segment segment) {
            return segment.attach() == Attach.MACVLAN;
        }
    },
    IPVLAN("ipvlan", "ipvlan links (CONFIG_IPVLAN, module ipvlan)", "attach: bridge needs none; ") {
        @Override
        boolean isNeededBy(Segment segment) {
            return segment.attach() == Attach.IPVLAN;
        }
    };

    /** Of commands that have the option. */
    public static final String SKIP_UNSUPPORTED = "--skip-unsupported goes on without the segment";

    private final String word;
    private final String what;
    private final String otherwise;

    SegmentKind(String word, String what, String otherwise) {
        this.word = word;
        this.what = what;
        this.otherwise = otherwise;
    }

    abstract boolean isNeededBy(Segment segment);

    /** The kernel's word for it. */
    public String word() {
        return word;
    }

    /** In words, with what the kernel is to be built with. */
    public String what() {
        return what;
    }

    /** The file's segments that need it, in the file's order. */
    public List<Segment> neededBy(HostFile file) {
        return file.segments().values().stream().filter(this::isNeededBy).toList();
    }

    /**
     * What is thrown where the kernel lacks it and nobody said to go on without: the place in the file, what the kernel lacks, and
     * what to do.
     *
     * @param first of {@link #neededBy}
     * @param without how to go on without it
     */
    public UnsupportedException lackedFor(Segment first, String without) {
        return new UnsupportedException(
                "%s: segments.%s: this kernel cannot make %s. Nothing was changed. Load the module or boot a kernel that has it; %s%s"
                        .formatted(first.position(), first.name(), what, otherwise, without));
    }

    /** The file without the segments that need it, and without the VRFs in which those are. */
    public HostFile without(HostFile file) {
        List<Segment> needy = neededBy(file);
        SequencedMap<String, Segment> segments = new LinkedHashMap<>(file.segments());
        SequencedMap<String, HostFile.Vrf> vrfs = new LinkedHashMap<>(file.vrfs());
        for (Segment segment : needy) {
            segments.remove(segment.name());
            vrfs.values().removeIf(vrf -> vrf.interfaces().contains(segment.link()));
        }
        return new HostFile(file.version(), segments, file.ethernets(), vrfs, file.firewall(), file.verify());
    }
}
