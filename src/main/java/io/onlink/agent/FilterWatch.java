package io.onlink.agent;

import io.onlink.nftables.GuardTable;
import io.onlink.nftables.RulesetMonitor;
import io.onlink.reconcile.Reconciler;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the agent does when somebody changes the host's packet filter: puts back what is Onlink's, and nothing else. */
record FilterWatch(GuardTable guard, BridgedFrames frames, Reconciler reconciler) implements RulesetMonitor.Listener {
    private static final Logger log = LoggerFactory.getLogger(FilterWatch.class);

    @Override
    public void changed(String program) {
        guard.restore();
        log.warn("{} changed the table of the guard (nft list table bridge onlink): put back", program);
    }

    @Override
    public void hostFirewallChanged(String program) {
        reconciler.tellOfFirewall(Optional.of(program));
    }

    @Override
    public void iptablesChanged() {
        frames.look();
    }

    @Override
    public void noticesLost() {
        if (!guard.isIntact()) {
            changed("somebody");
        }
        reconciler.tellOfFirewall(Optional.empty());
    }
}
