package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Services of a real systemd, and containers with host networking of a real engine, in a VRF: seen by a router outside; and what is refused. */
@Tag("kernels")
class VrfServicesIT {
    @TestFactory
    Stream<DynamicTest> whatTheHostRunsGoesWhereTheFileOrItsLabelSays() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(60), "vrf-programs", "rest")
                .tests(
                        "apply",
                        "nested",
                        "refusals",
                        "nothing-goes-out-through-main",
                        "services-before",
                        "services-in-plan",
                        "services-are-bound",
                        "services-stay-bound-at-a-restart",
                        "services-come-back-at-boot",
                        "unknown-service-is-refused",
                        "service-that-leaves-the-file-is-unbound",
                        "services-after-down",
                        "apply-anew",
                        "engine-and-agent-start",
                        "container-by-label",
                        "container-is-bound-after-a-restart",
                        "container-outlives-the-agent",
                        "wrong-labels-are-told");
    }
}
