package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Segments whose bridges are in a VRF each, with the same networks and containers of the same addresses; a router outside on each. */
@Tag("kernels")
class VrfContainersIT {
    @TestFactory
    Stream<DynamicTest> containersInVrfsAreAsAnyOthers() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(60), "vrf-containers")
                .tests(
                        "bridges-in-vrfs",
                        "engine-and-agent-start",
                        "same-addresses-on-both-sides",
                        "default-routes-lead-to-the-own-side",
                        "host-reaches-containers-in-the-vrf",
                        "firewall-holds",
                        "forged-source-is-dropped-and-counted",
                        "address-in-use-is-asked-for-on-the-own-side",
                        "vrf-deleted-by-hand-is-mended",
                        "nothing-is-left");
    }
}
