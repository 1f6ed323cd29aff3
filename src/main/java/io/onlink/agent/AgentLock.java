package io.onlink.agent;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** That there is one agent for a run directory. A process that is killed lets go of it. */
final class AgentLock implements AutoCloseable {
    private final FileChannel channel;

    private AgentLock(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws ConfigurationException if another agent has it */
    static AgentLock take(Path runDirectory) {
        Path file = runDirectory.resolve("agent.pid");
        try {
            Files.createDirectories(runDirectory);
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                String holder = Files.readString(file).strip();
                channel.close();
                throw new ConfigurationException(
                        "an agent runs already (pid %s, it holds %s): stop it first, or give this one another --run-dir"
                                .formatted(holder, file));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new AgentLock(channel);
        } catch (IOException refused) {
            throw new ConfigurationException("lock %s: %s".formatted(file, refused), refused);
        }
    }

    /** Whether somebody has it now. */
    static boolean isTaken(Path runDirectory) {
        Path file = runDirectory.resolve("agent.pid");
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return lock(channel) == null;
        } catch (IOException refused) {
            throw new ConfigurationException("look at %s: %s".formatted(file, refused), refused);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException ours) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException refused) {
            throw new ConfigurationException("let go of the agent's lock: " + refused, refused);
        }
    }
}
