package io.onlink.coexistence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The files and programs of the mount namespace and network namespace that Onlink runs in. */
final class ThisHost implements Host {
    /** There where systemd is the service manager (sd_booted(3)): one that is not need not be asked. */
    private static final String SYSTEMD = "/run/systemd/system";

    private static final int SECONDS = 30;
    private static final int TIMED_OUT = 124;
    private static final int NO_PROGRAM = 127;

    @Override
    public boolean exists(String path) {
        return Files.exists(Path.of(path));
    }

    @Override
    public Optional<FileContent> read(String path) {
        Path file = Path.of(path);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new FileContent(
                    Files.readString(file, StandardCharsets.ISO_8859_1),
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(file))));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    @Override
    public List<String> list(String directory) {
        Path path = Path.of(directory);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .map(Path::toString)
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    @Override
    public void write(String path, FileContent content) {
        Path file = Path.of(path);
        // Hidden, and without the ending that the readers look for: none of them reads a half one.
        Path draft = file.resolveSibling("." + file.getFileName() + ".onlink");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(draft, content.text(), StandardCharsets.ISO_8859_1);
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString(content.mode()));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException refused) {
            throw new UncheckedIOException("writing " + path, refused);
        }
    }

    @Override
    public void delete(String path) {
        try {
            Files.deleteIfExists(Path.of(path));
        } catch (IOException refused) {
            throw new UncheckedIOException("deleting " + path, refused);
        }
    }

    @Override
    public Answer run(List<String> command) {
        try {
            Process process = start(command);
            process.getOutputStream().close();
            // Not to wait for what it leaves running with its output.
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Answer(TIMED_OUT, "no answer within %d s".formatted(SECONDS));
            }
            String output = new String(
                    process.getInputStream().readNBytes(process.getInputStream().available()), StandardCharsets.UTF_8);
            return new Answer(process.exitValue(), output);
        } catch (IOException absent) {
            return new Answer(NO_PROGRAM, String.valueOf(absent.getMessage()));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return new Answer(TIMED_OUT, "interrupted");
        }
    }

    private static Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("LC_ALL", "C", "SYSTEMD_COLORS", "0", "SYSTEMD_PAGER", ""));
        return builder.start();
    }

    @Override
    public boolean runs(Service service) {
        if (!exists(SYSTEMD)) {
            return false;
        }
        Answer answer = run(List.of("systemctl", "show", "--property=MainPID", "--value", service.unit()));
        String pid = answer.output().strip();
        return answer.isYes() && pid.matches("[1-9]\\d*") && namespaceOf(pid).equals(namespaceOf("self"));
    }

    private static Optional<Path> namespaceOf(String pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", pid, "ns", "net")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    @Override
    public List<RunningProgram> programs() {
        Optional<Path> ours = namespaceOf("self");
        return ProcessHandle.allProcesses()
                .filter(process -> namespaceOf(Long.toString(process.pid())).equals(ours))
                .flatMap(process ->
                        commandOf(process.pid()).stream().map(command -> new RunningProgram(process.pid(), command)))
                .toList();
    }

    /** ProcessHandle.Info leaves out what is longer than a page, and what a program has written over. */
    private static Optional<List<String>> commandOf(long pid) {
        try {
            byte[] words = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
            String text = new String(words, StandardCharsets.UTF_8);
            // A kernel thread has none.
            return text.isEmpty() ? Optional.empty() : Optional.of(List.of(text.split("\0")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> masterOf(String link) {
        try {
            Path master = Files.readSymbolicLink(Path.of("/sys/class/net", link, "master"));
            return Optional.ofNullable(master.getFileName()).map(Path::toString);
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<Integer> indexOf(String link) {
        try {
            return Optional.ofNullable(NetworkInterface.getByName(link)).map(NetworkInterface::getIndex);
        } catch (IOException refused) {
            return Optional.empty();
        }
    }
}
