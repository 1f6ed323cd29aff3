package io.onlink.model;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Frames sent to another link by a filter of Onlink's, tc-mirred(8): what comes in by a link that is about to become a bridge's
 * port, or to cease to be one, goes around the moment in which the kernel would drop it. It exists while a change is made and
 * no longer; no state that somebody wants has one.
 *
 * @param link whose frames they are
 * @param hook where they are caught
 * @param to the link they are given to; empty if it is gone, and every frame is dropped
 * @param ownsQdisc the clsact qdisc that holds the filter was made for it, and nobody else uses it: it goes with the filter.
 *     Somebody else's stays
 */
public record Redirect(String link, Hook hook, String to, boolean ownsQdisc) {
    /**
     * A preference behind all those that tc gives by itself (49152 and less): other people's filters see the frames first.
     */
    public static final int PREFERENCE = 65281;

    private static final String MARK = "onlink";
    private static final String MARK_WITH_QDISC = "onlink-qdisc";

    /** {@code ld vlan_tpresent}, {@code jeq 0}, {@code ret -1}, {@code ret 0}: bpf_asm's words, from linux/filter.h. */
    private static final List<Instruction> UNTAGGED = List.of(
            new Instruction(0x20, 0, 0, 0xffff_f030L),
            new Instruction(0x15, 0, 1, 0),
            new Instruction(0x06, 0, 0, 0xffff_ffffL),
            new Instruction(0x06, 0, 0, 0));

    private static final List<Instruction> EVERY = List.of(new Instruction(0x06, 0, 0, 0xffff_ffffL));

    /** The filter's program: which frames it takes. */
    public List<Instruction> program() {
        return switch (hook) {
            case INGRESS -> UNTAGGED;
            case EGRESS -> EVERY;
        };
    }

    /** What the filter's action has as cookie: by it whoever comes later knows that it is Onlink's, and whose the qdisc is. */
    public byte[] cookie() {
        return (ownsQdisc ? MARK_WITH_QDISC : MARK).getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a cookie is one of ours. */
    public static boolean isCookie(byte[] cookie) {
        String text = new String(cookie, StandardCharsets.US_ASCII);
        return text.equals(MARK) || text.equals(MARK_WITH_QDISC);
    }

    /** Whether a cookie of ours says that the qdisc was made for the filter. */
    public static boolean saysOwnsQdisc(byte[] cookie) {
        return new String(cookie, StandardCharsets.US_ASCII).equals(MARK_WITH_QDISC);
    }

    /** A classic BPF instruction ({@code struct sock_filter}); {@code k} has 32 bits without sign. */
    public record Instruction(int code, int ifTrue, int ifFalse, long k) {}

    /** Where a frame is caught, tc(8) "clsact", and how the other link gets it. */
    public enum Hook {
        /**
         * Frames that come in, before bridge and IP see them; to the other link they come in too. Those with a VLAN tag are
         * left alone: they are for VLAN links on this one.
         */
        INGRESS,
        /** Frames that are about to leave, by the other link instead. */
        EGRESS
    }
}
