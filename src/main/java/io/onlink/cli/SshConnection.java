package io.onlink.cli;

import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Both ends of an ssh connection, as sshd(8) puts them into SSH_CONNECTION; link-local ones without their zone. */
record SshConnection(IpAddress client, int clientPort, IpAddress server, int serverPort) {
    private static final List<Path> TABLES = List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));
    private static final String ESTABLISHED = "01";
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    /** Empty where it is none: it may have been set by anybody. */
    static Optional<SshConnection> parse(String text) {
        String[] words = text.split(" ", -1);
        if (words.length != 4) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SshConnection(
                    address(words[0]), Integer.parseInt(words[1]), address(words[2]), Integer.parseInt(words[3])));
        } catch (IllegalArgumentException notAConnection) {
            return Optional.empty();
        }
    }

    private static IpAddress address(String text) {
        return IpAddress.parse(text.split("%", 2)[0]);
    }

    /**
     * The process id of the oldest that holds this end of the connection: sshd(8) forks it for each connection, and what it
     * forks itself for the session came later. Empty where the connection is no more.
     */
    Optional<Long> holder() {
        return inode().flatMap(inode -> {
            String socket = "socket:[" + inode + "]";
            return ProcessHandle.allProcesses()
                    .filter(process -> holds(process.pid(), socket))
                    .min((one, other) -> one.info()
                            .startInstant()
                            .flatMap(start -> other.info().startInstant().map(start::compareTo))
                            .orElse(0))
                    .map(ProcessHandle::pid);
        });
    }

    /** Whether the calling thread's network namespace has it now. */
    boolean isAlive() {
        return inode().isPresent();
    }

    private static boolean holds(long pid, String socket) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.readSymbolicLink(descriptor).toString().equals(socket)) {
                    return true;
                }
            }
            return false;
        } catch (IOException goneOrNotOurs) {
            return false;
        }
    }

    private Optional<String> inode() {
        return TABLES.stream()
                .flatMap(table -> rows(table).stream())
                .filter(this::isOurs)
                .map(row -> row[9])
                .findFirst();
    }

    private static List<String[]> rows(Path table) {
        try {
            return Files.readAllLines(table).stream()
                    .skip(1)
                    .map(line -> line.strip().split(" +", -1))
                    .filter(row -> row.length > 9)
                    .toList();
        } catch (IOException without) {
            // A kernel without IPv6 has no table for it.
            return List.of();
        }
    }

    /** proc_pid_net(5): sl, local_address, rem_address, st, … inode. */
    private boolean isOurs(String[] row) {
        return row[3].equals(ESTABLISHED) && isEnd(row[1], server, serverPort) && isEnd(row[2], client, clientPort);
    }

    private static boolean isEnd(String text, IpAddress ip, int port) {
        String[] parts = text.split(":", 2);
        return Integer.parseInt(parts[1], 16) == port && fromTable(parts[0]).equals(ip);
    }

    /** Words of 32 bits in the order of the processor. */
    static IpAddress fromTable(String hex) {
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            bytes.putInt(words.getInt());
        }
        byte[] address = bytes.array();
        boolean isMapped = address.length == 16 && Arrays.equals(address, 0, MAPPED.length, MAPPED, 0, MAPPED.length);
        return IpAddress.of(isMapped ? Arrays.copyOfRange(address, MAPPED.length, 16) : address);
    }
}
