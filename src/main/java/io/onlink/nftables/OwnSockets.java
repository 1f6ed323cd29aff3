package io.onlink.nftables;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The netlink sockets of this process: a library does not tell which it opened, the kernel does (proc_net(5)). */
final class OwnSockets {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path NETLINK = Path.of("/proc/thread-self/net/netlink");

    private OwnSockets() {}

    /** The port ids of those of a protocol, in the calling thread's network namespace. */
    static Set<Integer> portIds(int protocol) {
        Set<String> inodes = inodes();
        try (Stream<String> lines = Files.lines(NETLINK)) {
            // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
            return lines.skip(1)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(fields -> fields[1].equals(String.valueOf(protocol)) && inodes.contains(fields[9]))
                    .map(fields -> Integer.parseUnsignedInt(fields[2]))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read " + NETLINK, unreadable);
        }
    }

    private static Set<String> inodes() {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            descriptors.forEach(descriptor -> {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (IOException closedMeanwhile) {
                    // Not one of those asked for.
                }
            });
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot read " + DESCRIPTORS, unreadable);
        }
        return inodes;
    }
}
