package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** A NIC becomes a bridge's port, and stops being one, on a kernel without BPF at tcx: no packet is lost there either. */
@Tag("kernels")
class OlderKernelIT {
    @TestFactory
    Stream<DynamicTest> noPacketIsLost() throws IOException, InterruptedException {
        return Guest.runOnlink(Duration.ofMinutes(15), "handover")
                .tests(
                        "kernel-has-no-tcx",
                        "plan-forwards-by-nftables",
                        "control",
                        "apply",
                        "nothing-left-of-apply",
                        "down",
                        "nothing-left-of-down");
    }
}
