package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * libnftables(3), which {@code nft} itself is made of: one context of it. The context belongs to the network namespace of
 * the thread that opened it, and can then be used from any platform thread, one at a time.
 *
 * <p>The library is made for programs of one thread, and two of its contexts at work at once end the process (version 1.0.6, SIGSEGV).
 * So one command runs at a time in this process; the kernel makes changes of one namespace's tables one after the other anyhow.
 *
 * <p>The library is loaded when the first context is opened, so that a command which needs none runs without it.
 */
public final class NftablesLibrary implements AutoCloseable {
    /** The name that the ABI has had since 2018 (nftables 0.9); packages call it {@code libnftables1} or {@code nftables}. */
    public static final String NAME = "libnftables.so.1";

    /** {@code NFT_CTX_OUTPUT_JSON} of nftables/libnftables.h. */
    private static final long OUTPUT_JSON = 1 << 4;

    /** Enough for what a table of 10,000 endpoints prints; a longer output would be cut by {@code getString} alone. */
    private static final long OUTPUT_LIMIT = 1L << 31;

    /** Held while the library is at work, in whatever context. */
    private static final ReentrantLock LIBRARY = new ReentrantLock();

    private long context;

    private NftablesLibrary(long context) {
        this.context = context;
    }

    /**
     * What became of a command.
     *
     * @param succeeded whether all of it was done; else nothing was
     * @param output what {@code nft} would have printed
     * @param error likewise on its standard error; empty if it succeeded
     */
    public record Answer(boolean succeeded, String output, String error) {}

    /** Opens a context in the calling thread's network namespace; empty where the library is not installed. */
    public static Optional<NftablesLibrary> open() {
        if (!Binding.isInstalled()) {
            return Optional.empty();
        }
        LIBRARY.lock();
        try {
            long context = Function.NFT_CTX_NEW.call(0, 0);
            if (context == 0) {
                throw new IllegalStateException("nft_ctx_new gave no context: it had no memory, or no netlink socket");
            }
            Function.NFT_CTX_BUFFER_OUTPUT.call(context, 0);
            Function.NFT_CTX_BUFFER_ERROR.call(context, 0);
            return Optional.of(new NftablesLibrary(context));
        } finally {
            LIBRARY.unlock();
        }
    }

    /**
     * Runs commands in {@code nft}'s language, all as one transaction of the kernel's. The numbers of links that they name ("fwd to") are
     * looked up in the calling thread's network namespace.
     *
     * @param json whether lists come as JSON, libnftables-json(5)
     */
    public Answer run(String commands, boolean json) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("nft_run_cmd_from_buffer blocks: not to be called from a virtual thread");
        }
        LIBRARY.lock();
        try (Arena arena = Arena.ofConfined()) {
            Function.NFT_CTX_OUTPUT_SET_FLAGS.call(context, json ? OUTPUT_JSON : 0);
            long buffer = arena.allocateFrom(commands).address();
            int result = (int) Function.NFT_RUN_CMD_FROM_BUFFER.call(context, buffer);
            return new Answer(
                    result == 0,
                    text(Function.NFT_CTX_GET_OUTPUT_BUFFER.call(context, 0)),
                    text(Function.NFT_CTX_GET_ERROR_BUFFER.call(context, 0)));
        } finally {
            LIBRARY.unlock();
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        LIBRARY.lock();
        try {
            if (context != 0) {
                Function.NFT_CTX_FREE.call(context, 0);
                context = 0;
            }
        } finally {
            LIBRARY.unlock();
        }
    }

    @SuppressWarnings("restricted") // The library's own buffer, ended by a NUL, valid until the next command.
    private static String text(long address) {
        return MemorySegment.ofAddress(address).reinterpret(OUTPUT_LIMIT).getString(0);
    }

    /**
     * The functions used, all called as {@code long f(long, long)}: a binding of one shape costs 10 ms, and on amd64 and
     * aarch64 an argument too many stays unread in its register. Of an {@code int} result the upper half is not defined.
     */
    private enum Function {
        NFT_CTX_NEW,
        NFT_CTX_FREE,
        NFT_CTX_BUFFER_OUTPUT,
        NFT_CTX_BUFFER_ERROR,
        NFT_CTX_GET_OUTPUT_BUFFER,
        NFT_CTX_GET_ERROR_BUFFER,
        NFT_CTX_OUTPUT_SET_FLAGS,
        NFT_RUN_CMD_FROM_BUFFER;

        private final long address =
                Binding.LIBRARY.findOrThrow(name().toLowerCase(Locale.ROOT)).address();

        long call(long first, long second) {
            try {
                return (long) Binding.CALL.invokeExact(MemorySegment.ofAddress(address), first, second);
            } catch (Throwable wrongBinding) {
                throw new AssertionError(name() + " is not bound as it should be", wrongBinding);
            }
        }
    }

    private static final class Binding {
        private static final SymbolLookup LIBRARY = load();
        private static final MethodHandle CALL = bind();

        static boolean isInstalled() {
            return LIBRARY.find("nft_ctx_new").isPresent();
        }

        @SuppressWarnings("restricted")
        private static SymbolLookup load() {
            try {
                return SymbolLookup.libraryLookup(NAME, Arena.global());
            } catch (IllegalArgumentException notInstalled) {
                return name -> Optional.empty();
            }
        }

        @SuppressWarnings("restricted")
        private static MethodHandle bind() {
            ValueLayout word = ValueLayout.JAVA_LONG;
            return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(word, word, word));
        }
    }
}
