package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Which frames a packet socket hears: those that have given bytes at given places. A classic BPF program
 * (linux/filter.h), made only of "load a byte" and "go on if it is this one".
 *
 * <pre>{@code
 * struct sock_filter {     // 8 bytes
 *     __u16 code;
 *     __u8  jt;            // instructions to skip if true
 *     __u8  jf;
 *     __u32 k;
 * };
 * }</pre>
 */
public final class PacketFilter {
    static final int INSTRUCTION = 8;

    private static final int BPF_LD_B_ABS = 0x30;
    private static final int BPF_JMP_JEQ_K = 0x15;
    private static final int BPF_RET_K = 0x06;
    private static final int WHOLE_FRAME = 0x40000;

    /** {@code SKF_AD_OFF + SKF_AD_PKTTYPE}: not a place of the frame's, but whom the kernel takes it to be for. */
    private static final int PACKET_TYPE = -0x1000 + 4;

    /** {@code PACKET_OTHERHOST} of linux/if_packet.h: another's MAC address, or a VLAN that has no link here. */
    private static final int FOR_OTHERS = 3;

    /** @param holds whether the byte must be there, or must not */
    private record Condition(int place, int value, boolean holds) {}

    private final List<Condition> conditions;

    private PacketFilter(List<Condition> conditions) {
        this.conditions = List.copyOf(conditions);
    }

    /**
     * A filter.
     *
     * @param placesAndBytes pairs: a place counted from the frame's first byte, and the byte (0 to 255) that must be there
     */
    public static PacketFilter accepting(int... placesAndBytes) {
        if (placesAndBytes.length % 2 != 0) {
            throw new IllegalArgumentException("pairs of a place and a byte are expected");
        }
        List<Condition> conditions = new ArrayList<>();
        for (int i = 0; i < placesAndBytes.length; i += 2) {
            conditions.add(new Condition(placesAndBytes[i], placesAndBytes[i + 1], true));
        }
        return new PacketFilter(conditions);
    }

    /**
     * The same, but for frames that the kernel takes to be for another machine, or of a VLAN that has no link here: the tag is
     * gone from what a socket gets.
     */
    public PacketFilter withoutOthers() {
        List<Condition> more = new ArrayList<>(conditions);
        more.addFirst(new Condition(PACKET_TYPE, FOR_OTHERS, false));
        return new PacketFilter(more);
    }

    byte[] program() {
        ByteBuffer program =
                ByteBuffer.allocate((2 * conditions.size() + 2) * INSTRUCTION).order(ByteOrder.nativeOrder());
        int refusal = 2 * conditions.size() - 1;
        for (Condition condition : conditions) {
            instruction(program, BPF_LD_B_ABS, 0, 0, condition.place());
            instruction(
                    program,
                    BPF_JMP_JEQ_K,
                    condition.holds() ? 0 : refusal,
                    condition.holds() ? refusal : 0,
                    condition.value());
            refusal -= 2;
        }
        instruction(program, BPF_RET_K, 0, 0, WHOLE_FRAME);
        instruction(program, BPF_RET_K, 0, 0, 0);
        return program.array();
    }

    private static void instruction(ByteBuffer program, int code, int skippedIfTrue, int skippedIfFalse, int operand) {
        program.putShort((short) code)
                .put((byte) skippedIfTrue)
                .put((byte) skippedIfFalse)
                .putInt(operand);
    }
}
