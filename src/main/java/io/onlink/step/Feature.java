package io.onlink.step;

/** What not every kernel can do, and a plan does without where it must. */
public enum Feature {
    /** {@link Step.AddRedirect}, {@link Step.AddExchange}: BPF at tcx, since Linux 6.6. */
    REDIRECT,
    /** {@link Step.RenameLink} of a link that is up: since Linux 6.2. */
    LIVE_RENAME
}
