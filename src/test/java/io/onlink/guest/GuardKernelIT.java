package io.onlink.guest;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Guard and firewall on a distribution's kernel: {@link io.onlink.attach.GuardOnThisKernel} in the guest. */
@Tag("kernels")
class GuardKernelIT {
    @TestFactory
    Stream<DynamicTest> theGuardWorksThere() throws IOException, InterruptedException {
        return Guest.run(Duration.ofMinutes(6), "guard", System.getProperty("java.class.path"))
                .tests(
                        "forged-frames-are-dropped-and-counted",
                        "honest-traffic-passes",
                        "the-firewall-lets-in-what-it-should");
    }
}
