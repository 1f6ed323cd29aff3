package io.onlink.apply;

import io.onlink.kernel.Kernel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * What {@code onlink guard} does: watches over the process that changes the host, and ends the change if that one dies,
 * hangs, or nobody confirms in time.
 */
public final class Guard {
    /** A change takes milliseconds and its verification seconds: whoever needs longer hangs. */
    private static final Duration LONGEST_CHANGE = Duration.ofSeconds(60);

    private final Settlement settlement;
    private final Optional<ProcessHandle> guarded;
    private final InstantSource clock;

    public Guard(StateDirectory directory, Kernel kernel, Optional<ProcessHandle> guarded, InstantSource clock) {
        this.settlement = new Settlement(directory, kernel, step -> {});
        this.guarded = guarded;
        this.clock = clock;
    }

    /**
     * Watches until the change has ended. The pipe's end without a last word is the guarded process's death.
     *
     * @param pipe held by the guarded process
     */
    public void watch(InputStream pipe) throws InterruptedException {
        Thread reader = Thread.ofPlatform().daemon().start(() -> readToTheEnd(pipe));
        if (!reader.join(LONGEST_CHANGE)) {
            // It holds the lock: as long as it lives nobody else can take the change back.
            guarded.ifPresent(ProcessHandle::destroyForcibly);
        }
        settlement.awaitEnd(clock);
    }

    private static void readToTheEnd(InputStream pipe) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(pipe, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals(GuardProcess.OVER)) {
                line = lines.readLine();
            }
        } catch (IOException broken) {
            // The same as its end.
        }
    }
}
