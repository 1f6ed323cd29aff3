package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * System calls under their C names, each as its manual page (section 2) describes it.
 *
 * <p>A refused call throws {@link SystemCallException} with the call as strace(1) would print it. A call interrupted by
 * a signal is made again. Nothing here keeps state, so every method may be called from any thread, except that those
 * which wait must not be called from a virtual thread: a blocked native call holds its carrier thread and with it every
 * other virtual thread that is waiting for one.
 */
public final class Libc {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_BRIDGE = 7;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int SOL_SOCKET = 1;
    public static final int SOL_PACKET = 263;
    public static final int PACKET_ADD_MEMBERSHIP = 1;
    public static final int SO_RCVBUF = 8;
    public static final int SO_BINDTODEVICE = 25;
    public static final int SO_ATTACH_FILTER = 26;
    public static final int SO_RCVBUFFORCE = 33;
    static final int SOL_IP = 0;
    static final int IP_FREEBIND = 15;
    public static final int IPPROTO_ICMP = 1;
    public static final int IPPROTO_ICMPV6 = 58;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;

    /** Waits without end: the timeout of {@link #poll}. */
    public static final int FOREVER = -1;

    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;
    static final int EFD_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = 0x800;
    static final int CLONE_NEWNET = 0x40000000;
    static final int CLONE_NEWNS = 0x20000;
    static final int CLONE_FS = 0x200;
    static final int MS_BIND = 0x1000;
    static final int MS_MOVE = 0x2000;
    static final int MS_REC = 0x4000;
    static final int MS_PRIVATE = 0x40000;
    static final int MS_SLAVE = 0x80000;
    static final int MS_SHARED = 0x100000;
    static final int MNT_DETACH = 2;
    static final int LOCK_EX = 2;

    private static final int AT_FDCWD = -100;
    private static final short POLLIN = 1;
    private static final int SIG_UNBLOCK = 1;

    private Libc() {}

    public static Descriptor socket(int domain, int type, int protocol) {
        return new Descriptor((int)
                call(SystemCall.SOCKET, new Object[] {domain, new Flags(type), protocol}, domain, type, protocol));
    }

