package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.cli.LabHost.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the commands can do on a host whose disk turned read-only, or is full. Needs root. */
@Timeout(240)
class StateDiskIT {
    private static final Path FILE = Path.of("src/test/resources/golden/wrong-files/right.yaml");
    private static final String STATE = "/var/lib/onlink";
    private static final String FILLER = STATE + "/filler";

    @TempDir
    private Path temporary;

    @AutoClose
    private LabHost host;

    @BeforeEach
    void aHost() {
        host = LabHost.up("disk", FILE);
    }

    @Test
    void aReadOnlyDiskKeepsNoChangeFromBeingTakenBack() throws IOException, InterruptedException {
        Process applying = applyAndWait(FILE);
        host.output("host", "mount", "--bind", STATE, STATE);
        host.output("host", "mount", "-o", "remount,bind,ro", STATE);
        assertThat(host.output("host", "ip", "-br", "addr", "show", "dev", "br0"))
                .contains("192.168.22.217/24");
        assertThat(host.onlink("plan").text()).startsWith("open: a change waits until ");
        assertThat(host.onlink("status").text()).startsWith("open: a change waits until ");

        Said rollback = host.onlink("rollback");
        assertThat(rollback.text())
                .contains(
                        "the host is as it was before, but that cannot be written down in " + STATE
                                + " (Read-only file system)",
                        "mend that");
        assertThat(rollback.exitCode()).isEqualTo(3);
        assertAsInstalled();
        assertIsRefused(FILE, "locking " + STATE + "/lock: Read-only file system", "findmnt -T " + STATE);
        assertAsInstalled();

        host.output("host", "umount", STATE);
        rollback = host.onlink("rollback");
        assertThat(rollback.text()).contains("The change was taken back");
        assertThat(rollback.exitCode()).isZero();
        assertThat(applying.waitFor()).isEqualTo(6);
        assertAsInstalled();
    }

    @Test
    void aFullDiskKeepsNoChangeFromBeingTakenBack() throws IOException, InterruptedException {
        host.output("host", "mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", STATE);
        Said applied = host.onlink("apply", "--yes");
        assertThat(applied.exitCode()).as(applied.text()).isZero();
        Path more = Files.writeString(
                temporary.resolve("more.yaml"),
                Files.readString(FILE).replace("[192.168.22.217/24", "[192.168.22.219/24, 192.168.22.217/24"));
        Process applying = applyAndWait(more);
        assertThat(host.output("host", "ip", "-br", "addr", "show", "dev", "br0"))
                .contains("192.168.22.219/24");
        fill();

        Said rollback = host.onlink("rollback");
        assertThat(rollback.text()).contains("The change was taken back: the host is as it was before.");
        assertThat(rollback.exitCode()).isZero();
        assertThat(applying.waitFor()).isEqualTo(6);
        fill();
        assertThat(host.onlink("plan")).isEqualTo(new Said(0, "Nothing to do: the host is as the file says.\n"));

        assertIsRefused(more, "writing " + STATE + "/journal.json: No space left on device", "df -h " + STATE);
        assertThat(host.onlink("plan")).isEqualTo(new Said(0, "Nothing to do: the host is as the file says.\n"));
        host.output("host", "rm", FILLER);
        Said again = host.onlink("apply", "--yes", "-f", more.toString());
        assertThat(again.exitCode()).as(again.text()).isZero();
    }

    private void fill() throws IOException, InterruptedException {
        assertThat(host.run("host", "dd", "if=/dev/zero", "of=" + FILLER, "oflag=append", "conv=notrunc", "bs=1k")
                        .text())
                .contains("No space left on device");
    }

    private void assertIsRefused(Path file, String reason, String advice) throws IOException, InterruptedException {
        Said apply = host.onlink("apply", "--yes", "-f", file.toAbsolutePath().toString());
        assertThat(apply.text()).contains(reason, "nothing was changed", advice);
        assertThat(apply.exitCode()).isEqualTo(3);
    }

    private void assertAsInstalled() throws IOException, InterruptedException {
        assertThat(host.output("host", "ip", "-br", "addr", "show", "dev", "eth0"))
                .contains("192.168.22.217/24");
        assertThat(host.run("host", "ip", "link", "show", "dev", "br0").exitCode())
                .isNotZero();
    }

    /** Up to where it waits for an answer. */
    private Process applyAndWait(Path file) throws IOException, InterruptedException {
        Process applying = host.startJava(
                "io.onlink.cli.Onlink",
                "apply",
                "--yes",
                "--confirm",
                "600",
                "-f",
                file.toAbsolutePath().toString());
        while (applying.isAlive()
                && !host.run("host", "cat", STATE + "/journal.json").text().contains("WAITING")) {
            Thread.sleep(50);
        }
        assertThat(applying.isAlive()).isTrue();
        return applying;
    }
}
