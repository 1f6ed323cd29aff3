package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Whole Ethernet frames out of and into one interface, packet(7). It belongs to the network namespace of the thread
 * that opened it and can then be used from any platform thread, one at a time.
 *
 * <p>For what the kernel does not say by itself: announcing an address (gratuitous ARP, unsolicited neighbour
 * advertisement) and asking whether one is taken.
 */
public final class PacketSocket implements AutoCloseable {
    /** Longer frames than any Ethernet has; the rest of one would be cut off. */
    private static final int FRAME_LIMIT = 65_536;

    private static final int NO_PROTOCOL = 0;
    private static final int EVERY_INTERFACE = 0;
    private static final short PACKET_MR_PROMISC = 1;

    private final Descriptor socket;
    private final byte[] address;
    private final ByteBuffer received = ByteBuffer.allocateDirect(FRAME_LIMIT);
    private final ByteBuffer sender = ByteBuffer.allocateDirect(LinkLayerAddress.SIZE);

    /** A frame that was heard. */
    public static final class Frame {
        private final int interfaceIndex;
        private final byte[] bytes;

        private Frame(int interfaceIndex, byte[] bytes) {
            this.interfaceIndex = interfaceIndex;
            this.bytes = bytes;
        }

        /** By which interface it came to the host: of what came in by a bridge's port, the bridge. */
        public int interfaceIndex() {
            return interfaceIndex;
        }

        /** From the destination MAC on; to be read only. */
        public byte[] bytes() {
            return bytes;
        }
    }

    private PacketSocket(Descriptor socket, byte[] address) {
        this.socket = socket;
        this.address = address;
    }

    /**
     * Opens a socket on one interface. Needs CAP_NET_RAW in the namespace.
     *
     * @param protocol the Ethernet type of the frames to receive, as 0x0806 for ARP
     * @throws SystemCallException ENODEV where there is no such interface
     */
    public static PacketSocket open(int interfaceIndex, int protocol) {
        // Protocol 0 until bound: a packet socket hears every interface between socket(2) and bind(2).
        Descriptor socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, 0);
        byte[] address = new LinkLayerAddress(protocol, interfaceIndex).encode();
        try {
            Libc.bind(socket, address);
        } catch (SystemCallException refused) {
            socket.close();
            throw refused;
        }
        return new PacketSocket(socket, address);
    }

    /**
     * As {@link #open(int, int)}, and hears only the frames that the filter accepts: on a busy link the kernel drops
     * the others before they fill the socket's buffer.
     */
    public static PacketSocket open(int interfaceIndex, int protocol, PacketFilter filter) {
        Descriptor socket = Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, 0);
        byte[] address = new LinkLayerAddress(protocol, interfaceIndex).encode();
        try {
            Libc.attachFilter(socket, filter.program());
            Libc.bind(socket, address);
        } catch (SystemCallException refused) {
            socket.close();
            throw refused;
        }
        return new PacketSocket(socket, address);
    }

    /**
     * Hears the frames of a protocol that any interface of the namespace gives to the host itself, those of interfaces that
     * come later too; what passes between a bridge's ports is not among them. It is not for sending.
     */
    public static PacketSocket ofEveryInterface(int protocol, PacketFilter filter) {
        return open(EVERY_INTERFACE, protocol, filter);
    }

    /**
     * Hears nothing, and lets the interface take frames for whatever station while it is open, packet(7).
     *
     * <pre>{@code
     * struct packet_mreq {         // 16 bytes
     *     int            mr_ifindex;
     *     unsigned short mr_type;
     *     unsigned short mr_alen;
     *     unsigned char  mr_address[8];
     * };
     * }</pre>
     */
    public static PacketSocket promiscuous(int interfaceIndex) {
        PacketSocket socket = open(interfaceIndex, NO_PROTOCOL);
        byte[] membership = ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putInt(interfaceIndex)
                .putShort(PACKET_MR_PROMISC)
                .array();
        try {
            Libc.setsockopt(socket.socket, Libc.SOL_PACKET, Libc.PACKET_ADD_MEMBERSHIP, membership);
            return socket;
        } catch (SystemCallException refused) {
            socket.close();
            throw refused;
        }
    }

    /**
     * Sends one frame as it is.
     *
     * @param frame from the destination MAC on, without the frame check sequence
     * @throws SystemCallException ENETDOWN where the interface is down
     */
    public void send(byte[] frame) {
        Libc.sendto(socket, frame, address);
    }

    /** The next frame of the protocol, those sent by this host among them; empty when the time is over. */
    public Optional<byte[]> receive(Duration timeout) {
        if (!Libc.poll(Math.toIntExact(timeout.toMillis()), socket)[0]) {
            return Optional.empty();
        }
        return receiveNow().map(Frame::bytes);
    }

    /** As {@link #receive}, without waiting: for who waits by {@link Libc#poll}. */
    public Optional<Frame> receiveNow() {
        OptionalInt length = Libc.recvfrom(socket, received, Libc.MSG_DONTWAIT, sender);
        if (length.isEmpty()) {
            return Optional.empty();
        }
        byte[] frame = new byte[received.remaining()];
        received.get(frame);
        return Optional.of(new Frame(LinkLayerAddress.interfaceIndex(sender), frame));
    }

    /** What to {@link Libc#poll}. */
    public Descriptor descriptor() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}
