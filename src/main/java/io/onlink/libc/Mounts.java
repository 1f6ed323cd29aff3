package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Changes the mounts of the calling thread's mount namespace (mount(2)). Made for {@link MountNamespace#create}, whose
 * thread has a namespace of its own, and for {@link #unshare}: elsewhere it changes the machine.
 */
public final class Mounts {
    private Mounts() {}

    /**
     * From now on the calling thread has mounts of its own: it still sees what others mount later, and nobody else what it mounts. A
     * program that it becomes has them too.
     */
    public static void unshare() {
        Libc.unshare(Libc.CLONE_NEWNS);
        Libc.mount("", "/", "none", Libc.MS_SLAVE | Libc.MS_REC);
    }

    /** Shows a file in the place of another, wherever links lead from there. Both must exist. */
    public static void cover(Path file, Path with) {
        Libc.mount(with.toString(), file.toString(), "none", Libc.MS_BIND);
    }

    /** Shows a directory at another place too, with what is mounted below it. Both must exist. */
    public static void bind(Path source, Path target) {
        Libc.mount(source.toString(), target.toString(), "none", Libc.MS_BIND | Libc.MS_REC);
    }

    /** Moves a mount, with those below it, to another directory. */
    public static void move(Path source, Path target) {
        Libc.mount(source.toString(), target.toString(), "none", Libc.MS_MOVE);
    }

    /** An empty file system in memory. */
    public static void tmpfs(Path target) {
        Libc.mount("tmpfs", target.toString(), "tmpfs", 0, "mode=0755");
    }

    /** The calling thread's network namespace as {@code /sys/class/net} shows it (sysfs(5)). */
    public static void sysfs(Path target) {
        Libc.mount("sysfs", target.toString(), "sysfs", 0);
    }

    /**
     * A directory over itself: it reads as it is, and what is written goes to {@code changes}.
     *
     * @param changes a directory outside memory, kept for the next time
     * @param work an empty directory on the same file system, for the kernel
     */
    public static void overlay(Path directory, Path changes, Path work) {
        String data = "lowerdir=%s,upperdir=%s,workdir=%s".formatted(directory, changes, work);
        Libc.mount("overlay", directory.toString(), "overlay", 0, data);
    }

    /** Takes away all that is mounted below a directory, and on it. */
    public static void detachFrom(Path directory) {
        for (Path mount : mounts().reversed()) {
            if (mount.startsWith(directory)) {
                detach(mount);
            }
        }
    }

    /** What others mount and take away meanwhile reaches us too: a mount that has gone since is as good as detached. */
    private static void detach(Path mount) {
        try {
            Libc.umount2(mount.toString(), Libc.MNT_DETACH);
        } catch (SystemCallException refused) {
            if (!Set.of(Errno.EINVAL, Errno.ENOENT).contains(refused.errno())) {
                throw refused;
            }
        }
    }

    /** Mount points in the order of their making. */
    private static List<Path> mounts() {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/mountinfo")).stream()
                    .map(line -> Path.of(unescaped(line.split(" ", -1)[4])))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read this thread's mounts", unreadable);
        }
    }

    /** proc_pid_mountinfo(5): space, tab, newline and backslash are written in octal. */
    private static String unescaped(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
