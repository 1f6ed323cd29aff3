package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The host's own traffic, where it is told: by default, by {@code onlink vrf exec}, seen by a router outside. */
class VrfProgramsIT {
    @TestFactory
    Stream<DynamicTest> whatTheHostStartsGoesWhereItIsTold() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(20), "vrf-programs", "quick")
                .tests(
                        "apply",
                        "list",
                        "default-leaves-by-the-main-table",
                        "ping-in-vrf",
                        "tcp-udp-and-names-in-vrf",
                        "names-stay-the-hosts-outside",
                        "exit-status-is-the-programs",
                        "words-and-files-are-the-callers",
                        "signals-and-terminal-are-the-programs");
    }
}
