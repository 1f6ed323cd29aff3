package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The host's own traffic, where it is told: by default, by {@code onlink vrf exec}, by services of a real systemd and containers of a
 * real engine, seen by a router outside.
 */
class VrfProgramsIT {
    @TestFactory
    Stream<DynamicTest> whatTheHostStartsGoesWhereItIsTold() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(20), "vrf-programs")
                .tests(
                        "apply",
                        "list",
                        "default-leaves-by-the-main-table",
                        "ping-in-vrf",
                        "tcp-udp-and-names-in-vrf",
                        "names-stay-the-hosts-outside",
                        "exit-status-is-the-programs",
                        "words-and-files-are-the-callers",
                        "signals-and-terminal-are-the-programs",
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
                        "engine-and-agent-start",
                        "container-by-label",
                        "container-is-bound-after-a-restart",
                        "container-outlives-the-agent",
                        "wrong-labels-are-told",
                        "services-after-down");
    }
}
