package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.apply.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Power losses of a lab's host, and what {@code onlink boot} makes of what they left. Needs root. */
class BootIT {
    private static final String FIRST = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:470:fe36:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:470:fe36:face::1" }
            """;

    private static final String SECOND = FIRST.replace("br0", "lan0").replace("217", "219");

    private static final String DYING = "io.onlink.apply.DyingApply";

    @TempDir
    private Path temporary;

    private Path second;

    @AutoClose
    private LabHost host;

    @BeforeEach
    void aLab() throws IOException {
        Path file = Files.writeString(temporary.resolve("host.yaml"), FIRST);
        second = Files.writeString(temporary.resolve("second.yaml"), SECOND);
        host = LabHost.up("boot", file);
    }

    @Test
    void nothingWasApplied() throws IOException, InterruptedException {
        host.reboot();
        assertThat(host.onlink("boot")).isEqualTo(new LabHost.Said(0, """
                No host file was applied: the host stays as it came up.
                """));
    }

    @Test
    void whatWasAppliedIsTrueAgain() throws IOException, InterruptedException {
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        host.reboot();
        assertThat(host.run("host", "ip", "link", "show", "br0").exitCode()).isNotZero();
        assertThat(host.onlink("boot"))
                .matches(said -> said.exitCode() == 0 && said.text().contains("read back"));
        assertFirstFileHolds();
        assertThat(host.onlink("boot")).isEqualTo(new LabHost.Said(0, """
                Nothing to do: the host is as the file says.
                """));
        // What was found is still what was there before the first apply.
        assertThat(host.onlink("down", "--yes").exitCode()).isZero();
        assertThat(host.run("host", "ip", "-br", "addr", "show", "eth0").text())
                .contains("192.168.22.217/24", "2001:470:fe36:face::217:1/64");
        assertReached();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6, 11})
    void powerLossInTheMiddleOfTheFirstApply(int steps) throws IOException, InterruptedException {
        Process dying =
                host.startJava(DYING, "/var/lib/onlink", "/etc/onlink/host.yaml", Integer.toString(steps), "unwatched");
        assertThat(dying.waitFor()).isEqualTo(137);
        assertThat(host.state().readJournal()).get().extracting(Journal::phase).isEqualTo(Journal.Phase.OPEN);
        host.reboot();
        assertThat(host.onlink("boot")).isEqualTo(new LabHost.Said(0, """
                A change that was begun and not finished: the host was restarted since, and came up as it was before.
                No host file was applied: the host stays as it came up.
                """));
        assertThat(host.state().readJournal()).isEmpty();
        assertReached();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 6})
    void powerLossInTheMiddleOfTheNextApply(int steps) throws IOException, InterruptedException {
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        Process dying =
                host.startJava(DYING, "/var/lib/onlink", second.toString(), Integer.toString(steps), "unwatched");
        assertThat(dying.waitFor()).isEqualTo(137);
        assertThat(host.state().readJournal()).get().extracting(Journal::phase).isEqualTo(Journal.Phase.OPEN);
        host.reboot();
        assertThat(host.onlink("boot").exitCode()).isZero();
        assertFirstFileHolds();
    }

    @Test
    void powerLossWhileAChangeWaitsForItsConfirmation() throws IOException, InterruptedException {
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        Process applying =
                host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600", "-f", second.toString());
        while (applying.isAlive()
                && host.state()
                        .readJournal()
                        .filter(journal -> journal.phase() == Journal.Phase.WAITING)
                        .isEmpty()) {
            Thread.sleep(50);
        }
        assertThat(host.isReached("192.168.22.219")).isTrue();
        // By hand, before its time: that is for a person to decide.
        assertThat(host.onlink("boot"))
                .matches(said -> said.exitCode() == 3 && said.text().contains("waits for confirmation"));
        host.reboot();
        assertThat(applying.waitFor()).isEqualTo(137);
        assertThat(host.onlink("boot").exitCode()).isZero();
        assertFirstFileHolds();
        assertThat(host.isReached("192.168.22.219")).isFalse();
    }

    @Test
    void aNicThatComesLateIsWaitedFor() throws IOException, InterruptedException {
        assertThat(host.onlink("apply", "--yes").exitCode()).isZero();
        host.reboot();
        host.run("host", "ip", "link", "set", "eth0", "down");
        host.run("host", "ip", "link", "set", "eth0", "name", "late");
        assertThat(host.onlink("boot", "--wait", "0"))
                .matches(said -> said.exitCode() == 3 && said.text().contains("this host has no link eth0"));
        Process booting = host.startJava("io.onlink.cli.Onlink", "boot", "--wait", "60");
        assertThat(booting.waitFor(3, java.util.concurrent.TimeUnit.SECONDS)).isFalse();
        host.run("host", "ip", "link", "set", "late", "name", "eth0");
        assertThat(booting.waitFor()).isZero();
        assertFirstFileHolds();
    }

    private void assertFirstFileHolds() throws IOException, InterruptedException {
        assertThat(host.state().readJournal()).isEmpty();
        assertThat(host.state().readApplied()).contains(FIRST);
        assertThat(host.onlink("plan").exitCode()).isZero();
        assertReached();
    }

    private void assertReached() throws IOException, InterruptedException {
        assertThat(host.isReached("192.168.22.217")).isTrue();
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
    }
}
