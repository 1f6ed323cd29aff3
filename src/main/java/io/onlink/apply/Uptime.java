package io.onlink.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** How long the kernel runs, suspended time too: the clock by which it dates the start of processes, proc_pid_stat(5). */
public final class Uptime {
    private static final Path FILE = Path.of("/proc/uptime");

    private Uptime() {}

    /** To the hundredth of a second, which is as exact as the start of a process is known. */
    public static Duration now() {
        try {
            String seconds = Files.readString(FILE).split(" ", 2)[0];
            return Duration.parse("PT" + seconds + "S");
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + FILE, e);
        }
    }
}
