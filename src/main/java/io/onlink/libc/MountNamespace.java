package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A mount namespace that a file keeps, mount_namespaces(7): it needs no process, and lasts until {@link #delete}.
 * {@code nsenter --mount=FILE} enters it.
 *
 * @param directory where the file is, and nothing else
 */
public record MountNamespace(Path directory) {
    /** As many as Linux can be built for (CONFIG_NR_CPUS). */
    private static final int CPUS = 8192;

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
        try (Descriptor made = namespace.keepNew()) {
            var _ = network.call(() -> {
                Libc.unshare(Libc.CLONE_FS);
                Libc.setns(made, Libc.CLONE_NEWNS);
                Libc.mount("", "/", "none", Libc.MS_PRIVATE | Libc.MS_REC);
                furnish.run();
                return namespace;
            });
        }
        return namespace;
    }

    /**
     * The kernel lets a file keep a namespace only if its number is greater than that of the caller's own, so that none
     * keeps itself (fs/namespace.c, mnt_ns_loop). Since Linux 6.18 each CPU gives numbers from a range of its own
     * (kernel/nstree.c): in a container it is refused by chance, and then the other CPUs are asked in turn. The one on
     * which the caller's namespace was made gives a greater number for sure.
     */
    private Descriptor keepNew() {
        Optional<Descriptor> kept = tryToKeepNew(() -> {});
        for (int cpu = 0; kept.isEmpty() && cpu < CPUS; cpu++) {
            int next = cpu;
            try {
                kept = tryToKeepNew(() -> Libc.runOn(next));
            } catch (SystemCallException notOurs) {
                if (!notOurs.errno().equals(Errno.EINVAL)) {
                    throw notOurs;
                }
            }
        }
        return kept.orElseThrow(() -> new IllegalStateException(
                "The kernel keeps no new mount namespace in %s, on no CPU that this process may use"
                        .formatted(path())));
    }

    private Optional<Descriptor> tryToKeepNew(Runnable before) {
        Descriptor made = NetworkNamespace.onOwnThread("in a new mount namespace", () -> {
            before.run();
            Libc.unshare(Libc.CLONE_NEWNS);
            return Libc.open("/proc/thread-self/ns/mnt", Libc.O_RDONLY, 0);
        });
        try {
            Libc.mount("/proc/self/fd/" + made.number(), path().toString(), "none", Libc.MS_BIND);
            return Optional.of(made);
        } catch (SystemCallException refused) {
            made.close();
            if (refused.errno().equals(Errno.EINVAL)) {
                return Optional.empty();
            }
            throw refused;
        }
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
