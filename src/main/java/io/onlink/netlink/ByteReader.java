package io.onlink.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads C values one after another from bytes in the machine's own order. Every read is checked against the end: what
 * is missing is a {@link MalformedMessageException}, whoever sent it.
 */
public final class ByteReader {
    private final ByteBuffer bytes;

    /** Reads from the buffer's position to its limit, and leaves both as they are. */
    public ByteReader(ByteBuffer bytes) {
        this.bytes = bytes.slice().order(ByteOrder.nativeOrder());
    }

    /** Another reader of what this one has left. */
    ByteReader copy() {
        return new ByteReader(bytes);
    }

    public int remaining() {
        return bytes.remaining();
    }

    /** {@code __u8}. */
    public int u8() {
        return Byte.toUnsignedInt(require(Byte.BYTES).get());
    }

    /** {@code __u16}. */
    public int u16() {
        return Short.toUnsignedInt(require(Short.BYTES).getShort());
    }

    /** {@code int}. */
    public int s32() {
        return require(Integer.BYTES).getInt();
    }

    /** {@code __u32}. */
    public long u32() {
        return Integer.toUnsignedLong(s32());
    }

    public byte[] bytes(int count) {
        byte[] copy = new byte[checked(count)];
        require(count).get(copy);
        return copy;
    }

    /** All that is left. */
    public byte[] bytes() {
        return bytes(remaining());
    }

    /** All that is left up to the first NUL, which kernels put at the end but need not. */
    public String string() {
        byte[] all = bytes();
        int length = 0;
        while (length < all.length && all[length] != 0) {
            length++;
        }
        return new String(all, 0, length, StandardCharsets.UTF_8);
    }

    public ByteReader skip(int count) {
        require(count).position(bytes.position() + count);
        return this;
    }

    /** A reader of the next {@code count} bytes, which this one has then passed. */
    public ByteReader slice(int count) {
        ByteReader part = new ByteReader(require(count).slice(bytes.position(), count));
        skip(count);
        return part;
    }

    /** Passes what fills up to a multiple of four, as far as there is any: the last attribute may end without. */
    void align(int lengthSoFar) {
        skip(Math.min(Alignment.padding(lengthSoFar), remaining()));
    }

    private ByteBuffer require(int count) {
        if (checked(count) > bytes.remaining()) {
            throw new MalformedMessageException("Message ends early: " + count + " bytes wanted at offset "
                    + bytes.position() + ", " + bytes.remaining() + " left");
        }
        return bytes;
    }

    private static int checked(int count) {
        if (count < 0) {
            throw new MalformedMessageException("Message has a part of " + count + " bytes");
        }
        return count;
    }
}
