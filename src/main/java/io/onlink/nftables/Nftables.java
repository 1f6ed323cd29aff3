package io.onlink.nftables;

import io.onlink.failure.KernelException;
import io.onlink.failure.UnsupportedException;
import io.onlink.libc.Descriptor;
import io.onlink.libc.Errno;
import io.onlink.libc.Libc;
import io.onlink.libc.NftablesLibrary;
import io.onlink.libc.NftablesLibrary.Answer;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The nftables of a network namespace: that of the thread which opened it. For any platform thread; one at a time is
 * served.
 *
 * <pre>{@code
 * try (Nftables nftables = Nftables.open()) {
 *     nftables.run("add table bridge onlink", "make the table of the guard");
 * }
 * }</pre>
 */
public final class Nftables implements AutoCloseable {
    /** One for the whole program: the library's parser is not said to be free of state shared by its contexts. */
    private static final ReentrantLock LIBRARY = new ReentrantLock();

    /** FD_SETSIZE, less what other threads may open until the library does. */
    private static final int HIGHEST_DESCRIPTOR = 1024 - 64;

    /** ENOENT in the library's words, which are not translated. */
    private static final String NO_SUCH_THING = "No such file or directory";

    private static final String NOT_ROOT = "Operation not permitted";

    private final NftablesLibrary library;

    private Nftables(NftablesLibrary library) {
        this.library = library;
    }

    /**
     * Opens in the calling thread's network namespace.
     *
     * @throws UnsupportedException where libnftables is not installed
     * @throws KernelException where this program has nearly 1,024 descriptors open (EMFILE)
     */
    public static Nftables open() {
        return openIfInstalled()
                .orElseThrow(() -> new UnsupportedException(
                        "%s is not installed, and without it containers cannot be guarded: install libnftables1 (Debian) or nftables (RHEL)"
                                .formatted(NftablesLibrary.NAME)));
    }

    /** The same; empty where libnftables is not installed. */
    static Optional<Nftables> openIfInstalled() {
        requireLowDescriptor();
        return NftablesLibrary.open().map(Nftables::new);
    }

    /** The library waits by select(2), and a descriptor that does not fit in its set ends the whole program (abort in libc). */
    private static void requireLowDescriptor() {
        try (Descriptor next = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0)) {
            if (next.number() >= HIGHEST_DESCRIPTOR) {
                throw new KernelException(
                        "open nftables",
                        Errno.EMFILE.number(),
                        "%d files and connections are open, and libnftables can wait at the first 1024 only; try again when there are fewer"
                                .formatted(next.number()));
            }
        }
    }

    /**
     * Does all of the commands, or nothing of them: one transaction of the kernel's.
     *
     * @param commands in {@code nft}'s language
     * @param doing what for, in an administrator's words
     * @throws KernelException if the kernel, or the language, refuses
     */
    public void run(String commands, String doing) {
        answer(commands, false, doing);
    }

    /**
     * What there is, as JSON (libnftables-json(5)).
     *
     * @param what as {@code table bridge onlink}
     * @throws KernelException also where there is no such thing
     */
    public String list(String what) {
        return answer("list " + what, true, "list " + what).output();
    }

    /**
     * The same; empty where there is no such thing.
     *
     * @throws KernelException if the kernel refuses for another reason
     */
    Optional<String> listIfThere(String what) {
        Answer answer = run("list " + what, true);
        if (answer.succeeded()) {
            return Optional.of(answer.output());
        }
        if (answer.error().contains(NO_SUCH_THING)) {
            return Optional.empty();
        }
        throw failure("list " + what, answer);
    }

    private Answer answer(String commands, boolean json, String doing) {
        Answer answer = run(commands, json);
        if (!answer.succeeded()) {
            throw failure(doing, answer);
        }
        return answer;
    }

    private Answer run(String commands, boolean json) {
        LIBRARY.lock();
        try {
            return library.run(commands, json);
        } finally {
            LIBRARY.unlock();
        }
    }

    private static KernelException failure(String doing, Answer answer) {
        String reason = "nft says: " + firstLine(answer.error());
        return answer.error().contains(NOT_ROOT)
                ? new KernelException(
                        doing,
                        Errno.EPERM.number(),
                        reason + "; only root can see and change the host's firewall, so try it with sudo")
                : new KernelException(doing, 0, reason);
    }

    /** What follows repeats the commands, of which there may be thousands. */
    private static String firstLine(String error) {
        return error.lines().findFirst().orElse("no reason");
    }

    @Override
    public void close() {
        LIBRARY.lock();
        try {
            library.close();
        } finally {
            LIBRARY.unlock();
        }
    }
}
