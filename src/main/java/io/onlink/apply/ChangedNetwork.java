package io.onlink.apply;

import io.onlink.kernel.NamespaceCookie;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which network a change is made in. As text, as journals have it, the three with a space between.
 *
 * @param boot which boot of the kernel (random(4), boot_id)
 * @param namespace which network namespace of it: {@code net:[4026531840]}, network_namespaces(7); the number is given out again
 * @param cookie which of all that had the number; empty before Linux 5.14, and in journals of an older Onlink
 */
record ChangedNetwork(String boot, String namespace, OptionalLong cookie) {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");
    private static final Path PROCESSES = Path.of("/proc");
    private static final Path MOUNTS = Path.of("/proc/thread-self/mountinfo");
    private static final int ROOT = 3;
    private static final int FILE = 4;

    static ChangedNetwork ofThisThread() {
        try {
            return new ChangedNetwork(
                    bootOfThisKernel(), Files.readSymbolicLink(NAMESPACE).toString(), NamespaceCookie.ofThisThread());
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + NAMESPACE, e);
        }
    }

    static String bootOfThisKernel() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + BOOT_ID, e);
        }
    }

    static ChangedNetwork parse(String text) {
        String[] parts = text.split(" ", 3);
        return new ChangedNetwork(
                parts[0],
                parts.length > 1 ? parts[1] : "",
                parts.length > 2 ? OptionalLong.of(Long.parseLong(parts[2])) : OptionalLong.empty());
    }

    /** Whether the two are one, as far as both know. */
    boolean is(ChangedNetwork other) {
        return boot.equals(other.boot)
                && namespace.equals(other.namespace)
                && (cookie.isEmpty() || other.cookie.isEmpty() || cookie.equals(other.cookie));
    }

    /**
     * Whether this boot still has the namespace: a process is in it, or a file of this mount namespace keeps it, as those of
     * {@code ip netns} do. A container's is gone when the container was restarted.
     */
    boolean isStillThere() {
        Optional<Path> place = keepingFile().or(this::processInside);
        if (place.isEmpty() || cookie.isEmpty()) {
            return place.isPresent();
        }
        OptionalLong there = NamespaceCookie.of(place.get());
        return there.isEmpty() || there.equals(cookie);
    }

    /** What keeps the namespace that has the number now. */
    private Optional<Path> keepingFile() {
        try {
            // Of proc_pid_mountinfo(5) the fourth field is the namespace, the fifth the file, in any encoding.
            return Files.readString(MOUNTS, StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(mount -> mount.split(" "))
                    .filter(mount -> mount.length > FILE && mount[ROOT].equals(namespace))
                    .map(mount -> Path.of(mount[FILE]))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + MOUNTS, e);
        }
    }

    /** Who is in the namespace that has the number now. */
    private Optional<Path> processInside() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                if (isIn(process)) {
                    return Optional.of(process.resolve("ns/net"));
                }
            }
            return Optional.empty();
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
        return boot + " " + namespace + (cookie.isPresent() ? " " + cookie.getAsLong() : "");
    }
}
