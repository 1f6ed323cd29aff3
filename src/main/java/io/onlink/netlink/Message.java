package io.onlink.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A message received.
 *
 * <pre>{@code
 * struct nlmsghdr {            // 16 bytes
 *     __u32 nlmsg_len;         // with this header
 *     __u16 nlmsg_type;
 *     __u16 nlmsg_flags;
 *     __u32 nlmsg_seq;         // the request's
 *     __u32 nlmsg_pid;         // the port id of the socket that asked
 * };
 * }</pre>
 */
public record Message(int type, int flags, int sequence, int portId, ByteReader payload) {
    static final int HEADER_SIZE = 16;

    /** The messages of one datagram; it must be made of whole ones. */
    static List<Message> parse(ByteBuffer datagram) {
        ByteReader reader = new ByteReader(datagram);
        List<Message> messages = new ArrayList<>();
        while (reader.remaining() > 0) {
            int length = reader.s32();
            int type = reader.u16();
            int flags = reader.u16();
            int sequence = reader.s32();
            int portId = reader.s32();
            if (length < HEADER_SIZE) {
                throw new MalformedMessageException("Message of type " + type + " claims a length of " + length);
            }
            messages.add(new Message(type, flags, sequence, portId, reader.slice(length - HEADER_SIZE)));
            reader.align(length);
        }
        return messages;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }
}
