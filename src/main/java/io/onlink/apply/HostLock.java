package io.onlink.apply;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps every other writer of the host away until closed: who has the same {@code --state-dir}, and who has another one, but
 * would change the same network. A process that dies lets go of it.
 */
public final class HostLock implements AutoCloseable {
    private static final Path NAMESPACE = Path.of("/proc/thread-self/ns/net");
    private static final Path RUN = Path.of("/run");
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final StateDirectory.@Nullable Lock directory;
    private final @Nullable LockedFile network;

    private HostLock(StateDirectory.@Nullable Lock directory, @Nullable LockedFile network) {
        this.directory = directory;
        this.network = network;
    }

    /**
     * For the network namespace of the calling thread.
     *
     * @return empty if somebody else is at work
     * @throws ConfigurationException if the directory cannot be written
     */
    public static Optional<HostLock> tryTake(StateDirectory directory) {
        Optional<StateDirectory.Lock> own = directory.tryLock();
        if (own.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<LockedFile> network = takeNetwork();
            if (network.isPresent()) {
                return Optional.of(new HostLock(own.get(), network.get()));
            }
            own.get().close();
            return Optional.empty();
        } catch (AccessDeniedException notRoot) {
            // Then the kernel lets nothing be changed either, and says so better.
            return Optional.of(new HostLock(own.get(), null));
        } catch (IOException e) {
            own.get().close();
            throw unusable(e);
        }
    }

    /**
     * As {@link #tryTake}, for whoever takes a change back: a disk that turned read-only, or is broken, must not keep him from it.
     * Where the directory's lock cannot be taken for that, the network's alone is.
     */
    static Optional<HostLock> tryTakeToGoBack(StateDirectory directory) {
        try {
            return tryTake(directory);
        } catch (ConfigurationException unwritable) {
            try {
                return takeNetwork().map(network -> new HostLock(null, network));
            } catch (IOException alsoRefused) {
                unwritable.addSuppressed(alsoRefused);
                throw unwritable;
            }
        }
    }

    private static Optional<LockedFile> takeNetwork() throws IOException {
        String namespace = Files.readSymbolicLink(NAMESPACE).toString();
        return LockedFile.take(RUN.resolve("onlink-" + namespace.replaceAll("[^a-z0-9]+", "-") + "lock"));
    }

    private static ConfigurationException unusable(IOException e) {
        String reason = e instanceof FileSystemException file ? file.getReason() : null;
        return new ConfigurationException(
                "locking the host in %s: %s".formatted(RUN, reason == null ? e.getMessage() : reason), e);
    }

    /**
     * Waits for somebody else to end: the agent's repairs take a moment.
     *
     * @param patience for how long
     * @param waiting told once, if there is something to wait for
     * @throws ConfigurationException if somebody else is at work all the while, or the directory cannot be written
     */
    public static HostLock await(StateDirectory directory, Duration patience, Consumer<String> waiting) {
        return await(directory, patience, waiting, () -> tryTake(directory));
    }

    /** As {@link #await}, for whoever takes a change back; see {@link #tryTakeToGoBack}. */
    public static HostLock awaitToGoBack(StateDirectory directory, Duration patience, Consumer<String> waiting) {
        return await(directory, patience, waiting, () -> tryTakeToGoBack(directory));
    }

    private static HostLock await(
            StateDirectory directory,
            Duration patience,
            Consumer<String> waiting,
            Supplier<Optional<HostLock>> taking) {
        long start = System.nanoTime();
        Optional<HostLock> lock = taking.get();
        if (lock.isEmpty()) {
            waiting.accept("Another onlink is at work on this host: waiting for it, %d s at most …"
                    .formatted(patience.toSeconds()));
        }
        while (lock.isEmpty()) {
            if (System.nanoTime() - start > patience.toNanos()) {
                throw new ConfigurationException(
                        "another onlink has been at work on this host for %d s, and nothing was changed: 'fuser -v %s %s/onlink-net-*' names it; try again when it has ended"
                                .formatted(
                                        patience.toSeconds(), directory.path().resolve("lock"), RUN));
            }
            try {
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new ConfigurationException("stopped while waiting for another onlink; nothing was changed");
            }
            lock = taking.get();
        }
        return lock.get();
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (network != null) {
            network.close();
        }
        if (directory != null) {
            directory.close();
        }
    }
}
