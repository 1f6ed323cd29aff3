package io.onlink.attach;

import io.onlink.hostfile.Segment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SequencedMap;
import java.util.function.Supplier;

/** Which endpoints there is a container for, as far as the host shows it: the engine is not asked, which may be down. */
record LivingEndpoints(
        Supplier<SequencedMap<String, Segment>> segments, HostLinks links, SandboxRepair repair, InstantSource clock) {
    /** An endpoint that is in no sandbox, not yet or not any more, is no one's after this: the engine has died. */
    static final Duration GRACE = Duration.ofSeconds(30);

    /** One whose link somebody deleted is: while there is its sandbox it gets another. */
    boolean isAlive(Endpoint endpoint) {
        String sandbox = endpoint.sandbox();
        if (sandbox == null) {
            return isYoung(endpoint);
        }
        return links.exists(isOnUplink(endpoint) ? endpoint.sandboxLink() : endpoint.hostLink())
                || repair.exists(sandbox);
    }

    boolean isYoung(Endpoint endpoint) {
        return clock.instant().isBefore(endpoint.since().plus(GRACE));
    }

    /** Whether its link lies on the uplink, and is seen by the host only until it is moved into the sandbox. */
    boolean isOnUplink(Endpoint endpoint) {
        Segment segment = segments.get().get(endpoint.segment());
        return segment != null && !segment.hasBridge();
    }
}
