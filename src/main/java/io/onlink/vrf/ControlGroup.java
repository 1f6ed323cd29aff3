package io.onlink.vrf;

import io.onlink.failure.KernelException;
import io.onlink.failure.UnsupportedException;
import io.onlink.libc.Errno;
import io.onlink.libc.SocketBinding;
import io.onlink.libc.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A control group of version 2, cgroups(7): beside the machine's version 1, or alone.
 *
 * @param directory in the cgroup2 file system as it is mounted here
 */
public record ControlGroup(Path directory) {
    /** What the names of those begin with in which {@code vrf exec} runs programs. */
    private static final String PREFIX = "onlink-vrf-";

    /** In which systemd runs what prepares a service that has groups of its own below (Delegate=). */
    private static final String PREPARING = ".control";

    private static final String MEMBERS = "cgroup.procs";

    /** How often one that was removed at once is made again. */
    private static final int ATTEMPTS = 10;

    /** A line of proc_pid_mountinfo(5): what of the file system is mounted, and where. */
    private record Mount(Path root, Path point) {}

    /**
     * That of a process.
     *
     * @param process its number, or {@code self}
     * @throws UnsupportedException where no cgroup2 file system is mounted, or not the part of it that the process is in
     * @throws NoSuchFileException if the process has ended
     */
    public static ControlGroup of(String process) throws IOException {
        Path path = Files.readAllLines(Path.of("/proc", process, "cgroup")).stream()
                .filter(line -> line.startsWith("0::/"))
                .map(line -> Path.of(line.substring("0::".length())))
                .findFirst()
                .orElseThrow(
                        () -> new UnsupportedException(
                                "this kernel has no control groups of version 2 (CONFIG_CGROUPS, cgroup2), by which a program's sockets are bound to a VRF"));
        return mounts().stream()
                .filter(mount -> path.startsWith(mount.root()))
                .map(mount ->
                        new ControlGroup(mount.point().resolve(mount.root().relativize(path))))
                .filter(group -> Files.exists(group.directory().resolve(MEMBERS)))
                .findFirst()
                .orElseThrow(() -> new UnsupportedException(
                        "no cgroup2 file system is mounted that shows control group %s, by which a program's sockets are bound to a VRF; systemd mounts one where it is told systemd.unified_cgroup_hierarchy=1, and by hand it is: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
                                .formatted(path)));
    }

    /** This process's own. */
    static ControlGroup ofThisProcess() {
        try {
            return of("self");
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read /proc/self/cgroup", unreadable);
        }
    }

    private static List<Mount> mounts() throws IOException {
        // 36 35 0:30 /root /mount/point options - cgroup2 cgroup2 rw
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(" - cgroup2 "))
                .map(line -> line.split(" ", -1))
                .map(fields -> new Mount(Path.of(fields[3]), Path.of(fields[4])))
                .toList();
    }

    /** The one in which programs of a VRF run that were started from here: below this, so that whoever ends this ends them. */
    ControlGroup ofVrf(String vrf) {
        return new ControlGroup(starting().directory().resolve(PREFIX + vrf));
    }

    /** From a program in a VRF: where that was started from. */
    private ControlGroup starting() {
        return isOfAVrf() ? parent() : this;
    }

    private ControlGroup parent() {
        Path parent = directory.getParent();
        if (parent == null) {
            throw new IllegalStateException(directory + " is no control group's directory");
        }
        return new ControlGroup(parent);
    }

    private boolean isOfAVrf() {
        return name().startsWith(PREFIX);
    }

    private String name() {
        return String.valueOf(directory.getFileName());
    }

    /** The service's, where systemd runs this to prepare the service (ExecStartPre=). */
    ControlGroup ofService() {
        return name().equals(PREPARING) ? parent() : this;
    }

    /** Whether it is all processes': what is bound there binds the machine. */
    boolean isEverybodys() {
        return !Files.exists(directory.resolve("cgroup.type"));
    }

    /**
     * Makes it, bound to a link, and moves this process into it. One that is there is taken, bound to that link.
     *
     * @throws UnsupportedException where the kernel cannot bind
     */
    void enter(int linkIndex) {
        for (int attempt = 1; ; attempt++) {
            try {
                make();
                bind(linkIndex);
                Files.writeString(
                        directory.resolve(MEMBERS),
                        Long.toString(ProcessHandle.current().pid()));
                return;
            } catch (NoSuchFileException removed) {
                // By another one's sweeping, before we were in it.
                if (attempt == ATTEMPTS) {
                    throw new UncheckedIOException("Cannot enter " + directory, removed);
                }
            } catch (IOException refused) {
                remove();
                boolean isForbidden = refused instanceof AccessDeniedException;
                throw new KernelException(
                        "enter control group " + directory,
                        isForbidden ? Errno.EACCES.number() : 0,
                        isForbidden ? "it needs root" : String.valueOf(refused.getMessage()),
                        refused);
            } catch (RuntimeException refused) {
                remove();
                throw refused;
            }
        }
    }

    private void make() throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException found) {
            // Another program of the VRF was started from here.
        }
    }

    /**
     * Binds the sockets that its processes make from now on.
     *
     * @throws UnsupportedException where the kernel cannot
     */
    public void bind(int linkIndex) {
        try {
            SocketBinding.bind(directory, linkIndex);
        } catch (SystemCallException refused) {
            throw explained(refused);
        }
    }

    /** Binds them no more. */
    public void release() {
        try {
            SocketBinding.release(directory);
        } catch (SystemCallException refused) {
            throw explained(refused);
        }
    }

    /** The link that this very group was bound to. */
    public OptionalInt link() {
        try {
            return SocketBinding.of(directory);
        } catch (SystemCallException refused) {
            throw explained(refused);
        }
    }

    private RuntimeException explained(SystemCallException refused) {
        if (refused.errno().equals(Errno.EPERM)) {
            return new KernelException(
                    "bind the sockets of control group " + directory,
                    refused.errno().number(),
                    refused.getMessage()
                            + "; it needs root, and no program on a group above that allows no other ('bpftool cgroup tree' shows them)");
        }
        return new UnsupportedException(
                "this kernel cannot bind the sockets of a control group (CONFIG_CGROUP_BPF, Linux 4.15; %s): a program cannot be put into a VRF on it"
                        .formatted(refused.getMessage()),
                refused);
    }

    /** Removes it if it is empty. */
    private void remove() {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException inUse) {
            // Then it is somebody else's to remove.
        }
    }

    /** Removes those below the file system's roots in which no program of a VRF is left. */
    public static void sweep() {
        try {
            for (Mount mount : mounts()) {
                sweep(mount.point());
            }
        } catch (IOException unreadable) {
            // Nothing is harmed by an empty one.
        }
    }

    private static void sweep(Path root) {
        try (Stream<Path> all = Files.find(root, Integer.MAX_VALUE, (path, file) -> file.isDirectory())) {
            all.map(ControlGroup::new).filter(ControlGroup::isOfAVrf).forEach(ControlGroup::remove);
        } catch (IOException | UncheckedIOException changing) {
            // Groups come and go while they are walked through: the next time.
        }
    }
}
