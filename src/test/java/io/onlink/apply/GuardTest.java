package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.kernel.FakeKernel;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GuardTest {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    private Process guarded;

    @BeforeEach
    void somebodyIsGuarded() throws IOException {
        guarded = new ProcessBuilder("sleep", "600").start();
    }

    @AfterEach
    void end() {
        guarded.destroyForcibly();
    }

    @Test
    void whoSaysThatItGoesOnIsLetGoOnAndWhoIsSilentIsEnded() throws IOException, InterruptedException {
        try (PipedInputStream pipe = new PipedInputStream();
                OutputStream held = new PipedOutputStream(pipe)) {
            Thread guard = watch(pipe);
            // Three times as long as it may be silent.
            for (int word = 0; word < 30; word++) {
                Thread.sleep(PATIENCE.dividedBy(10));
                say(held, GuardProcess.GOES_ON);
            }
            assertThat(guarded.isAlive()).isTrue();
            assertThat(guarded.waitFor(30, TimeUnit.SECONDS)).isTrue();
            guard.join();
        }
    }

    @Test
    void whoSaysThatItIsOverIsLeftAlone() throws IOException, InterruptedException {
        try (PipedInputStream pipe = new PipedInputStream();
                OutputStream held = new PipedOutputStream(pipe)) {
            Thread guard = watch(pipe);
            say(held, GuardProcess.OVER);
            guard.join();
            assertThat(guarded.isAlive()).isTrue();
        }
    }

    private Thread watch(InputStream pipe) {
        Guard guard = new Guard(
                new StateDirectory(directory),
                new FakeKernel(NetworkState.empty()),
                Optional.of(guarded.toHandle()),
                InstantSource.system(),
                PATIENCE);
        return Thread.ofPlatform().start(() -> {
            try {
                guard.watch(pipe);
            } catch (InterruptedException stop) {
                throw new AssertionError(stop);
            }
        });
    }

    private static void say(OutputStream pipe, String word) throws IOException {
        pipe.write((word + "\n").getBytes(StandardCharsets.UTF_8));
        pipe.flush();
    }
}
