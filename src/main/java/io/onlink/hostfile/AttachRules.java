package io.onlink.hostfile;

import io.onlink.hostfile.Draft.SegmentDraft;

/** Without a bridge there is nothing that is a bridge's. */
final class AttachRules {
    private AttachRules() {}

    static void check(Draft draft, Problems problems) {
        draft.segments().stream().filter(segment -> !segment.hasBridge()).forEach(segment -> check(segment, problems));
    }

    private static void check(SegmentDraft segment, Problems problems) {
        String attach = segment.attach().word();
        segment.bridge()
                .ifPresent(bridge -> problems.add(
                        bridge.place(),
                        "with attach: %s there is no bridge, and the host's addresses are on the uplink; remove the key, or say attach: bridge"
                                .formatted(attach)));
        segment.multicastSnooping()
                .ifPresent(snooping -> problems.add(
                        snooping.place(),
                        "is a bridge's, and with attach: %s there is none; remove the key".formatted(attach)));
        segment.containers()
                .filter(containers -> containers.firewall().isPresent())
                .ifPresent(containers -> problems.add(
                        containers.label(),
                        "a firewall is kept at a bridge's ports, and with attach: %s there are none; remove 'firewall', or say attach: bridge"
                                .formatted(attach)));
    }
}
