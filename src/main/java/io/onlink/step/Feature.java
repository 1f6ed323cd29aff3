package io.onlink.step;

/** What not every kernel can do, and a plan does without where it must. */
public enum Feature {
    /** {@link Step.AddRedirect}: sch_ingress, cls_bpf and act_mirred. */
    REDIRECT,
    /** {@link Step.RenameLink} of a link that is up: since Linux 6.2. */
    LIVE_RENAME
}
