package io.onlink.guest;

import io.onlink.guest.Guest.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The fault table of a NIC that goes into a VRF and out of it: {@link io.onlink.apply.KernelFaults} in the guest. */
@Tag("kernels")
class VrfFaultsIT {
    @TestFactory
    Stream<DynamicTest> whateverDiesInTheMiddle() throws IOException, InterruptedException {
        return Guest.run(Duration.ofHours(4), Part.ofClasses("vrf-faults"))
                .part("vrf-faults")
                .tests(
                        "the-command-the-guard-s-parent",
                        "the-command-and-the-guard",
                        "the-guard",
                        "the-guard-as-it-settles",
                        "the-agent-as-it-settles",
                        "the-next-command-as-it-settles",
                        "all-then-boot",
                        "power-then-boot");
    }
}
