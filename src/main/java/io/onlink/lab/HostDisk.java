package io.onlink.lab;

import io.onlink.libc.MountNamespace;
import io.onlink.libc.Mounts;
import io.onlink.libc.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of the lab's host: the machine's own, with a {@code /run} that starts empty, a {@code /sys} that shows the
 * host's namespace, and {@code /etc} and {@code /var} whose changes stay in the lab. What Docker and Onlink keep is not
 * the machine's at all, so a host that runs both can rehearse on itself.
 *
 * @param directory what outlives a reboot of the host; on disk, because an engine's images go there
 */
record HostDisk(Path directory) {
    private static final Path RUN = Path.of("/run");
    private static final Path SYS = Path.of("/sys");
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");
    private static final List<Path> CHANGED = List.of(Path.of("/etc"), Path.of("/var"));
    private static final Path HOST_FILE_DIRECTORY = Path.of("/etc/onlink");
    private static final List<Path> OWN = List.of(
            HOST_FILE_DIRECTORY,
            Path.of("/etc/docker"),
            Path.of("/var/lib/onlink"),
            Path.of("/var/lib/docker"),
            Path.of("/var/lib/containerd"));

    /** Makes what there is to be on it before the host runs for the first time. */
    void make(byte[] hostFile) {
        try {
            for (Path changed : CHANGED) {
                Files.createDirectories(changes(changed));
                Files.createDirectories(work(changed));
            }
            for (Path own : OWN) {
                Files.createDirectories(own(own));
            }
            Files.write(own(HOST_FILE_DIRECTORY).resolve("host.yaml"), hostFile);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot make the disk of the lab's host in " + directory, refused);
        }
    }

    /** Makes the mount namespace in which all this is so: for the first time, and after each loss of power. */
    MountNamespace mount(Path namespaceDirectory, NetworkNamespace network) {
        return MountNamespace.create(namespaceDirectory, network, this::furnish);
    }

    private void furnish() {
        try {
            // Copies of mounts there would keep other labs' namespaces alive after their end.
            Mounts.detachFrom(RUN);
            Mounts.tmpfs(RUN);
            Files.createDirectory(RUN.resolve("lock"));

            // A new sysfs has no cgroups, and without them no engine starts.
            Path cgroups = Files.createDirectory(RUN.resolve("cgroup"));
            Mounts.bind(CGROUP, cgroups);
            Mounts.sysfs(SYS);
            Mounts.move(cgroups, CGROUP);
            Files.delete(cgroups);

            // Bound before /var is covered: through the cover they would be files of an overlay, on which no engine can
            // make another.
            Path aside = Files.createDirectory(RUN.resolve("own"));
            for (Path own : OWN) {
                Mounts.bind(own(own), Files.createDirectories(below(aside, own)));
            }
            for (Path changed : CHANGED) {
                Mounts.overlay(changed, changes(changed), work(changed));
            }
            for (Path own : OWN) {
                Mounts.move(below(aside, own), Files.createDirectories(own));
            }
            delete(aside);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot furnish the lab's host", refused);
        }
    }

    /** Deletes all of it. Nothing of it may be in use any more. */
    void delete() {
        try {
            delete(directory);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot delete " + directory, refused);
        }
    }

    private Path changes(Path path) {
        return below(directory.resolve("changes"), path);
    }

    private Path work(Path path) {
        return below(directory.resolve("work"), path);
    }

    private Path own(Path path) {
        return below(directory.resolve("own"), path);
    }

    private static Path below(Path directory, Path path) {
        return directory.resolve(Path.of("/").relativize(path));
    }

    /** Follows no symbolic link. */
    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
