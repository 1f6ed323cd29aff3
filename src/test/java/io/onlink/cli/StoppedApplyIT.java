package io.onlink.cli;

import static io.onlink.apply.OneNicHost.STEPS;
import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.apply.OneNicHost;
import io.onlink.model.NetworkState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C and SIGTERM in the middle of a change, and while it waits for its confirmation. Needs root. */
class StoppedApplyIT {
    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource({"0, INT, 130", "7, TERM, 143", STEPS + ", INT, 130"})
    void whatIsNotProvenIsTakenBack(int after, String signal, int exitCode) throws IOException, InterruptedException {
        try (OneNicHost host = new OneNicHost(temporary)) {
            NetworkState before = host.kernel().observe();
            // Who runs the tests may ignore the signal, and that would be inherited.
            List<String> command = new ArrayList<>(List.of("env", "--default-signal=" + signal));
            command.addAll(host.java(
                            SignalledApply.class.getName(),
                            host.directory().path().toString(),
                            host.file().toString(),
                            Integer.toString(after),
                            signal)
                    .command());
            Process apply =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            assertThat(new String(apply.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains(
                            "Stopping: what was done so far is taken back",
                            "stopped by a signal before all was made and verified",
                            "the host is as it was before, ",
                            " ms after the stop at ");
            assertThat(apply.waitFor()).isEqualTo(exitCode);
            host.awaitTheEndOfTheChange();
            host.assertSameAs(before);
            assertThat(host.directory().readApplied()).isEmpty();
        }
    }

    /** Who dies by it is not the one whose answer counts: he may come back over another connection. */
    @Test
    void whatWaitsIsLeftWaitingAndThatIsSaid() throws IOException, InterruptedException {
        try (OneNicHost host = new OneNicHost(temporary)) {
            String directory = host.directory().path().toString();
            String file = host.file().toString();
            Process apply = host.java(
                            JavaCommand.ONLINK,
                            "apply",
                            "--yes",
                            "--state-dir",
                            directory,
                            "--file",
                            file,
                            "--confirm",
                            "600")
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader said = apply.inputReader(StandardCharsets.UTF_8)) {
                String line = said.readLine();
                while (line != null && !line.startsWith("Waiting until")) {
                    line = said.readLine();
                }
                apply.toHandle().destroy();
                assertThat(said.lines().collect(Collectors.joining("\n")))
                        .startsWith("The change is made, and still waits until ")
                        .contains("'onlink confirm'", "'onlink rollback'");
            }
            assertThat(apply.waitFor()).isEqualTo(143);
            assertThat(host.directory().readJournal()).isPresent();
            Process rollback = host.java(JavaCommand.ONLINK, "rollback", "--state-dir", directory)
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(rollback.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("The change was taken back: the host is as it was before.\n");
            assertThat(rollback.waitFor()).isZero();
        }
    }
}
