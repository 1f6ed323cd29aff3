package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Gives a link's frames to another one, by a BPF program at the link's tcx hook (bpf(2), Linux 6.6): without a qdisc, whose coming and
 * going makes the link drop what it is to send (net/sched/sch_api.c, qdisc_graft).
 *
 * <p>It ends when it is closed, or with the process that holds it, however that ends.
 */
public final class FrameRedirect implements AutoCloseable {
    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_LINK_CREATE = 28;
    private static final int BPF_PROG_TYPE_SCHED_CLS = 3;
    private static final int BPF_TCX_INGRESS = 46;
    private static final int BPF_TCX_EGRESS = 47;
    private static final int BPF_F_INGRESS = 1;
    private static final int BPF_FUNC_REDIRECT = 23;

    /** {@code TCX_NEXT}: the next program, or the stack. */
    private static final int NEXT = -1;

    /** {@code offsetof(struct __sk_buff, vlan_present)}. */
    private static final int VLAN_PRESENT = 20;

    private static final int ATTRIBUTES = 128;
    private static final int INSTRUCTION = 8;

    private final Descriptor attachment;

    private FrameRedirect(Descriptor attachment) {
        this.attachment = attachment;
    }

    /**
     * What comes in by a link comes in by the other, before bridge and IP have seen it. Frames with a VLAN tag stay: they are for VLAN
     * links on this one. In the calling thread's network namespace.
     *
     * @throws SystemCallException EINVAL where the kernel has no tcx; EPERM without CAP_BPF and CAP_NET_ADMIN
     */
    public static FrameRedirect incoming(int linkIndex, int toIndex) {
        return attach(BPF_TCX_INGRESS, linkIndex, ofUntagged(toIndex));
    }

    /**
     * What is about to leave by a link leaves by the other. In the calling thread's network namespace.
     *
     * @throws SystemCallException as {@link #incoming}
     */
    public static FrameRedirect outgoing(int linkIndex, int toIndex) {
        return attach(BPF_TCX_EGRESS, linkIndex, ofAll(toIndex));
    }

    private static FrameRedirect attach(int hook, int linkIndex, ByteBuffer program) {
        try (Descriptor loaded = load(program)) {
            return new FrameRedirect(link(loaded, hook, linkIndex));
        }
    }

    /**
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_PROG_LOAD
     *     __u32 prog_type;
     *     __u32 insn_cnt;
     *     __aligned_u64 insns;
     *     __aligned_u64 license;
     *     ...
     * };
     * }</pre>
     */
    private static Descriptor load(ByteBuffer program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions = arena.allocate(program.remaining(), Long.BYTES);
            instructions.copyFrom(MemorySegment.ofBuffer(program));
            MemorySegment attributes = arena.allocate(ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, BPF_PROG_TYPE_SCHED_CLS);
            attributes.set(ValueLayout.JAVA_INT, 4, program.remaining() / INSTRUCTION);
            attributes.set(ValueLayout.JAVA_LONG, 8, instructions.address());
            attributes.set(
                    ValueLayout.JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
            return Libc.bpf(BPF_PROG_LOAD, attributes);
        }
    }

    /**
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_LINK_CREATE
     *     __u32 prog_fd;
     *     __u32 target_ifindex;
     *     __u32 attach_type;
     *     __u32 flags;
     *     ...
     * };
     * }</pre>
     */
    private static Descriptor link(Descriptor program, int hook, int linkIndex) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, program.number());
            attributes.set(ValueLayout.JAVA_INT, 4, linkIndex);
            attributes.set(ValueLayout.JAVA_INT, 8, hook);
            return Libc.bpf(BPF_LINK_CREATE, attributes);
        }
    }

    /** {@code return skb->vlan_present ? TCX_NEXT : bpf_redirect(to, BPF_F_INGRESS);} */
    private static ByteBuffer ofUntagged(int toIndex) {
        ByteBuffer program = ByteBuffer.allocate(8 * INSTRUCTION).order(ByteOrder.nativeOrder());
        instruction(program, 0x61, 2, 1, VLAN_PRESENT, 0); // r2 = *(u32 *)(r1 + 20)
        instruction(program, 0x55, 2, 0, 4, 0); // if r2 != 0 goto +4
        instruction(program, 0xb7, 1, 0, 0, toIndex); // r1 = to
        instruction(program, 0xb7, 2, 0, 0, BPF_F_INGRESS); // r2 = BPF_F_INGRESS
        instruction(program, 0x85, 0, 0, 0, BPF_FUNC_REDIRECT); // call bpf_redirect
        instruction(program, 0x95, 0, 0, 0, 0); // exit
        instruction(program, 0xb7, 0, 0, 0, NEXT); // r0 = TCX_NEXT
        instruction(program, 0x95, 0, 0, 0, 0); // exit
        return program.flip();
    }

    /** {@code return bpf_redirect(to, 0);} */
    private static ByteBuffer ofAll(int toIndex) {
        ByteBuffer program = ByteBuffer.allocate(4 * INSTRUCTION).order(ByteOrder.nativeOrder());
        instruction(program, 0xb7, 1, 0, 0, toIndex); // r1 = to
        instruction(program, 0xb7, 2, 0, 0, 0); // r2 = 0
        instruction(program, 0x85, 0, 0, 0, BPF_FUNC_REDIRECT); // call bpf_redirect
        instruction(program, 0x95, 0, 0, 0, 0); // exit
        return program.flip();
    }

    /** {@code struct bpf_insn}: the two registers are four bits each, the destination in the lower ones. */
    private static void instruction(
            ByteBuffer program, int code, int destination, int source, int offset, int immediate) {
        boolean littleEndian = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        int registers = littleEndian ? source << 4 | destination : destination << 4 | source;
        program.put((byte) code).put((byte) registers).putShort((short) offset).putInt(immediate);
    }

    /** Idempotent. */
    @Override
    public void close() {
        attachment.close();
    }
}
