package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Another program in the place of this one, execve(2): the same process, with its terminal, its group, its limits, whoever waits for
 * it. What the JVM has changed of the process is put back first. The environment and the words are handed on as the bytes that this
 * process was given, whatever character set they are in.
 */
public final class Execution {
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;

    /** In Java's threads it is blocked, for the JVM's own use of it (a dump of its threads), and would stay so. */
    private static final int SIGQUIT = 3;

    private Execution() {}

    /** The last words of this process's own command line, byte for byte. */
    public static List<byte[]> lastWords(int count) {
        List<byte[]> words = strings(Path.of("/proc/self/cmdline"));
        return words.subList(words.size() - count, words.size());
    }

    /**
     * Becomes the program; returns only by an exception. The program is in the calling thread's namespaces, every other thread of this
     * process ends.
     *
     * @param program its file
     * @param words beginning with its name
     * @throws SystemCallException ENOEXEC for a file that is no program; EACCES for one that may not be run
     */
    public static void become(Path program, List<byte[]> words) {
        closeOwnFiles();
        Libc.unblock(SIGQUIT);
        Libc.execve(program.toString(), words, strings(Path.of("/proc/self/environ")));
    }

    /** The files that the JVM keeps open, and not all for itself alone: itself and what it is run from. */
    private static void closeOwnFiles() {
        Path home = Path.of(System.getProperty("java.home"));
        List<Path> classes = Arrays.stream(
                        System.getProperty("java.class.path", "").split(":", -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .toList();
        for (Path open : openFiles()) {
            try {
                Path file = Files.readSymbolicLink(open);
                boolean isOurs = file.startsWith(home)
                        || file.startsWith(real(home))
                        || file.toString().endsWith(".jar")
                        || classes.contains(file);
                if (isOurs) {
                    int number = Integer.parseInt(open.getFileName().toString());
                    Libc.fcntl(number, F_SETFD, Libc.fcntl(number, F_GETFD, 0) | FD_CLOEXEC);
                }
            } catch (IOException closedMeanwhile) {
                // As the list of them itself.
            }
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException unreadable) {
            return path;
        }
    }

    private static List<Path> openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot list this process's open files", unreadable);
        }
    }

    /** Each ends with a NUL. */
    private static List<byte[]> strings(Path file) {
        try {
            String all = Files.readString(file, StandardCharsets.ISO_8859_1);
            List<byte[]> strings = new ArrayList<>();
            for (int start = 0; start < all.length(); ) {
                int end = all.indexOf('\0', start);
                int stop = end < 0 ? all.length() : end;
                strings.add(all.substring(start, stop).getBytes(StandardCharsets.ISO_8859_1));
                start = stop + 1;
            }
            return strings;
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read " + file, unreadable);
        }
    }
}
