package io.onlink.hostfile;

import io.onlink.hostfile.Draft.EntranceDraft;
import io.onlink.hostfile.Draft.FirewallDraft;
import java.util.stream.Stream;

/** A firewall's list is of exceptions: where all is allowed, it would mean nothing. */
final class FirewallRules {
    private FirewallRules() {}

    static void check(Draft draft, Problems problems) {
        Stream<FirewallDraft> ofContainers = draft.segments().stream()
                .flatMap(segment -> segment.containers().stream())
                .flatMap(containers -> containers.firewall().stream());
        Stream<FirewallDraft> ofTheHost = draft.firewall().stream().map(EntranceDraft::rules);
        Stream.concat(ofContainers, ofTheHost).forEach(firewall -> check(firewall, problems));
    }

    private static void check(FirewallDraft firewall, Problems problems) {
        if (firewall.isOpen() && !firewall.allow().values().isEmpty()) {
            problems.add(
                    firewall.verdict().orElseThrow().place(),
                    "is allow, and so the list 'allow' means nothing; deny is expected, or no list");
        }
    }
}
