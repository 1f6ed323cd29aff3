package io.onlink.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The control groups that an engine keeps its containers in, under a name of the test's own. */
final class ControlGroups {
    private static final Path ALL = Path.of("/sys/fs/cgroup");

    private final String name;

    ControlGroups(String name) {
        this.name = name;
    }

    /** Kills whatever runs in them, as containers do whose engine was killed, and removes them. Idempotent. */
    void end() throws IOException {
        for (Path top : tops()) {
            List<Path> groups = under(top);
            for (Path group : groups) {
                kill(group);
            }
            for (Path group : groups) {
                remove(group);
            }
        }
    }

    /** One in each hierarchy of cgroup v1. */
    private List<Path> tops() throws IOException {
        try (Stream<Path> groups =
                Files.find(ALL, 3, (path, attributes) -> path.endsWith(name) && attributes.isDirectory())) {
            return groups.toList();
        }
    }

    /** The deepest first. */
    private static List<Path> under(Path top) throws IOException {
        try (Stream<Path> groups = Files.walk(top)) {
            return groups.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    private static void kill(Path group) throws IOException {
        Path processes = group.resolve("cgroup.procs");
        for (String process : Files.exists(processes) ? Files.readAllLines(processes) : List.<String>of()) {
            ProcessHandle.of(Long.parseLong(process)).ifPresent(alive -> {
                alive.destroyForcibly();
                alive.onExit().orTimeout(10, TimeUnit.SECONDS).join();
            });
        }
    }

    /** A group is busy for a moment after its last process. */
    private static void remove(Path group) throws IOException {
        for (int attempt = 1; attempt < 50; attempt++) {
            try {
                Files.deleteIfExists(group);
                return;
            } catch (IOException busy) {
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
        }
        Files.deleteIfExists(group);
    }
}
