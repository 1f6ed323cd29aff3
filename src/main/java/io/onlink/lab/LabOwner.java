package io.onlink.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The process that a lab is for, and that takes it away at its end. A lock on a file says that it lives: the kernel drops it with
 * the process, whatever kills that, and no number of a process is taken for another's.
 */
final class LabOwner implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    private LabOwner(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** This process, until closed. */
    static LabOwner thisProcess(Path file) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            // Held as long as the channel is open.
            channel.lock();
            return new LabOwner(file, channel);
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot lock " + file, refused);
        }
    }

    /**
     * Does something where the owner is dead beyond doubt; nothing where there is no file that tells of one. Not for an owner in
     * this process, whose lock would be lost by looking at it (fcntl(2)).
     */
    static void ifDead(Path file, Runnable heir) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            FileLock free = channel.tryLock();
            if (free != null) {
                heir.run();
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException ended) {
            // By itself, meanwhile.
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot look at " + file, refused);
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        try (channel) {
            if (channel.isOpen()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException refused) {
            throw new UncheckedIOException("Cannot delete " + file, refused);
        }
    }
}
