package io.onlink.libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A BPF program, written instruction by instruction (Documentation/bpf/standardization/instruction-set.rst) and loaded by bpf(2). */
final class BpfProgram {
    /** Size of {@code union bpf_attr}, as much of it as is used. */
    static final int ATTRIBUTES = 128;

    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_OBJ_NAME_LEN = 16;
    private static final int INSTRUCTION = 8;
    private static final int LONGEST = 64;

    private final ByteBuffer instructions =
            ByteBuffer.allocate(LONGEST * INSTRUCTION).order(ByteOrder.nativeOrder());

    /** {@code struct bpf_insn}: the two registers are four bits each, the destination in the lower ones. */
    BpfProgram instruction(int code, int destination, int source, int offset, int immediate) {
        boolean littleEndian = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        int registers = littleEndian ? source << 4 | destination : destination << 4 | source;
        instructions
                .put((byte) code)
                .put((byte) registers)
                .putShort((short) offset)
                .putInt(immediate);
        return this;
    }

    /**
     * Has the kernel check and keep it.
     *
     * <pre>{@code
     * struct {                     // of union bpf_attr, for BPF_PROG_LOAD
     *     __u32 prog_type;
     *     __u32 insn_cnt;
     *     __aligned_u64 insns;
     *     __aligned_u64 license;
     *     ...
     *     char prog_name[16];      // at 48
     *     ...
     * };
     * }</pre>
     *
     * @param name as bpftool shows it, of letters, digits, '_' and '.', at most 15; empty for none
     * @throws SystemCallException EINVAL where the kernel knows no programs of the type; EPERM without CAP_BPF and CAP_NET_ADMIN
     */
    Descriptor load(int type, String name) {
        ByteBuffer program =
                instructions.duplicate().order(ByteOrder.nativeOrder()).flip();
        byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
        if (nameBytes.length >= BPF_OBJ_NAME_LEN) {
            throw new IllegalArgumentException("too long for a BPF program's name: " + name);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(program.remaining(), Long.BYTES);
            code.copyFrom(MemorySegment.ofBuffer(program));
            MemorySegment attributes = arena.allocate(ATTRIBUTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_INT, 0, type);
            attributes.set(ValueLayout.JAVA_INT, 4, program.remaining() / INSTRUCTION);
            attributes.set(ValueLayout.JAVA_LONG, 8, code.address());
            attributes.set(
                    ValueLayout.JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
            MemorySegment.copy(nameBytes, 0, attributes, ValueLayout.JAVA_BYTE, 48, nameBytes.length);
            return Libc.bpf(BPF_PROG_LOAD, attributes);
        }
    }
}
