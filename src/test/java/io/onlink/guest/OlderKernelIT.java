package io.onlink.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A NIC becomes a bridge's port, and stops being one, on a kernel without BPF at tcx: no packet is lost there either. */
class OlderKernelIT {
    @TestFactory
    Stream<DynamicTest> noPacketIsLost() throws IOException, InterruptedException {
        String jar = Path.of("target/onlink.jar").toAbsolutePath().toString();
        return Guest.run(Duration.ofMinutes(6), "handover", "java", "-jar", jar)
                .tests(
                        "kernel-has-no-tcx",
                        "plan-forwards-by-nftables",
                        "control",
                        "apply-1",
                        "nothing-left-of-apply-1",
                        "down-1",
                        "nothing-left-of-down-1",
                        "apply-2",
                        "nothing-left-of-apply-2",
                        "down-2",
                        "nothing-left-of-down-2",
                        "apply-3",
                        "nothing-left-of-apply-3",
                        "down-3",
                        "nothing-left-of-down-3");
    }
}
