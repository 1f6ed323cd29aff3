package io.onlink.cli;

import static io.onlink.apply.OneNicHost.STEPS;
import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.apply.OneNicHost;
import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The terminal goes in the middle of a change, after each step: SIGHUP to the command, and EIO for every word of it from then on. A real pseudo-terminal, held by script(1) as it would be by sshd(8). Needs root.
 */
class LostTerminalIT {
    @TempDir
    private Path temporary;

    @AutoClose
    private OneNicHost host;

    @BeforeEach
    void aHostWithOneNic() {
        host = new OneNicHost(temporary);
    }

    static IntStream everyFourthStep() {
        return IntStream.rangeClosed(0, STEPS).filter(step -> step % 4 == 3);
    }

    @ParameterizedTest
    @MethodSource("io.onlink.apply.OneNicHost#everyStep")
    void theChangeIsTakenBack(int after) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        applyAndHangUp(after);
        host.awaitTheEndOfTheChange();
        host.assertSameAs(before);
        assertThat(host.directory().readApplied()).isEmpty();
    }

    /** Who would have to confirm it is gone, and nobody else does. */
    @ParameterizedTest
    @MethodSource("everyFourthStep")
    void aChangeToBeConfirmedIsTakenBack(int after) throws IOException, InterruptedException {
        NetworkState before = host.kernel().observe();
        applyAndHangUp(after, "1");
        host.awaitTheEndOfTheChange();
        host.assertSameAs(before);
        assertThat(host.directory().readApplied()).isEmpty();
    }

    /** Until the command has ended, which it does only if the signal reached it; the one who guards it may live on. */
    private void applyAndHangUp(int after, String... more) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(
                List.of(host.directory().path().toString(), host.file().toString(), Integer.toString(after)));
        arguments.addAll(List.of(more));
        List<String> apply = host.java(HangingUpApply.class.getName(), arguments.toArray(String[]::new))
                .command();
        // It leads the session; who runs the tests may ignore the signal, and that would be inherited.
        String shell = "exec env --default-signal=HUP " + String.join(" ", apply);
        Process terminal = new ProcessBuilder("script", "-qec", shell, "/dev/null")
                .redirectOutput(temporary.resolve("output").toFile())
                .start();
        assertThat(terminal.waitFor()).as("killed by the command itself").isEqualTo(137);
        while (isLocked()) {
            Thread.sleep(10);
        }
    }

    private boolean isLocked() {
        try (StateDirectory.Lock _ = host.directory().lock()) {
            return false;
        } catch (ConfigurationException somebodyIsAtWork) {
            return true;
        }
    }
}
