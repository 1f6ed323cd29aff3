package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The mount namespace of a test's host: the machine's root or another, in which engine and agent run. */
final class EngineMounts {
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Path directory;
    private final LanNamespaces lan;
    private final HostProcesses processes;
    private Process holder;

    EngineMounts(Path directory, LanNamespaces lan, HostProcesses processes) {
        this.directory = directory;
        this.lan = lan;
        this.processes = processes;
    }

    /** @param root the directory to be the root, or none for the machine's */
    void make(Optional<Path> root) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "nsenter",
                "--net=/run/netns/" + lan.namespace("host"),
                "unshare",
                "--mount",
                "--propagation",
                "private",
                Path.of("src/test/engines/mounts").toAbsolutePath().toString(),
                directory.toString()));
        if (root.isPresent()) {
            // Another root has neither a JDK, nor the checkout, nor Maven's repository.
            command.addAll(List.of(root.get().toString(), System.getProperty("java.home")));
            JavaCommand.sources().forEach(path -> command.add(path.toString()));
        }
        holder = processes.start("mounts.log", command);
        awaitMounts();
    }

    /** A command that runs on the host: in its mount namespace and its network namespace. */
    List<String> inside(Stream<String> command) {
        String process = "/proc/" + holder.pid();
        return Stream.concat(
                        Stream.of(
                                "nsenter",
                                "--net=/run/netns/" + lan.namespace("host"),
                                "--mount=" + process + "/ns/mnt",
                                "--root=" + process + "/root",
                                "--wd=" + process + "/root",
                                "env",
                                "PATH=" + PATH),
                        command)
                .toList();
    }

    /** Where a file of the host's is seen from outside. */
    Path path(String file) {
        return Path.of("/proc/" + holder.pid() + "/root" + file);
    }

    /** A command of Onlink's, on the host. */
    List<String> onlink(Stream<String> arguments) {
        List<String> command = JavaCommand.of(JavaCommand.ONLINK, arguments.toArray(String[]::new));
        // Where libraries unpack native code.
        command.add(1, "-Djava.io.tmpdir=" + directory);
        return inside(command.stream());
    }

    private void awaitMounts() {
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        while (!Files.exists(directory.resolve("mounted"))) {
            assertThat(holder.isAlive() && Instant.now().isBefore(end))
                    .as("the mounts: %s", processes.log("mounts.log"))
                    .isTrue();
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }
}
