package io.onlink.cli;

import io.onlink.cli.LabHost.Said;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Debian with its systemd, booted on a lab's host: its network is the lab's, its files are a root of its own (see {@code
 * src/test/coexistence}). Needs root.
 */
final class SystemdHost implements AutoCloseable {
    private static final Path SCRIPTS = Path.of("src/test/coexistence").toAbsolutePath();
    private static final Path PROGRAM = Path.of("target").toAbsolutePath();
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    private static final int LOOKS = 500;

    private final Path directory;
    private final Process boot;

    private SystemdHost(Path directory, Process boot) {
        this.directory = directory;
        this.boot = boot;
    }

    /** Boots it, and waits until all that is to start has started; a second time on the same files is a reboot. */
    static SystemdHost boot(Path directory, Path network) throws IOException, InterruptedException {
        Process building = new ProcessBuilder(SCRIPTS.resolve("root").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String root = new String(building.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (building.waitFor() != 0) {
            throw new IOException("src/test/coexistence/root could not build the Debian root");
        }
        Files.deleteIfExists(directory.resolve("pid"));
        Process boot = new ProcessBuilder(
                        SCRIPTS.resolve("boot").toString(),
                        root,
                        directory.toString(),
                        network.toString(),
                        JAVA.toString(),
                        PROGRAM.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("boot.log").toFile())
                .start();
        SystemdHost host = new SystemdHost(directory, boot);
        try {
            host.awaitStarted();
        } catch (IOException late) {
            host.powerOff();
            throw late;
        }
        return host;
    }

    private void awaitStarted() throws IOException, InterruptedException {
        for (int looks = 0; boot.isAlive() && looks < LOOKS; looks++) {
            if (Files.exists(directory.resolve("pid")) && isStarted()) {
                return;
            }
            Thread.sleep(200);
        }
        throw new IOException("systemd did not start: " + Files.readString(directory.resolve("console")));
    }

    private boolean isStarted() throws IOException, InterruptedException {
        String state = run("systemctl", "is-system-running").text().strip();
        return state.equals("running") || state.equals("degraded");
    }

    /** A file of its root, seen from outside. */
    Path file(String path) throws IOException {
        return Path.of("/proc", Files.readString(directory.resolve("pid")).strip(), "root", path.substring(1));
    }

    /** Writes a file that root alone may read, as NetworkManager wants its profiles. */
    void write(String path, String text) throws IOException {
        Path file = file(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }

    Said onlink(String... arguments) throws IOException, InterruptedException {
        return said(startOnlink(arguments));
    }

    Process startOnlink(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                JAVA.resolve("bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                PROGRAM.resolve("onlink.jar").toString()));
        command.addAll(List.of(arguments));
        return start(command);
    }

    Said run(String... command) throws IOException, InterruptedException {
        return said(start(List.of(command)));
    }

    /** Runs a command that must succeed, and has its words. */
    String output(String... command) throws IOException, InterruptedException {
        Said said = run(command);
        if (said.exitCode() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
        return said.text();
    }

    Process start(List<String> command) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "nsenter",
                "--all",
                "--target=" + Files.readString(directory.resolve("pid")).strip(),
                "env",
                "--ignore-environment",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
        words.addAll(command);
        return new ProcessBuilder(words).redirectErrorStream(true).start();
    }

    private static Said said(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    /** Ends it, and leaves its files. */
    void powerOff() {
        boot.destroy();
        boot.onExit().join();
    }

    /** Ends it, and deletes its files. */
    @Override
    public void close() throws IOException {
        powerOff();
        int code = new ProcessBuilder("rm", "-rf", "--one-file-system", directory.toString())
                .inheritIO()
                .start()
                .onExit()
                .join()
                .exitValue();
        if (code != 0) {
            throw new IOException("cannot delete " + directory);
        }
    }
}
