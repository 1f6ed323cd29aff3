package io.onlink.guest;

import io.onlink.guest.Guest.Part;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Fault tables of what this machine's kernel may lack: {@link io.onlink.apply.KernelFaults} in the guest. */
@Tag("kernels")
class KernelFaultsIT {
    @TestFactory
    Stream<DynamicTest> ofANicThatGoesIntoAVrfAndOutOfIt() throws IOException, InterruptedException {
        return whateverDiesInTheMiddle("vrf-faults");
    }

    @TestFactory
    Stream<DynamicTest> ofVlansThatComeGoAndBecomeOthers() throws IOException, InterruptedException {
        return whateverDiesInTheMiddle("vlan-faults");
    }

    private static Stream<DynamicTest> whateverDiesInTheMiddle(String script) throws IOException, InterruptedException {
        return Guest.run(Duration.ofHours(4), Part.ofClasses(script))
                .part(script)
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
