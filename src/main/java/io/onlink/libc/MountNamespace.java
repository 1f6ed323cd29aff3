package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A mount namespace that a file keeps, mount_namespaces(7): it needs no process, and lasts until {@link #delete}.
 * {@code nsenter --mount=FILE} enters it.
 *
 * @param directory where the file is, and nothing else
 */
public record MountNamespace(Path directory) {

    /** The file that keeps it. */
    public Path path() {
        return directory.resolve("mount");
    }

    /**
     * Makes a namespace with a copy of the caller's mounts, of which none is shared with the machine any more, and lets
     * {@code furnish} change them. May be called from any thread: the work is done on one of its own.
     *
     * @param directory is made, and becomes a mount of its own: the kernel refuses to keep a mount namespace where its
     *     file could propagate into itself
     * @param network the namespace whose {@code /sys} a sysfs mounted by {@code furnish} shows
     */
    public static MountNamespace create(Path directory, NetworkNamespace network, Runnable furnish) {
        MountNamespace namespace = new MountNamespace(directory);
        try {
            Files.createDirectory(directory);
            Libc.mount(directory.toString(), directory.toString(), "none", Libc.MS_BIND);
            Libc.mount("", directory.toString(), "none", Libc.MS_PRIVATE);
            Files.createFile(namespace.path());
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot create " + namespace.path(), refused);
        }
        try (Descriptor made = network.call(() -> {
            Libc.unshare(Libc.CLONE_NEWNS);
            Libc.mount("", "/", "none", Libc.MS_PRIVATE | Libc.MS_REC);
            furnish.run();
            return Libc.open("/proc/thread-self/ns/mnt", Libc.O_RDONLY, 0);
        })) {
            Libc.mount("/proc/self/fd/" + made.number(), namespace.path().toString(), "none", Libc.MS_BIND);
        }
        return namespace;
    }

    public boolean exists() {
        return Files.exists(path());
    }

    /**
     * Takes the file away, with its directory. The mounts inside go with the last process of the namespace. Does
     * nothing where {@link #create} was never called, and undoes one that did not get far.
     */
    public void delete() {
        Mounts.detachFrom(directory);
        try {
            Files.deleteIfExists(path());
            Files.deleteIfExists(directory);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot delete " + path(), refused);
        }
    }
}
