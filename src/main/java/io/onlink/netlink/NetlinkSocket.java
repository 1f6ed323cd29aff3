package io.onlink.netlink;

import io.onlink.libc.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks the kernel and waits for its answer. The socket belongs to the network namespace of the thread that opened it,
 * and can then be used from any platform thread; calls of several threads wait for one another.
 *
 * <pre>{@code
 * try (NetlinkSocket socket = NetlinkSocket.open()) {
 *     socket.perform(Request.of(RTM_DELLINK, 0).u8(AF_UNSPEC)...);
 *     List<Message> links = socket.dump(Request.of(RTM_GETLINK, 0)...);
 * }
 * }</pre>
 */
public final class NetlinkSocket implements AutoCloseable {
    private static final int RECEIVE_BUFFER = 4 * 1024 * 1024;

    /** A table of thousands of entries that somebody keeps changing is rarely whole at the first try. */
    private static final int DUMP_ATTEMPTS = 20;

    private final Datagrams datagrams;
    private int lastSequence;

    NetlinkSocket(Datagrams datagrams) {
        this.datagrams = datagrams;
    }

    /** Opens a socket in the calling thread's network namespace. Reading needs no privilege, changing CAP_NET_ADMIN. */
    public static NetlinkSocket open() {
        return new NetlinkSocket(KernelDatagrams.open(RECEIVE_BUFFER));
    }

    /**
     * Sends a request to change something; returns when the kernel has done it.
     *
     * @throws RefusedException with the error and the kernel's sentence; nothing was changed
     */
    public synchronized void perform(Request request) {
        int sequence = send(request, NetlinkConstants.NLM_F_ACK);
        while (true) {
            for (Message message : receive(request)) {
                if (isAnswer(message, sequence) && message.type() == NetlinkConstants.NLMSG_ERROR) {
                    throwIfRefused(request, message);
                    return;
                }
            }
        }
    }

    /** Asks for one thing: the message that answers. */
    public synchronized Message get(Request request) {
        int sequence = send(request, 0);
        while (true) {
            for (Message message : receive(request)) {
                if (!isAnswer(message, sequence)) {
                    continue;
                }
                if (message.type() == NetlinkConstants.NLMSG_ERROR) {
                    throwIfRefused(request, message);
                    continue;
                }
                return copy(message);
            }
        }
    }

    /**
     * Asks for all there is of something. A list that the kernel marked as inconsistent because it changed meanwhile,
     * or of which parts were lost, is thrown away and asked for again.
     *
     * @throws LostMessagesException if no attempt gave a whole list
     */
    public synchronized List<Message> dump(Request request) {
        for (int attempt = 1; attempt <= DUMP_ATTEMPTS; attempt++) {
            Optional<List<Message>> whole = tryDump(request);
            if (whole.isPresent()) {
                return whole.get();
            }
        }
        throw new LostMessagesException(name(request) + ": the list changed during each of " + DUMP_ATTEMPTS
                + " attempts to read it: something else on this host keeps changing it");
    }

    @Override
    public void close() {
        datagrams.close();
    }

    /** Empty if the list was interrupted: it is read to its end all the same, or its rest would follow the next request. */
    private Optional<List<Message>> tryDump(Request request) {
        int sequence = send(request, NetlinkConstants.NLM_F_DUMP);
        List<Message> parts = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            List<Message> messages;
            try {
                messages = receive(request);
            } catch (LostMessagesException lost) {
                interrupted = true;
                continue;
            }
            for (Message message : messages) {
                if (!isAnswer(message, sequence)) {
                    continue;
                }
                interrupted |= message.has(NetlinkConstants.NLM_F_DUMP_INTR);
                switch (message.type()) {
                    case NetlinkConstants.NLMSG_NOOP -> {}
                    case NetlinkConstants.NLMSG_OVERRUN -> interrupted = true;
                    case NetlinkConstants.NLMSG_ERROR, NetlinkConstants.NLMSG_DONE -> {
                        throwIfRefused(request, message);
                        return interrupted ? Optional.empty() : Optional.of(parts);
                    }
                    default -> parts.add(copy(message));
                }
            }
        }
    }

    private int send(Request request, int flags) {
        lastSequence++;
        datagrams.send(request.encode(flags, lastSequence, datagrams.portId()));
        return lastSequence;
    }

    private List<Message> receive(Request request) {
        return datagrams
                .receive()
                .map(Message::parse)
                .orElseThrow(() -> new NoReplyException(name(request) + ": the kernel did not answer"));
    }

    /** The rest of what an earlier request was answered, which gave up waiting, is passed over. */
    private boolean isAnswer(Message message, int sequence) {
        return message.sequence() == sequence && message.portId() == datagrams.portId();
    }

    /** The payload lies in the buffer that the next datagram overwrites. */
    private static Message copy(Message message) {
        return new Message(
                message.type(),
                message.flags(),
                message.sequence(),
                message.portId(),
                new ByteReader(java.nio.ByteBuffer.wrap(message.payload().bytes())));
    }

    /**
     * Reads NLMSG_ERROR, or NLMSG_DONE, which has no copy of the request.
     *
     * <pre>{@code
     * struct nlmsgerr {
     *     int             error;   // negated errno, 0 for an acknowledgement
     *     struct nlmsghdr msg;     // the request's, its content behind unless NLM_F_CAPPED
     * };                           // then the attributes of the extended acknowledgement if NLM_F_ACK_TLVS
     * }</pre>
     */
    private static void throwIfRefused(Request request, Message message) {
        ByteReader reader = message.payload();
        // Some dumps end without the number.
        int error = reader.remaining() == 0 ? 0 : reader.s32();
        if (error >= 0) {
            return;
        }
        throw new RefusedException(name(request), new Errno(-error), extendedAck(message, reader));
    }

    private static ExtendedAck extendedAck(Message message, ByteReader reader) {
        if (!message.has(NetlinkConstants.NLM_F_ACK_TLVS)) {
            return ExtendedAck.NONE;
        }
        if (message.type() == NetlinkConstants.NLMSG_ERROR) {
            int requestLength = reader.s32();
            int headerRest = Message.HEADER_SIZE - Integer.BYTES;
            boolean capped = message.has(NetlinkConstants.NLM_F_CAPPED);
            reader.skip(capped ? headerRest : requestLength + Alignment.padding(requestLength) - Integer.BYTES);
        }
        return ExtendedAck.parse(reader);
    }

    private static String name(Request request) {
        return RtnetlinkConstants.messageName(request.type());
    }
}
