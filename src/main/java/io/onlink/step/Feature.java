package io.onlink.step;

/** What not every kernel can do, and a plan does without where it must. */
public enum Feature {
    /** {@link Step.AddRedirect}, {@link Step.AddExchange}: BPF at tcx, since Linux 6.6. */
    REDIRECT,
    /** The same for links that join or leave, with more care: nftables' netdev tables that end with their process, since Linux 5.12. */
    FORWARD,
    /** {@link Step.RenameLink} of a link that is up: since Linux 6.2. */
    LIVE_RENAME
}
