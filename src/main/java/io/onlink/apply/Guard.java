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
    /** A step takes milliseconds, the verification seconds, and a command to another program is given up after 30: whoever is silent for longer hangs. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);

    private final Settlement settlement;
    private final Optional<ProcessHandle> guarded;
    private final InstantSource clock;
    private final Duration patience;
    private volatile long lastWord = System.nanoTime();

    public Guard(StateDirectory directory, Kernel kernel, Optional<ProcessHandle> guarded, InstantSource clock) {
        this(directory, kernel, guarded, clock, LONGEST_SILENCE);
    }

    Guard(
            StateDirectory directory,
            Kernel kernel,
            Optional<ProcessHandle> guarded,
            InstantSource clock,
            Duration patience) {
        this(new Settlement(directory, kernel, step -> {}), guarded, clock, patience);
    }

    Guard(Settlement settlement, Optional<ProcessHandle> guarded, InstantSource clock, Duration patience) {
        this.settlement = settlement;
        this.guarded = guarded;
        this.clock = clock;
        this.patience = patience;
    }

    /**
     * Watches until the change has ended. The pipe's end without a last word is the guarded process's death.
     *
     * @param pipe held by the guarded process
     */
    public void watch(InputStream pipe) throws InterruptedException {
        lastWord = System.nanoTime();
        Thread reader = Thread.ofPlatform().daemon().start(() -> readToTheEnd(pipe));
        while (!reader.join(leftOfPatience())) {
            if (!leftOfPatience().isPositive()) {
                // It holds the lock: as long as it lives nobody else can take the change back.
                guarded.ifPresent(ProcessHandle::destroyForcibly);
                break;
            }
        }
        settlement.awaitEnd(clock);
    }

    private Duration leftOfPatience() {
        return patience.minusNanos(System.nanoTime() - lastWord);
    }

    private void readToTheEnd(InputStream pipe) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(pipe, StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals(GuardProcess.OVER)) {
                lastWord = System.nanoTime();
                line = lines.readLine();
            }
        } catch (IOException broken) {
            // The same as its end.
        }
    }
}
