package io.onlink.plan;

import io.onlink.model.Firewall;
import io.onlink.model.NetworkState;

/** When a plan changes the host's own firewall: around all else, so that no address is ever open on either of its links. */
final class FirewallSteps {
    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;

    FirewallSteps(NetworkState observed, NetworkState desired, Draft draft) {
        this.observed = observed;
        this.desired = desired;
        this.draft = draft;
    }

    /**
     * Before the first packet comes in by a new link, and until the last has come in by an old one: while addresses move from
     * one to the other, both let in the same.
     */
    void close() {
        if (desired.firewall().isThere()) {
            set(observed.firewall().whole() ? desired.firewall().and(observed.firewall()) : desired.firewall());
        }
    }

    /** Once nothing comes in by the old links any more. */
    void open() {
        set(desired.firewall());
    }

    private void set(Firewall wanted) {
        if (!draft.firewall().equals(wanted)) {
            draft.set(wanted);
        }
    }
}
