package io.onlink.netlink;

import io.onlink.libc.Descriptor;
import io.onlink.libc.Errno;
import io.onlink.libc.Libc;
import io.onlink.libc.NetlinkAddress;
import io.onlink.libc.SystemCallException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;

/** A NETLINK_ROUTE socket of the network namespace of the thread that opened it. */
final class KernelDatagrams implements Datagrams {
    /** The kernel answers a request before sendto(2) returns; only a dump's later parts can keep us waiting. */
    private static final int TIMEOUT_MILLISECONDS = 10_000;

    /** For a dump the kernel fills as much as was last offered, 32 kB at most; one link's message is far below. */
    private static final int DATAGRAM_LIMIT = 64 * 1024;

    private final Descriptor socket;
    private final int portId;
    private final ByteBuffer received = ByteBuffer.allocateDirect(DATAGRAM_LIMIT);
    private final ByteBuffer sender = ByteBuffer.allocateDirect(NetlinkAddress.SIZE);

    private KernelDatagrams(Descriptor socket) {
        this.socket = socket;
        this.portId = NetlinkAddress.decode(ByteBuffer.wrap(Libc.getsockname(socket, NetlinkAddress.SIZE)))
                .portId();
    }

    /**
     * Opens and binds.
     *
     * @param receiveBuffer bytes the kernel keeps for us before it starts to lose messages
     */
    static KernelDatagrams open(int receiveBuffer) {
        Descriptor socket =
                Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NetlinkConstants.NETLINK_ROUTE);
        try {
            enlarge(socket, receiveBuffer);
            Libc.setsockopt(socket, NetlinkConstants.SOL_NETLINK, NetlinkConstants.NETLINK_EXT_ACK, 1);
            Libc.setsockopt(socket, NetlinkConstants.SOL_NETLINK, NetlinkConstants.NETLINK_CAP_ACK, 1);
            checkStrictlyIfKnown(socket);
            Libc.bind(socket, NetlinkAddress.KERNEL.encode());
            return new KernelDatagrams(socket);
        } catch (SystemCallException refused) {
            socket.close();
            throw refused;
        }
    }

    private static void enlarge(Descriptor socket, int receiveBuffer) {
        try {
            Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, receiveBuffer);
        } catch (SystemCallException withoutCapability) {
            // Without CAP_NET_ADMIN the kernel gives up to net.core.rmem_max, which does for reading.
            Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUF, receiveBuffer);
        }
    }

    /** Strict: filters in a dump request are obeyed, and mistakes in one are errors. Kernels before 4.20 ignore both. */
    private static void checkStrictlyIfKnown(Descriptor socket) {
        try {
            Libc.setsockopt(socket, NetlinkConstants.SOL_NETLINK, NetlinkConstants.NETLINK_GET_STRICT_CHK, 1);
        } catch (SystemCallException unknown) {
            if (!unknown.errno().equals(Errno.ENOPROTOOPT)) {
                throw unknown;
            }
        }
    }

    /** Also receives what the kernel tells everybody who listens to this group. */
    void join(int group) {
        Libc.setsockopt(socket, NetlinkConstants.SOL_NETLINK, NetlinkConstants.NETLINK_ADD_MEMBERSHIP, group);
    }

    Descriptor descriptor() {
        return socket;
    }

    @Override
    public int portId() {
        return portId;
    }

    @Override
    public void send(byte[] datagram) {
        Libc.sendto(socket, datagram, NetlinkAddress.KERNEL.encode());
    }

    @Override
    public Optional<ByteBuffer> receive() {
        Optional<ByteBuffer> datagram = receiveNow();
        if (datagram.isPresent()) {
            return datagram;
        }
        return Libc.poll(TIMEOUT_MILLISECONDS, socket)[0] ? receiveNow() : Optional.empty();
    }

    /** Without waiting. What another process sent to our port, which any may, is thrown away. */
    Optional<ByteBuffer> receiveNow() {
        while (true) {
            OptionalInt length = receiveAny();
            if (length.isEmpty()) {
                return Optional.empty();
            }
            if (length.getAsInt() > received.capacity()) {
                throw new MalformedMessageException("The kernel sent a datagram of " + length.getAsInt()
                        + " bytes, more than the " + received.capacity() + " there is room for");
            }
            if (NetlinkAddress.decode(sender).portId() == NetlinkAddress.KERNEL.portId()) {
                return Optional.of(received);
            }
        }
    }

    private OptionalInt receiveAny() {
        try {
            return Libc.recvfrom(socket, received, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC, sender);
        } catch (SystemCallException failed) {
            if (failed.errno().equals(Errno.ENOBUFS)) {
                throw new LostMessagesException("The kernel had no room to keep a message for us: " + failed.errno());
            }
            throw failed;
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
