package io.onlink.model;

/**
 * Frames sent to another link, around the moment in which a link becomes a bridge's port, or ceases to be one, and the kernel would
 * drop them. It exists while a change is made, and ends with the process that makes it; no state that somebody wants has one.
 *
 * @param link whose frames they are
 * @param hook where they are caught
 * @param to the link they are given to
 */
public record Redirect(String link, Hook hook, String to) {
    /** Where a frame is caught, and how the other link gets it. */
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