    public static void bind(Descriptor socket, byte[] address) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = copy(arena, address);
            Object[] shown = {fd, HexFormat.of().formatHex(address), address.length};
            call(SystemCall.BIND, shown, fd, sockaddr.address(), address.length);
        }
    }

    /** The address a socket was bound to, {@code length} bytes of it at most. */
    public static byte[] getsockname(Descriptor socket, int length) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = arena.allocate(length);
            MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, length);
            call(SystemCall.GETSOCKNAME, new Object[] {fd}, fd, sockaddr.address(), size.address());
            int written = Math.min(length, size.get(ValueLayout.JAVA_INT, 0));
            return sockaddr.asSlice(0, written).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** For the options whose value is a C {@code long long}. */
    static long getsockopt(Descriptor socket, int level, int option) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, Long.BYTES);
            Object[] shown = {fd, level, option};
            call(SystemCall.GETSOCKOPT, shown, fd, level, option, value.address(), size.address());
            return value.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** For the many options whose value is a C {@code int}. */
    public static void setsockopt(Descriptor socket, int level, int option, int value) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocateFrom(ValueLayout.JAVA_INT, value);
            Object[] shown = {fd, level, option, value};
            call(SystemCall.SETSOCKOPT, shown, fd, level, option, number.address(), Integer.BYTES);
        }
    }

    /** For the options whose value is a C structure. */
    static void setsockopt(Descriptor socket, int level, int option, byte[] value) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structure = copy(arena, value);
            Object[] shown = {fd, level, option, HexFormat.of().formatHex(value)};
            call(SystemCall.SETSOCKOPT, shown, fd, level, option, structure.address(), value.length);
        }
    }

    /** For the options whose value is a name: with the NUL behind it. */
    public static void setsockopt(Descriptor socket, int level, int option, String value) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(value);
            Object[] shown = {fd, level, option, quoted(value)};
            call(SystemCall.SETSOCKOPT, shown, fd, level, option, name.address(), name.byteSize());
        }
    }

    /** For requests whose argument is a structure that the kernel reads only. */
    public static void ioctl(Descriptor descriptor, int request, byte[] argument) {
        int fd = descriptor.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structure = arena.allocate(argument.length, Long.BYTES);
            structure.copyFrom(MemorySegment.ofArray(argument));
            Object[] shown = {
                fd, "0x" + Integer.toHexString(request), HexFormat.of().formatHex(argument)
            };
            call(SystemCall.IOCTL, shown, fd, request, structure.address());
        }
    }

    /**
     * Lets only what a classic BPF program accepts into a socket's buffer (Documentation/networking/filter.rst).
     *
     * <pre>{@code
     * struct sock_fprog {              // 16 bytes
     *     unsigned short      len;     // in instructions
     *     struct sock_filter *filter;
     * };
     * }</pre>
     *
     * @param program instructions of {@code struct sock_filter}, eight bytes each in the machine's order
     */
    static void attachFilter(Descriptor socket, byte[] program) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = arena.allocate(program.length, Long.BYTES);
            filter.copyFrom(MemorySegment.ofArray(program));
            MemorySegment fprog = arena.allocate(16, Long.BYTES);
            fprog.set(ValueLayout.JAVA_SHORT, 0, (short) (program.length / PacketFilter.INSTRUCTION));
            fprog.set(ValueLayout.JAVA_LONG, 8, filter.address());
            Object[] shown = {fd, SOL_SOCKET, "SO_ATTACH_FILTER", program.length + " bytes"};
            call(SystemCall.SETSOCKOPT, shown, fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog.address(), fprog.byteSize());
        }
    }

    /** For the commands that give a file descriptor. */
    static Descriptor bpf(int command, MemorySegment attributes) {
        Object[] shown = {command};
        return new Descriptor((int) call(SystemCall.BPF, shown, command, attributes.address(), attributes.byteSize()));
    }

    /** For the commands that give nothing. */
    static void bpfChange(int command, MemorySegment attributes) {
        Object[] shown = {command};
        call(SystemCall.BPF, shown, command, attributes.address(), attributes.byteSize());
    }

    /** Sends one datagram, whole or not at all. */
    public static void sendto(Descriptor socket, byte[] datagram, byte[] address) {
        int fd = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = copy(arena, datagram);
            MemorySegment sockaddr = copy(arena, address);
            Object[] shown = {fd, datagram.length + " bytes", 0, HexFormat.of().formatHex(address)};
            call(SystemCall.SENDTO, shown, fd, data.address(), datagram.length, 0, sockaddr.address(), address.length);
        }
    }

    /**
     * Receives one datagram into {@code buffer} from its beginning, and its sender's address into {@code sender}; the
     * position of both becomes zero and the limit the number of bytes written.
     *
     * @param buffer direct, as {@code sender}: the kernel writes into it
     * @param flags never waits if {@link #MSG_DONTWAIT} is among them; waiting is for {@link #poll}
     * @return the datagram's whole length if {@link #MSG_TRUNC} is among the flags, which may be more than was written;
     *     empty if there is none
     * @throws IllegalArgumentException if one of the two is not direct, or read-only
     */
    public static OptionalInt recvfrom(Descriptor socket, ByteBuffer buffer, int flags, ByteBuffer sender) {
        requireWritableByKernel(buffer);
        requireWritableByKernel(sender);
        int fd = socket.number();
        buffer.clear();
        sender.clear();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment senderLength = arena.allocateFrom(ValueLayout.JAVA_INT, sender.capacity());
            long result = retry(
                    SystemCall.RECVFROM,
                    fd,
                    MemorySegment.ofBuffer(buffer).address(),
                    buffer.capacity(),
                    flags,
                    MemorySegment.ofBuffer(sender).address(),
                    senderLength.address());
            if (-result == Errno.EAGAIN.number()) {
                return OptionalInt.empty();
            }
            int length = (int) check(SystemCall.RECVFROM, result, fd, buffer.capacity() + " bytes", new Flags(flags));
            buffer.limit(Math.min(length, buffer.capacity()));
            sender.limit(Math.min(senderLength.get(ValueLayout.JAVA_INT, 0), sender.capacity()));
            return OptionalInt.of(length);
        } finally {
            Reference.reachabilityFence(buffer);
            Reference.reachabilityFence(sender);
        }
    }

    /**
     * Waits until one of the descriptors can be read or has an error to tell, or until the time is over.
     *
     * <pre>{@code
     * struct pollfd {          // 8 bytes
     *     int   fd;
     *     short events;
     *     short revents;
     * };
     * struct timespec {        // 16 bytes
     *     long  tv_sec;
     *     long  tv_nsec;
     * };
     * }</pre>
     *
     * @param milliseconds {@link #FOREVER}, or how long to wait; a signal makes it neither longer nor shorter
     * @return for each descriptor whether a read would answer at once; none where the time was over
     */
    public static boolean[] poll(int milliseconds, Descriptor... descriptors) {
        requirePlatformThread(SystemCall.PPOLL);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pollfds = arena.allocate(8L * descriptors.length, Integer.BYTES);
            for (int i = 0; i < descriptors.length; i++) {
                pollfds.set(ValueLayout.JAVA_INT, 8L * i, descriptors[i].number());
                pollfds.set(ValueLayout.JAVA_SHORT, 8L * i + 4, POLLIN);
            }
            MemorySegment timespec = arena.allocate(16, Long.BYTES);
            timespec.set(ValueLayout.JAVA_LONG, 0, milliseconds / 1000L);
            timespec.set(ValueLayout.JAVA_LONG, 8, milliseconds % 1000L * 1_000_000L);
            long timeout = milliseconds == FOREVER ? 0 : timespec.address();
            Object[] shown = {Arrays.toString(descriptors), milliseconds + " ms"};
            call(SystemCall.PPOLL, shown, pollfds.address(), descriptors.length, timeout);
            boolean[] ready = new boolean[descriptors.length];
            for (int i = 0; i < descriptors.length; i++) {
                // Any bit: an error or a hang-up is told by the read that follows.
                ready[i] = pollfds.get(ValueLayout.JAVA_SHORT, 8L * i + 6) != 0;
            }
            return ready;
        }
    }

    /**
     * Writes a file that is there already in one write(2), as files of {@code /proc} want it.
     *
     * @throws SystemCallException ENOENT where it is not there; or what the file's owner in the kernel says to the content
     */
    public static void writeFile(String path, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        try (Descriptor file = open(path, O_WRONLY, 0);
                Arena arena = Arena.ofConfined()) {
            Object[] shown = {file + "<" + path + ">", quoted(content), bytes.length};
            call(SystemCall.WRITE, shown, file.number(), copy(arena, bytes).address(), bytes.length);
        }
    }

    static Descriptor eventfd() {
        int flags = EFD_CLOEXEC | EFD_NONBLOCK;
        return new Descriptor((int) call(SystemCall.EVENTFD2, new Object[] {0, new Flags(flags)}, 0, flags));
    }

    static void writeLong(Descriptor eventfd, long value) {
        int fd = eventfd.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counter = arena.allocateFrom(ValueLayout.JAVA_LONG, value);
            call(SystemCall.WRITE, new Object[] {fd, value}, fd, counter.address(), Long.BYTES);
        }
    }

    static void close(int fd) {
        // Never again after EINTR: the descriptor is free by then, and may already be somebody else's.
        long result = SystemCall.CLOSE.invoke(fd);
        if (-result != Errno.EINTR.number()) {
            check(SystemCall.CLOSE, result, fd);
        }
    }

    static Descriptor open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] shown = {quoted(path), new Flags(flags), "0" + Integer.toOctalString(mode)};
            long address = arena.allocateFrom(path).address();
            return new Descriptor((int) call(SystemCall.OPENAT, shown, AT_FDCWD, address, flags | O_CLOEXEC, mode));
        }
    }

    /** For the commands that take and give a number. */
    static int fcntl(int fd, int command, int argument) {
        return (int) call(SystemCall.FCNTL, new Object[] {fd, command, argument}, fd, command, argument);
    }

    /** In the calling thread; {@code sigset_t} is a word, its lowest bit signal 1. */
    static void unblock(int signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L << (signal - 1));
            Object[] shown = {"SIG_UNBLOCK", "[" + signal + "]"};
            call(SystemCall.RT_SIGPROCMASK, shown, SIG_UNBLOCK, set.address(), 0, Long.BYTES);
        }
    }

    /** Returns only by an exception. */
    static void execve(String program, List<byte[]> words, List<byte[]> environment) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] shown = {quoted(program), words.size() + " words", environment.size() + " variables"};
            call(
                    SystemCall.EXECVE,
                    shown,
                    arena.allocateFrom(program).address(),
                    pointers(arena, words).address(),
                    pointers(arena, environment).address());
        }
    }

    /** {@code char *const []}, with a null pointer at the end. */
    private static MemorySegment pointers(Arena arena, List<byte[]> strings) {
        MemorySegment pointers = arena.allocate(ValueLayout.JAVA_LONG, strings.size() + 1L);
        for (int i = 0; i < strings.size(); i++) {
            byte[] bytes = strings.get(i);
            MemorySegment string = arena.allocate(bytes.length + 1L);
            MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
            pointers.setAtIndex(ValueLayout.JAVA_LONG, i, string.address());
        }
        return pointers;
    }

    static void flock(Descriptor descriptor, int operation) {
        int fd = descriptor.number();
        call(SystemCall.FLOCK, new Object[] {fd, operation}, fd, operation);
    }

    /** Moves the calling thread, and only it: see {@link NetworkNamespace#call}. */
    static void setns(Descriptor namespace, int type) {
        requirePlatformThread(SystemCall.SETNS);
        int fd = namespace.number();
        call(SystemCall.SETNS, new Object[] {fd, new Flags(type)}, fd, type);
    }

    /** Moves the calling thread, and only it, into a new namespace. */
    static void unshare(int flags) {
        requirePlatformThread(SystemCall.UNSHARE);
        call(SystemCall.UNSHARE, new Object[] {new Flags(flags)}, flags);
    }

    /** Keeps the calling thread, and only it, on one CPU. */
    static void runOn(int cpu) {
        requirePlatformThread(SystemCall.SCHED_SETAFFINITY);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(ValueLayout.JAVA_LONG, cpu / Long.SIZE + 1L);
            mask.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << (cpu % Long.SIZE));
            Object[] shown = {0, mask.byteSize(), "[" + cpu + "]"};
            call(SystemCall.SCHED_SETAFFINITY, shown, 0, mask.byteSize(), mask.address());
        }
    }

    static void mount(String source, String target, String type, int flags) {
        mount(source, target, type, flags, "");
    }

    static void mount(String source, String target, String type, int flags, String data) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] shown = {quoted(source), quoted(target), quoted(type), new Flags(flags), quoted(data)};
            call(
                    SystemCall.MOUNT,
                    shown,
                    arena.allocateFrom(source).address(),
                    arena.allocateFrom(target).address(),
                    arena.allocateFrom(type).address(),
                    flags,
                    arena.allocateFrom(data).address());
        }
    }

    static void umount2(String target, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            Object[] shown = {quoted(target), new Flags(flags)};
            call(SystemCall.UMOUNT2, shown, arena.allocateFrom(target).address(), flags);
        }
    }

    private static long call(SystemCall call, Object[] shown, long... arguments) {
        return check(call, retry(call, arguments), shown);
    }

    private static long retry(SystemCall call, long... arguments) {
        long result;
        do {
            result = call.invoke(arguments);
        } while (-result == Errno.EINTR.number());
        return result;
    }

    private static long check(SystemCall call, long result, Object... shown) {
        if (result >= 0) {
            return result;
        }
        String arguments = Arrays.stream(shown).map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
        throw new SystemCallException(call + arguments, new Errno((int) -result));
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    /** The address of a buffer in the heap is its offset in the array: 0, which recvfrom(2) takes for "not wanted". */
    private static void requireWritableByKernel(ByteBuffer buffer) {
        if (!buffer.isDirect() || buffer.isReadOnly()) {
            throw new IllegalArgumentException("The kernel cannot write into " + buffer);
        }
    }

    private static void requirePlatformThread(SystemCall call) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(call
                    + " was called on a virtual thread, whose carrier it would block or move: use a platform thread");
        }
    }

    /** Arguments are kept as they are and turned into text only if the call fails. */
    private record Flags(int bits) {
        @Override
        public String toString() {
            return "0x" + Integer.toHexString(bits);
        }
    }
}
