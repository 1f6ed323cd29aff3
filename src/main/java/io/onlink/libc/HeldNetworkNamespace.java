package io.onlink.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace that a thread was in, kept alive until closed. For what belongs to a namespace and is not
 * bound to it by an open socket, such as files of {@code /proc/sys/net}.
 */
public final class HeldNetworkNamespace implements AutoCloseable {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private final Descriptor descriptor;
    private final Path identity;

    private HeldNetworkNamespace(Descriptor descriptor, Path identity) {
        this.descriptor = descriptor;
        this.identity = identity;
    }

    /** The calling thread's. */
    public static HeldNetworkNamespace ofCallingThread() {
        return new HeldNetworkNamespace(Libc.open(OWN.toString(), Libc.O_RDONLY, 0), identityOfCallingThread());
    }

    /** Runs the task inside: on the calling thread if that is there already, otherwise as {@link NetworkNamespace#call}. */
    public <T extends @Nullable Object, X extends Exception> T call(NetworkNamespace.Task<T, X> task) throws X {
        if (identityOfCallingThread().equals(identity)) {
            return task.run();
        }
        return new NetworkNamespace(Path.of("/proc/self/fd/" + descriptor.number())).call(task);
    }

    @Override
    public void close() {
        descriptor.close();
    }

    /** As {@code net:[4026531840]}: the number is the namespace's own while it lives, and we keep it alive. */
    private static Path identityOfCallingThread() {
        try {
            return Files.readSymbolicLink(OWN);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("Cannot tell the network namespace of this thread", unreadable);
        }
    }
}
