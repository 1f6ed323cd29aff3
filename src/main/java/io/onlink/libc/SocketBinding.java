package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Binds the sockets that the processes of a control group make from now on to a link, as SO_BINDTODEVICE would (socket(7)): a BPF
 * program at the group's BPF_CGROUP_INET_SOCK_CREATE writes the number of the link into each new IPv4 and IPv6 socket (Linux 4.10, with
 * CONFIG_CGROUP_BPF). It holds for the groups below, which may bind otherwise, until it is removed or the group goes.
 *
 * <p>The program's name has the link's number in it, so that what is attached can be told without taking it apart.
 */
public final class SocketBinding {
    private static final int BPF_PROG_TYPE_CGROUP_SOCK = 9;
    private static final int BPF_CGROUP_INET_SOCK_CREATE = 2;
    private static final int BPF_PROG_ATTACH = 8;
    private static final int BPF_PROG_DETACH = 9;
    private static final int BPF_PROG_GET_FD_BY_ID = 13;
    private static final int BPF_OBJ_GET_INFO_BY_FD = 15;
    private static final int BPF_PROG_QUERY = 16;
    private static final int BPF_F_ALLOW_MULTI = 2;

    /** Offset in {@code struct bpf_sock}. */
    private static final int BOUND_DEV_IF = 0;

    /** As many as the kernel lets a group have (BPF_CGROUP_MAX_PROGS). */
    private static final int MOST_PROGRAMS = 64;

    private static final String NAME = "onlvrf_";

    private SocketBinding() {}

    /**
     * Binds to a link, and to no other that a control group was bound to before. Twice does no more than once.
     *
     * @param controlGroup its directory in a cgroup2 file system
     * @throws SystemCallException EINVAL where the kernel has no such hook; EPERM without CAP_BPF and CAP_NET_ADMIN, and where a group
     *     above has a program that allows no other
     */
    public static void bind(Path controlGroup, int linkIndex) {
        try (Descriptor group = open(controlGroup)) {
            List<Attached> before = attached(group);
            // The new one first, so that no socket is made unbound in between.
            if (before.stream().noneMatch(program -> program.linkIndex() == linkIndex)) {
                try (Descriptor program = load(linkIndex)) {
                    change(BPF_PROG_ATTACH, group, program, BPF_F_ALLOW_MULTI);
                }
            }
            before.stream()
                    .filter(program -> program.linkIndex() != linkIndex)
                    .forEach(program -> detach(group, program));
        }
    }

    /** Lets the sockets that are made from now on be as they are. Those that are bound stay so. Idempotent. */
    public static void release(Path controlGroup) {
        try (Descriptor group = open(controlGroup)) {
            attached(group).forEach(program -> detach(group, program));
        }
    }

    /** Number of the link that {@link #bind} bound this very group to. */
    public static OptionalInt of(Path controlGroup) {
        try (Descriptor group = open(controlGroup)) {
            return attached(group).stream().mapToInt(Attached::linkIndex).findFirst();
        }
    }

    private record Attached(int id, int linkIndex) {}

    private static Descriptor open(Path controlGroup) {
        return Libc.open(controlGroup.toString(), Libc.O_RDONLY, 0);
    }

    /** A socket that a program of a group below has bound is left as it is: the kernel runs the lower group's first. */
    private static Descriptor load(int linkIndex) {
        return new BpfProgram()
                .instruction(0x61, 2, 1, BOUND_DEV_IF, 0) // r2 = *(u32 *)(r1 + bound_dev_if)
                .instruction(0x55, 2, 0, 2, 0) // if r2 != 0 goto +2
                .instruction(0xb7, 2, 0, 0, linkIndex) // r2 = link
                .instruction(0x63, 1, 2, BOUND_DEV_IF, 0) // *(u32 *)(r1 + bound_dev_if) = r2
                .instruction(0xb7, 0, 0, 0, 1) // r0 = 1: the socket may be made
                .instruction(0x95, 0, 0, 0, 0) // exit
                .load(BPF_PROG_TYPE_CGROUP_SOCK, NAME + Integer.toHexString(linkIndex));
    }

    /**
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_PROG_ATTACH and BPF_PROG_DETACH
     *     __u32 target_fd;
     *     __u32 attach_bpf_fd;
     *     __u32 attach_type;
     *     __u32 attach_flags;
     *     ...
     * };
     * }</pre>
     */
    private static void change(int command, Descriptor group, Descriptor program, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, group.number());
            attributes.set(ValueLayout.JAVA_INT, 4, program.number());
            attributes.set(ValueLayout.JAVA_INT, 8, BPF_CGROUP_INET_SOCK_CREATE);
            attributes.set(ValueLayout.JAVA_INT, 12, flags);
            Libc.bpfChange(command, attributes);
        }
    }

    private static void detach(Descriptor group, Attached attached) {
        try (Descriptor program = program(attached.id())) {
            change(BPF_PROG_DETACH, group, program, 0);
        } catch (SystemCallException refused) {
            // Somebody else was quicker.
            if (!refused.errno().equals(Errno.ENOENT)) {
                throw refused;
            }
        }
    }

    /**
     * Ours among those attached to this very group.
     *
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_PROG_QUERY
     *     __u32 target_fd;
     *     __u32 attach_type;
     *     __u32 query_flags;
     *     __u32 attach_flags;
     *     __aligned_u64 prog_ids;
     *     __u32 prog_cnt;          // in: room; out: how many there are
     *     ...
     * };
     * }</pre>
     */
    private static List<Attached> attached(Descriptor group) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MOST_PROGRAMS);
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, group.number());
            attributes.set(ValueLayout.JAVA_INT, 4, BPF_CGROUP_INET_SOCK_CREATE);
            attributes.set(ValueLayout.JAVA_LONG, 16, ids.address());
            attributes.set(ValueLayout.JAVA_INT, 24, MOST_PROGRAMS);
            Libc.bpfChange(BPF_PROG_QUERY, attributes);
            List<Attached> ours = new ArrayList<>();
            for (int i = 0; i < attributes.get(ValueLayout.JAVA_INT, 24); i++) {
                int id = ids.getAtIndex(ValueLayout.JAVA_INT, i);
                String name = name(id);
                if (name.matches(NAME + "[0-9a-f]{1,8}")) {
                    ours.add(new Attached(id, Integer.parseUnsignedInt(name.substring(NAME.length()), 16)));
                }
            }
            return ours;
        }
    }

    /** {@code __u32 prog_id}, the first of union bpf_attr for BPF_PROG_GET_FD_BY_ID. */
    private static Descriptor program(int id) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, id);
            return Libc.bpf(BPF_PROG_GET_FD_BY_ID, attributes);
        }
    }

    /**
     * Empty where there is none, or the program has gone meanwhile.
     *
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_OBJ_GET_INFO_BY_FD
     *     __u32 bpf_fd;
     *     __u32 info_len;
     *     __aligned_u64 info;      // struct bpf_prog_info, whose char name[16] is at 64
     * };
     * }</pre>
     */
    private static String name(int id) {
        try (Descriptor program = program(id);
                Arena arena = Arena.ofConfined()) {
            MemorySegment information = arena.allocate(80, Long.BYTES);
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, program.number());
            attributes.set(ValueLayout.JAVA_INT, 4, (int) information.byteSize());
            attributes.set(ValueLayout.JAVA_LONG, 8, information.address());
            Libc.bpfChange(BPF_OBJ_GET_INFO_BY_FD, attributes);
            return information.getString(64);
        } catch (SystemCallException gone) {
            if (gone.errno().equals(Errno.ENOENT)) {
                return "";
            }
            throw gone;
        }
    }
}
