package io.onlink.netlink;

import java.nio.ByteBuffer;
import java.util.Optional;

/** One socket's way to the kernel and back: whole datagrams, of which the kernel packs several messages into one. */
interface Datagrams extends AutoCloseable {
    /** Under which the kernel answers. */
    int portId();

    void send(byte[] datagram);

    /**
     * The next datagram that the kernel sent; it is valid until the next call.
     *
     * @return empty if nothing came for longer than the kernel ever takes
     * @throws LostMessagesException if the kernel had no room to keep something for us (ENOBUFS)
     */
    Optional<ByteBuffer> receive();

    @Override
    void close();
}
