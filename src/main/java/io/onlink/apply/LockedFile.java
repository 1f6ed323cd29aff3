package io.onlink.apply;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A file that one holds, of all threads of all processes; the kernel lets go of it with the process (fcntl(2)). */
final class LockedFile implements AutoCloseable {
    /** Of this process, by real path. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final FileChannel channel;
    private final Path held;
    private boolean closed;

    private LockedFile(FileChannel channel, Path held) {
        this.channel = channel;
        this.held = held;
    }

    /**
     * Made if it is not there; its directory has to be.
     *
     * @return empty if somebody else holds it
     * @throws IOException if it cannot be written
     */
    static Optional<LockedFile> take(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path name = file.getFileName();
        if (directory == null || name == null) {
            throw new IOException(file + " is no file");
        }
        Path real = directory.toRealPath().resolve(name);
        // Asked first: where the file is opened a second time and closed, the kernel takes this process's lock away,
        // though
        // the first is still open (fcntl(2), "Advisory record locking").
        if (!HELD.add(real)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            taken = channel.tryLock() != null;
            return taken ? Optional.of(new LockedFile(channel, real)) : Optional.empty();
        } finally {
            if (!taken) {
                if (channel != null) {
                    channel.close();
                }
                HELD.remove(real);
            }
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            HELD.remove(held);
        }
    }
}
