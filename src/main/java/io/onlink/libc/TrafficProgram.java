package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A BPF program for the frames of a link, and its attachment at the link's tcx hook (bpf(2), Linux 6.6). There is no qdisc: one that
 * comes or goes makes the link drop what it is to send (net/sched/sch_api.c, qdisc_graft).
 */
final class TrafficProgram {
    /** {@code TCX_NEXT}: the next program, or the stack. */
    private static final int NEXT = -1;

    private static final int DROP = 2;

    private static final int BPF_LINK_CREATE = 28;
    private static final int BPF_PROG_TYPE_SCHED_CLS = 3;
    private static final int BPF_FUNC_REDIRECT = 23;
    private static final int BPF_PSEUDO_MAP_VALUE = 2;
    private static final int PACKET_BROADCAST = 1;
    private static final int PACKET_MULTICAST = 2;

    /** Offsets in {@code struct __sk_buff}. */
    private static final int PKT_TYPE = 4;

    private static final int VLAN_PRESENT = 20;
    private static final int INGRESS_IFINDEX = 36;

    private final BpfProgram program = new BpfProgram();

    /** Where a program is attached. */
    enum Hook {
        INGRESS(46),
        EGRESS(47);

        private final int attachType;

        Hook(int attachType) {
            this.attachType = attachType;
        }
    }

    /** How the other link gets a frame: it leaves by it, or has come in by it. */
    enum Direction {
        OUT(0),
        IN(1);

        private final int flags;

        Direction(int flags) {
            this.flags = flags;
        }
    }

    /** A program that goes on with the packet in r6. */
    TrafficProgram() {
        instruction(0xbf, 6, 1, 0, 0); // r6 = r1
    }

    /** Leaves all frames alone unless the number has this value. */
    TrafficProgram onlyWhile(SharedNumber number, int value) {
        loadShared(number);
        instruction(0x15, 7, 0, 2, value); // if r7 == value goto +2
        return end(NEXT);
    }

    /** Leaves all frames alone while the number has this value. */
    TrafficProgram exceptWhile(SharedNumber number, int value) {
        loadShared(number);
        instruction(0x55, 7, 0, 2, value); // if r7 != value goto +2
        return end(NEXT);
    }

    /** Leaves frames with a VLAN tag alone: they are for VLAN links on this one. */
    TrafficProgram onlyUntagged() {
        load(VLAN_PRESENT);
        instruction(0x15, 2, 0, 2, 0); // if r2 == 0 goto +2
        return end(NEXT);
    }

    /** Drops what came in by a link, however it was passed on since; a packet that IP forwards comes in anew. */
    TrafficProgram dropWhatCameInBy(int linkIndex) {
        load(INGRESS_IFINDEX);
        instruction(0x55, 2, 0, 2, linkIndex); // if r2 != link goto +2
        return end(DROP);
    }

    /** Drops what comes in for more than one station. */
    TrafficProgram dropIncomingMulticast() {
        load(PKT_TYPE);
        instruction(0x15, 2, 0, 1, PACKET_BROADCAST); // if r2 == broadcast goto +1
        instruction(0x55, 2, 0, 2, PACKET_MULTICAST); // if r2 != multicast goto +2
        return end(DROP);
    }

    /** Drops what is to leave for more than one station: the first bit of the address on the wire says so. */
    TrafficProgram dropOutgoingMulticast() {
        instruction(0x30, 0, 0, 0, 0); // r0 = the frame's first byte, r6 being the packet
        instruction(0x57, 0, 0, 0, 1); // r0 &= 1
        instruction(0x15, 0, 0, 2, 0); // if r0 == 0 goto +2
        return end(DROP);
    }

    /** All that is left goes to another link. */
    TrafficProgram redirect(int toIndex, Direction direction) {
        instruction(0xb7, 1, 0, 0, toIndex); // r1 = to
        instruction(0xb7, 2, 0, 0, direction.flags); // r2 = flags
        instruction(0x85, 0, 0, 0, BPF_FUNC_REDIRECT); // call bpf_redirect
        instruction(0x95, 0, 0, 0, 0); // exit
        return this;
    }

    /** All that is left is left alone. */
    TrafficProgram pass() {
        return end(NEXT);
    }

    /**
     * Attaches it behind the programs that are there, in the calling thread's network namespace. It ends when the descriptor is
     * closed, or with the process that holds it, however that ends.
     *
     * @throws SystemCallException EINVAL where the kernel has no tcx; EPERM without CAP_BPF and CAP_NET_ADMIN
     */
    Descriptor attach(Hook hook, int linkIndex) {
        try (Descriptor loaded = program.load(BPF_PROG_TYPE_SCHED_CLS, "")) {
            return attach(loaded, hook, linkIndex);
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
    private static Descriptor attach(Descriptor program, Hook hook, int linkIndex) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(BpfProgram.ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, program.number());
            attributes.set(ValueLayout.JAVA_INT, 4, linkIndex);
            attributes.set(ValueLayout.JAVA_INT, 8, hook.attachType);
            return Libc.bpf(BPF_LINK_CREATE, attributes);
        }
    }

    private void load(int offset) {
        instruction(0x61, 2, 6, offset, 0); // r2 = *(u32 *)(r6 + offset)
    }

    private void loadShared(SharedNumber number) {
        instruction(0x18, 7, BPF_PSEUDO_MAP_VALUE, 0, number.map().number()); // r7 = &map[0] …
        instruction(0, 0, 0, 0, 0); // … + 0
        instruction(0x61, 7, 7, 0, 0); // r7 = *(u32 *)r7
    }

    private TrafficProgram end(int verdict) {
        instruction(0xb7, 0, 0, 0, verdict); // r0 = verdict
        instruction(0x95, 0, 0, 0, 0); // exit
        return this;
    }

    private void instruction(int code, int destination, int source, int offset, int immediate) {
        program.instruction(code, destination, source, offset, immediate);
    }
}
