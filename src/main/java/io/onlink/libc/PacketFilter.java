package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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

    private final int[] placesAndBytes;

    private PacketFilter(int[] placesAndBytes) {
        this.placesAndBytes = placesAndBytes;
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
        return new PacketFilter(placesAndBytes.clone());
    }

    byte[] program() {
        int pairs = placesAndBytes.length / 2;
        ByteBuffer program = ByteBuffer.allocate((2 * pairs + 2) * INSTRUCTION).order(ByteOrder.nativeOrder());
        for (int pair = 0; pair < pairs; pair++) {
            int rest = 2 * (pairs - pair - 1);
            instruction(program, BPF_LD_B_ABS, 0, placesAndBytes[2 * pair]);
            instruction(program, BPF_JMP_JEQ_K, rest + 1, placesAndBytes[2 * pair + 1]);
        }
        instruction(program, BPF_RET_K, 0, WHOLE_FRAME);
        instruction(program, BPF_RET_K, 0, 0);
        return program.array();
    }

    private static void instruction(ByteBuffer program, int code, int skippedIfFalse, int operand) {
        program.putShort((short) code).put((byte) 0).put((byte) skippedIfFalse).putInt(operand);
    }
}
