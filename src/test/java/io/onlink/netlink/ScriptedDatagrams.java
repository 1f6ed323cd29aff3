package io.onlink.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Answers as a kernel would, from a script of bytes; each request takes the next part of it. */
final class ScriptedDatagrams implements Datagrams {
    static final int PORT_ID = 4711;

    /** Bytes that come, or an exception instead. */
    @FunctionalInterface
    interface Datagram {
        byte[] bytes();
    }

    private final Deque<List<Datagram>> answers = new ArrayDeque<>();
    private final Deque<Datagram> arriving = new ArrayDeque<>();
    private final List<byte[]> sent = new ArrayList<>();

    /** What the next request is answered: one datagram after another. */
    ScriptedDatagrams answer(Datagram... datagrams) {
        answers.add(List.of(datagrams));
        return this;
    }

    int requests() {
        return sent.size();
    }

    @Override
    public int portId() {
        return PORT_ID;
    }

    @Override
    public void send(byte[] datagram) {
        sent.add(datagram);
        List<Datagram> answer = answers.poll();
        if (answer != null) {
            arriving.addAll(answer);
        }
    }

    @Override
    public Optional<ByteBuffer> receive() {
        Datagram next = arriving.poll();
        return next == null ? Optional.empty() : Optional.of(ByteBuffer.wrap(next.bytes()));
    }

    @Override
    public void close() {}

    /** A message as the kernel sends it, with the sequence number given. */
    static byte[] message(int type, int flags, int sequence, int portId, Consumer<ByteBuffer> payload) {
        ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
        bytes.putInt(0)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(portId);
        payload.accept(bytes);
        bytes.putInt(0, bytes.position());
        byte[] message = new byte[bytes.position()];
        bytes.flip().get(message);
        return message;
    }
}
