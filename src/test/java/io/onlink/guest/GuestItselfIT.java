package io.onlink.guest;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Whether {@code src/test/guest/run} keeps its promises: a script on this machine, which boots guests that end in all ways. */
class GuestItselfIT {
    @TestFactory
    Stream<DynamicTest> itKeepsItsPromises() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("src/test/guest/selftest")
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            List<String> output = process.inputReader().readAllLines();
            return GuestReport.of(output, process.waitFor())
                    .tests(
                            "script-and-its-world",
                            "large-output-is-whole",
                            "time-limit",
                            "dead-kernel-is-told",
                            "kernel-without-vrf-is-refused",
                            "failed-check-is-told");
        } finally {
            process.destroy();
        }
    }
}
