package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace, known by the file that keeps it: one of {@code ip netns}' own under {@code /run/netns}, a
 * process's {@code /proc/PID/ns/net}, or the sandbox of a container. The object holds nothing open: it stays valid as
 * long as the file is there, and needs no closing.
 *
 * <pre>{@code
 * NetworkNamespace lan = NetworkNamespace.create("lan");
 * NetlinkSocket socket = lan.call(NetlinkSocket::open); // belongs to lan from now on, whoever uses it
 * lan.delete();
 * }</pre>
 *
 * @param path the file, network_namespaces(7)
 */
public record NetworkNamespace(Path path) {
    private static final Path DIRECTORY = Path.of("/run/netns");
    private static final int WORLD_READABLE = 0444;
    private static final int SO_NETNS_COOKIE = 71;

    /** What {@link #call} runs inside. It may throw what it likes. */
    @FunctionalInterface
    public interface Task<T extends @Nullable Object, X extends Exception> {
        T run() throws X;
    }

    /** The namespace that {@code ip netns} knows under this name, whether or not it exists yet. */
    public static NetworkNamespace named(String name) {
        // As ip netns: the name is one file name, not a path out of the directory.
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("Not a name of a network namespace: \"" + name + "\"");
        }
        return new NetworkNamespace(DIRECTORY.resolve(name));
    }

    /**
     * Makes an empty namespace that lasts until {@link #delete}, as {@code ip netns add NAME} does: its loopback is
     * down. Needs CAP_SYS_ADMIN.
     *
     * @throws SystemCallException EEXIST where the name is taken
     */
    public static NetworkNamespace create(String name) {
        NetworkNamespace namespace = named(name);
        shareDirectory();
        String file = namespace.path.toString();
        Libc.open(file, Libc.O_RDONLY | Libc.O_CREAT | Libc.O_EXCL, WORLD_READABLE)
                .close();
        try {
            onOwnThread("create network namespace " + name, () -> {
                Libc.unshare(Libc.CLONE_NEWNET);
                Libc.mount("/proc/thread-self/ns/net", file, "none", Libc.MS_BIND);
                return namespace;
            });
        } catch (SystemCallException refused) {
            try {
                Files.deleteIfExists(namespace.path);
            } catch (IOException alsoRefused) {
                refused.addSuppressed(alsoRefused);
            }
            throw refused;
        }
        return namespace;
    }

    /**
     * Takes the name away, as {@code ip netns delete} does. What is inside goes when the last process, socket and
     * descriptor of the namespace has gone, which the kernel does in its own time: the far end of a veth may be seen
     * for a moment longer.
     *
     * @throws UncheckedIOException with a NoSuchFileException where there is no such name
     */
    public void delete() {
        try {
            Libc.umount2(path.toString(), Libc.MNT_DETACH);
        } catch (SystemCallException refused) {
            // EINVAL: not mounted, as after a crash between the two halves of create. The file is to go all the same.
            if (!refused.errno().equals(Errno.EINVAL) && !refused.errno().equals(Errno.ENOENT)) {
                throw refused;
            }
        }
        try {
            Files.delete(path);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot delete network namespace " + path, refused);
        }
    }

    public boolean exists() {
        return Files.exists(path);
    }

    /** Keeps the namespace alive until closed; what netlink wants to move a link into it. */
    public Descriptor open() {
        return Libc.open(path.toString(), Libc.O_RDONLY, 0);
    }

    /**
     * Runs the task inside the namespace and returns what it returns. The task has a platform thread of its own, which
     * ends with it: the caller's thread never moves, and no pool's thread is left in a wrong namespace.
     *
     * <p>Threads the task starts are born in the namespace and stay there. So it must not be the first to touch an
     * executor, an HTTP client or the common pool; a socket it opens belongs to the namespace for good, which is the
     * usual reason to call this.
     *
     * <p>May be called from any thread, a virtual one too. An interrupt of the caller is passed on to the task.
     */
    public <T extends @Nullable Object, X extends Exception> T call(Task<T, X> task) throws X {
        return onOwnThread("in " + path, () -> {
            try (Descriptor descriptor = open()) {
                Libc.setns(descriptor, Libc.CLONE_NEWNET);
            }
            return task.run();
        });
    }

    /**
     * Runs the task, as {@link #call} does, inside a namespace made for it. That goes again when the task has ended and
     * what it opened is closed. Needs CAP_SYS_ADMIN.
     */
    public static <T extends @Nullable Object, X extends Exception> T callInNew(Task<T, X> task) throws X {
        return onOwnThread("in a new network namespace", () -> {
            Libc.unshare(Libc.CLONE_NEWNET);
            return task.run();
        });
    }

    /**
     * The number by which the kernel tells the namespace of the calling thread from every other of this boot, ended ones too, whereas that
     * of its file is given out again ({@code SO_NETNS_COOKIE}, include/uapi/asm-generic/socket.h). Empty before Linux 5.14.
     */
    public static OptionalLong cookieOfThisThread() {
        try (Descriptor socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0)) {
            return OptionalLong.of(Libc.getsockopt(socket, Libc.SOL_SOCKET, SO_NETNS_COOKIE));
        } catch (SystemCallException refused) {
            if (refused.errno().equals(Errno.ENOPROTOOPT)) {
                return OptionalLong.empty();
            }
            throw refused;
        }
    }

    @Override
    public String toString() {
        return path.startsWith(DIRECTORY) ? path.getFileName().toString() : path.toString();
    }

    static <T extends @Nullable Object, X extends Exception> T onOwnThread(String name, Task<T, X> task) throws X {
        FutureTask<T> future = new FutureTask<>(task::run);
        Thread thread = Thread.ofPlatform()
                .name(name)
                .inheritInheritableThreadLocals(false)
                .start(future);
        try {
            return await(future, thread);
        } catch (ExecutionException failed) {
            throw NetworkNamespace.<X>thrownBy(task, failed);
        }
    }

    private static <T extends @Nullable Object> T await(FutureTask<T> future, Thread thread) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException toPassOn) {
                    interrupted = true;
                    thread.interrupt();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What a task throws is unchecked, an error, or an X: the compiler saw to it that there is nothing else. */
    @SuppressWarnings("unchecked")
    private static <X extends Exception> X thrownBy(Task<?, X> task, ExecutionException failed) {
        Throwable cause = failed.getCause();
        return switch (cause) {
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            case Exception checked -> (X) checked;
            case null, default -> throw new AssertionError(task + " failed without a cause", failed);
        };
    }

    /** As ip netns: mounts made under the directory are seen in other mount namespaces too, and are undone there too. */
    private static void shareDirectory() {
        try {
            Files.createDirectories(DIRECTORY);
        } catch (FileAlreadyExistsException notDirectory) {
            throw new UncheckedIOException(DIRECTORY + " is not a directory", notDirectory);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot create " + DIRECTORY, refused);
        }
        String directory = DIRECTORY.toString();
        // Two at once would mount the directory over itself twice, and one would hide what the other had made.
        try (Descriptor lock = Libc.open(directory, Libc.O_RDONLY, 0)) {
            Libc.flock(lock, Libc.LOCK_EX);
            try {
                Libc.mount("", directory, "none", Libc.MS_SHARED | Libc.MS_REC);
            } catch (SystemCallException notMountPoint) {
                if (!notMountPoint.errno().equals(Errno.EINVAL)) {
                    throw notMountPoint;
                }
                Libc.mount(directory, directory, "none", Libc.MS_BIND | Libc.MS_REC);
                Libc.mount("", directory, "none", Libc.MS_SHARED | Libc.MS_REC);
            }
        }
    }
}
