package io.onlink.lab;

import io.onlink.failure.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The processes that live in a lab: in the network namespace of a member, or among mounts of its host's disk, as an
 * engine's containers do. Found by what they are in, not by who started them.
 *
 * @param networks the files of the members' network namespaces
 * @param disk of the lab's host
 */
record Residents(List<Path> networks, Path disk) {
    private static final int ATTEMPTS = 100;

    /**
     * Kills them all and waits until they are gone. The calling process is never among them.
     *
     * @throws KernelException if one does not go
     */
    void kill() {
        List<ProcessHandle> remaining = List.of();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            remaining = find();
            if (remaining.isEmpty()) {
                return;
            }
            remaining.forEach(ProcessHandle::destroyForcibly);
            pause();
        }
        throw new KernelException(
                "ending the processes in the lab",
                0,
                "still there after SIGKILL: "
                        + remaining.stream().map(ProcessHandle::pid).toList());
    }

    /** What cannot be looked at is nobody's resident: a wrong guess here would kill the machine's own processes. */
    List<ProcessHandle> find() {
        Set<Object> inside =
                networks.stream().flatMap(network -> identity(network).stream()).collect(Collectors.toSet());
        // Whatever happens to the files of the members, the machine itself is not part of the lab.
        identity(Path.of("/proc/self/ns/net")).ifPresent(inside::remove);
        Optional<Object> machine = identity(Path.of("/proc/self/ns/mnt"));
        Set<Long> spared = new HashSet<>(Set.of(1L));
        for (Optional<ProcessHandle> own = Optional.of(ProcessHandle.current());
                own.isPresent();
                own = own.get().parent()) {
            spared.add(own.get().pid());
        }
        return ProcessHandle.allProcesses()
                .filter(process -> !spared.contains(process.pid()))
                .filter(process -> {
                    Path directory = Path.of("/proc", Long.toString(process.pid()));
                    Optional<Object> network = identity(directory.resolve("ns/net"));
                    Optional<Object> mounts = identity(directory.resolve("ns/mnt"));
                    return network.filter(inside::contains).isPresent()
                            || (mounts.isPresent()
                                    && machine.isPresent()
                                    && !mounts.equals(machine)
                                    && mountsDisk(directory));
                })
                .toList();
    }

    /**
     * A container has its own root and its own mounts, but some are files of the disk: its {@code /etc/hosts} for one.
     * Nothing of the disk is mounted outside the lab. Paths in there begin at the root of the file system, which may be
     * mounted on {@code /var} or {@code /var/tmp}.
     */
    private boolean mountsDisk(Path process) {
        String end = "/" + disk.subpath(disk.getNameCount() - 2, disk.getNameCount()) + "/";
        try {
            return Files.readString(process.resolve("mountinfo")).contains(end);
        } catch (IOException gone) {
            return false;
        }
    }

    /** Device and inode of a namespace; empty where the process has gone, or may not be looked at. */
    private static Optional<Object> identity(Path namespace) {
        try {
            Object device = Files.getAttribute(namespace, "unix:dev");
            return Optional.of(List.of(device, Files.getAttribute(namespace, "unix:ino")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
