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
        EGRESS,
        /**
         * Frames for the link's own MAC address that come in; they come in by the other one, a {@link Stub}. Another way to the same,
         * where a kernel has no {@link #INGRESS}: not to the bridge's stack, but to the bridge.
         */
        INGRESS_FORWARD,
        /**
         * Frames that are about to leave by the link, a {@link Stub}, by the other one instead; but not those that came in by that. Where a
         * kernel has no {@link #EGRESS}.
         */
        EGRESS_FORWARD;

        /** Whether it is for frames that come in. */
        public boolean isIncoming() {
            return switch (this) {
                case INGRESS, INGRESS_FORWARD -> true;
                case EGRESS, EGRESS_FORWARD -> false;
            };
        }
    }
}
