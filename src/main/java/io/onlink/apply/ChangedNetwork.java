package io.onlink.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which network a change is made in. As text, as journals have it, the two with a space between.
 *
 * @param boot which boot of the kernel (random(4), boot_id)
 * @param namespace which network namespace of it: {@code net:[4026531840]}, network_namespaces(7)
 */
record ChangedNetwork(String boot, String namespace) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");
    private static final Path PROCESSES = Path.of("/proc");
    private static final Path MOUNTS = Path.of("/proc/thread-self/mountinfo");

    static ChangedNetwork ofThisThread() {
        try {
            return new ChangedNetwork(
                    Files.readString(BOOT_ID).strip(),
                    Files.readSymbolicLink(NAMESPACE).toString());
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + BOOT_ID + " and " + NAMESPACE, e);
        }
    }

    static ChangedNetwork parse(String text) {
        int space = text.lastIndexOf(' ');
        return space < 0
                ? new ChangedNetwork(text, "")
                : new ChangedNetwork(text.substring(0, space), text.substring(space + 1));
    }

    /**
     * Whether this boot still has the namespace: a process is in it, or a file of this mount namespace keeps it, as those of
     * {@code ip netns} do. A container's is gone when the container was restarted.
     */
    boolean isStillThere() {
        return isKeptByAFile() || isAProcessIn();
    }

    private boolean isKeptByAFile() {
        try {
            // The fourth field, proc_pid_mountinfo(5); paths may be in any encoding.
            return Files.readString(MOUNTS, StandardCharsets.ISO_8859_1)
                    .lines()
                    .anyMatch(mount -> mount.contains(" " + namespace + " "));
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + MOUNTS, e);
        }
    }

    private boolean isAProcessIn() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                if (isIn(process)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException e) {
            throw new UncheckedIOException("reading " + PROCESSES, new IOException(e));
        }
    }

    private boolean isIn(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/net")).toString().equals(namespace);
        } catch (IOException endedMeanwhile) {
            return false;
        }
    }

    @Override
    public String toString() {
        return boot + " " + namespace;
    }
}
