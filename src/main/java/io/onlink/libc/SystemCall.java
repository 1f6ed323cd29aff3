package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/**
 * The system calls Onlink makes, each with its number (syscalls(2)), all through one binding of syscall(2).
 *
 * <p>Every shape of native function costs about 10 ms when it is first bound, and no cache of the JVM keeps it. One
 * binding with six {@code long} arguments serves them all, and is made at the first call, so that a command which
 * makes none does not pay.
 */
enum SystemCall {
    WRITE(1, 64),
    CLOSE(3, 57),
    RT_SIGPROCMASK(14, 135),
    IOCTL(16, 29),
    SOCKET(41, 198),
    SENDTO(44, 206),
    RECVFROM(45, 207),
    BIND(49, 200),
    GETSOCKNAME(51, 204),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    EXECVE(59, 221),
    FCNTL(72, 25),
    FLOCK(73, 32),
    MOUNT(165, 40),
    UMOUNT2(166, 39),
    SCHED_SETAFFINITY(203, 122),
    OPENAT(257, 56),
    PPOLL(271, 73),
    UNSHARE(272, 97),
    EVENTFD2(290, 19),
    SETNS(308, 268),
    BPF(321, 280);

    private final int numberOnX86;
    private final int numberOnArm64;

    SystemCall(int numberOnX86, int numberOnArm64) {
        this.numberOnX86 = numberOnX86;
        this.numberOnArm64 = numberOnArm64;
    }

    /** The result, or the negated errno, as the kernel itself returns it. */
    long invoke(long... arguments) {
        long[] six = new long[6];
        System.arraycopy(arguments, 0, six, 0, arguments.length);
        // A capture area of its own for each call: one shared between threads would mix up their errors.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(Binding.CAPTURED);
            long result = (long)
                    Binding.SYSCALL.invokeExact(captured, number(), six[0], six[1], six[2], six[3], six[4], six[5]);
            return result == -1 ? -captured.get(ValueLayout.JAVA_INT, Binding.ERRNO_OFFSET) : result;
        } catch (Throwable wrongBinding) {
            throw new AssertionError("syscall(2) is not bound as it should be", wrongBinding);
        }
    }

    private long number() {
        return Binding.ARM64 ? numberOnArm64 : numberOnX86;
    }

    /** The C name. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code long syscall(long number, ...);} */
    private static final class Binding {
        private static final boolean ARM64 = isArm64();
        private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
        private static final long ERRNO_OFFSET = CAPTURED.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
        private static final MethodHandle SYSCALL = bind();

        private static boolean isArm64() {
            String architecture = System.getProperty("os.arch");
            return switch (architecture) {
                case "amd64" -> false;
                case "aarch64" -> true;
                default ->
                    throw new UnsupportedOperationException(
                            "Onlink knows the system calls of amd64 and aarch64, not of " + architecture);
            };
        }

        /** The one native binding of the program: lint "restricted" makes any other a compile error. */
        @SuppressWarnings("restricted")
        private static MethodHandle bind() {
            ValueLayout word = ValueLayout.JAVA_LONG;
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(word, word, word, word, word, word, word, word),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));
        }
    }
}
