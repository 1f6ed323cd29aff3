package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.apply.Journal;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What {@code onlink status} says of hosts that are not as they should be, or cannot be. Needs root. */
class StatusIT {
    private static final Path FILE = Path.of("src/test/resources/golden/wrong-files/right.yaml");

    @Test
    void whatTheKernelCannotDoIsLeftOutAndNotDrift() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", Path.of("examples/scenario.yaml"))) {
            LabHost.Said applied = host.onlink("apply", "--yes", "--skip-unsupported");
            assertThat(applied.exitCode()).as(applied.text()).isZero();
            LabHost.Said status = host.onlink("status");
            assertThat(status.text()).contains("No drift").matches("(?s).*mgmt0 +10 +eth2 +(left out|up)\n.*");
            assertThat(status.exitCode()).isZero();
        }
    }

    @Test
    void aChangeThatWaitsIsShownAndMeasuredBy() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("status"))
                    .matches(said -> said.exitCode() == 3 && said.text().contains("no host file was applied yet"));
            Process applying = host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600");
            while (applying.isAlive()
                    && host.state()
                            .readJournal()
                            .filter(journal -> journal.phase() == Journal.Phase.WAITING)
                            .isEmpty()) {
                Thread.sleep(50);
            }
            LabHost.Said waiting = host.onlink("status");
            assertThat(waiting.text())
                    .contains("open: a change waits until ", "for 'onlink confirm'", "No drift")
                    .matches("(?s).*Service-Segment +br0 +eth0 +up +192.168.22.217/24 .*");
            assertThat(waiting.exitCode()).isEqualTo(1);
            assertThat(host.onlink("confirm").exitCode()).isZero();
            assertThat(applying.waitFor()).isZero();
            assertThat(host.onlink("status"))
                    .matches(said -> said.exitCode() == 0 && !said.text().contains("open:"));
        }
    }

    @Test
    void aNicThatIsGoneIsShown() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("status", FILE)) {
            assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
            host.output("host", "ip", "link", "delete", "eth0");
            LabHost.Said status = host.onlink("status");
            assertThat(status.text())
                    .matches("(?s).*Service-Segment +br0 +eth0 +bridge no carrier .*")
                    .matches("(?s).*Access-Segment +br1 +eth1 +up .*")
                    .contains("'onlink apply' would refuse:", "this host has no link eth0");
            assertThat(status.exitCode()).isEqualTo(1);
        }
    }
}
