package io.onlink.apply;

import io.onlink.hostfile.Attach;
import io.onlink.hostfile.Segment;

/** Kinds of links that segments need and kernels may lack. */
enum SegmentKind {
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
    String word() {
        return word;
    }

    /** In words, with what the kernel is to be built with. */
    String what() {
        return what;
    }

    /** What else could be written in the host file. */
    String otherwise() {
        return otherwise;
    }
}
