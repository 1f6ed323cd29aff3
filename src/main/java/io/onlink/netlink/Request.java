package io.onlink.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A message to send: first the fixed part of its type, then attributes.
 *
 * <pre>{@code
 * Request newLink = Request.of(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
 * newLink.u8(AF_UNSPEC).u8(0).u16(0).s32(0).s32(0).s32(0); // struct ifinfomsg
 * newLink.string(IFLA_IFNAME, "br0").nest(IFLA_LINKINFO, info -> info.string(IFLA_INFO_KIND, "bridge"));
 * }</pre>
 *
 * <p>Not safe for several threads; it can be sent more than once.
 */
public final class Request {
    /** Enough for all but a list of hundreds of next hops. */
    private static final int USUAL_SIZE = 512;

    private static final int ATTRIBUTE_HEADER_SIZE = 4;
    private static final int LONGEST_ATTRIBUTE = 0xffff;

    private final int type;
    private final int flags;
    private ByteBuffer bytes = ByteBuffer.allocate(USUAL_SIZE).order(ByteOrder.nativeOrder());

    private Request(int type, int flags) {
        this.type = type;
        this.flags = flags | NetlinkConstants.NLM_F_REQUEST;
        bytes.position(Message.HEADER_SIZE);
    }

    /**
     * A request without content yet.
     *
     * @param flags of NLM_F_*, without NLM_F_REQUEST, NLM_F_ACK and NLM_F_DUMP: the socket adds what it waits for
     */
    public static Request of(int type, int flags) {
        return new Request(type, flags);
    }

    int type() {
        return type;
    }

    public Request u8(int value) {
        room(Byte.BYTES).put((byte) value);
        return this;
    }

    public Request u16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    public Request s32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    public Request bytes(byte[] value) {
        room(value.length).put(value);
        return this;
    }

    public Request u8(int attribute, int value) {
        return attribute(attribute, inside -> inside.u8(value));
    }

    public Request u16(int attribute, int value) {
        return attribute(attribute, inside -> inside.u16(value));
    }

    /** {@code __u32} or {@code __s32}: the bits are the same. */
    public Request u32(int attribute, long value) {
        return attribute(attribute, inside -> inside.s32((int) value));
    }

    public Request bytes(int attribute, byte[] value) {
        return attribute(attribute, inside -> inside.bytes(value));
    }

    /** With the NUL that the kernel wants behind it. */
    public Request string(int attribute, String value) {
        return attribute(
                attribute,
                inside -> inside.bytes(value.getBytes(StandardCharsets.UTF_8)).u8(0));
    }

    /** An attribute made of attributes, marked as such: the strict checks of newer kernels insist on the mark. */
    public Request nest(int attribute, Consumer<Request> content) {
        return attribute(attribute | NetlinkConstants.NLA_F_NESTED, content);
    }

    /** An attribute whose value is what {@code content} writes, without the mark of a nested one. */
    public Request attribute(int attribute, Consumer<Request> content) {
        int start = bytes.position();
        room(ATTRIBUTE_HEADER_SIZE).putShort((short) 0).putShort((short) attribute);
        content.accept(this);
        int length = bytes.position() - start;
        if (length > LONGEST_ATTRIBUTE) {
            throw new IllegalArgumentException("Attribute " + attribute + " would be " + length + " bytes long");
        }
        bytes.putShort(start, (short) length);
        return bytes(new byte[Alignment.padding(length)]);
    }

    /** A part that begins with its own length, 16 bits that count themselves too, as {@code struct rtnexthop} does. */
    Request counted(Consumer<Request> content) {
        int start = bytes.position();
        u16(0);
        content.accept(this);
        int length = bytes.position() - start;
        bytes.putShort(start, (short) length);
        return bytes(new byte[Alignment.padding(length)]);
    }

    /** The whole message as it goes to the kernel. */
    byte[] encode(int additionalFlags, int sequence, int portId) {
        bytes.putInt(0, bytes.position());
        bytes.putShort(4, (short) type);
        bytes.putShort(6, (short) (flags | additionalFlags));
        bytes.putInt(8, sequence);
        bytes.putInt(12, portId);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private ByteBuffer room(int count) {
        if (bytes.remaining() < count) {
            ByteBuffer larger =
                    ByteBuffer.allocate(2 * (bytes.capacity() + count)).order(ByteOrder.nativeOrder());
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }
}
