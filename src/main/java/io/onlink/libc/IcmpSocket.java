package io.onlink.libc;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Control messages to and from other hosts, by the kernel's own routes: raw(7) with ICMP, or ICMPv6. It belongs to the
 * network namespace of the thread that opened it and can then be used from any platform thread, one at a time.
 *
 * <p>It hears every control message that reaches this host, also the answers to other programs.
 */
public final class IcmpSocket implements AutoCloseable {
    private static final int LONGEST_MESSAGE = 65_536;

    private final Descriptor socket;
    private final boolean ipv4;
    private final ByteBuffer received = ByteBuffer.allocateDirect(LONGEST_MESSAGE);
    private final ByteBuffer sender = ByteBuffer.allocateDirect(InternetAddress.LONGEST);

    private IcmpSocket(Descriptor socket, boolean ipv4) {
        this.socket = socket;
        this.ipv4 = ipv4;
    }

    /**
     * Opens a socket. Needs CAP_NET_RAW in the namespace.
     *
     * @param family {@link Libc#AF_INET} or {@link Libc#AF_INET6}
     * @param device a VRF whose table routes the messages (SO_BINDTODEVICE); null for the main table
     * @throws SystemCallException ENODEV where there is no such device
     */
    public static IcmpSocket open(int family, @Nullable String device) {
        boolean ipv4 = family == Libc.AF_INET;
        int protocol = ipv4 ? Libc.IPPROTO_ICMP : Libc.IPPROTO_ICMPV6;
        Descriptor socket = Libc.socket(family, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, protocol);
        try {
            if (device != null) {
                Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, device);
            }
        } catch (SystemCallException refused) {
            socket.close();
            throw refused;
        }
        return new IcmpSocket(socket, ipv4);
    }

    /**
     * Opens a socket whose messages leave from one of this host's addresses, as those of a connection do that has it: by the rules of
     * its source. It is bound to no VRF, and the address may be one of a VRF's member all the same. Needs CAP_NET_RAW.
     *
     * @param source 4 or 16 bytes
     */
    public static IcmpSocket from(byte[] source) {
        IcmpSocket opened = open(source.length == 4 ? Libc.AF_INET : Libc.AF_INET6, null);
        try {
            // A VRF's own addresses are none of the main table's, and without it the kernel refuses them (raw_bind).
            // IPv6 asks for the
            // same flag (ipv6_can_nonlocal_bind).
            Libc.setsockopt(opened.socket, Libc.SOL_IP, Libc.IP_FREEBIND, 1);
            Libc.bind(opened.socket, InternetAddress.encode(source, 0));
            return opened;
        } catch (SystemCallException refused) {
            opened.close();
            throw refused;
        }
    }

    /**
     * Sends one message. The kernel writes the checksum of ICMPv6; that of ICMP must be there.
     *
     * @param destination 4 or 16 bytes
     * @param scope index of the interface of an IPv6 link-local destination, else 0
     * @throws SystemCallException ENETUNREACH, EHOSTUNREACH or EADDRNOTAVAIL where there is no way to it
     */
    public void send(byte[] message, byte[] destination, int scope) {
        Libc.sendto(socket, message, InternetAddress.encode(destination, scope));
    }

    /** The next message, without IP's header; empty when the time is over. */
    public Optional<Message> receive(Duration timeout) {
        if (!Libc.poll(Math.toIntExact(timeout.toMillis()), socket)[0]) {
            return Optional.empty();
        }
        OptionalInt length = Libc.recvfrom(socket, received, Libc.MSG_DONTWAIT, sender);
        if (length.isEmpty()) {
            return Optional.empty();
        }
        if (ipv4) {
            // raw(7): an IPv4 raw socket is given the header too, whose length is in its first byte in units of four.
            received.position(Math.min(received.limit(), (received.get(0) & 0x0f) * 4));
        }
        byte[] content = new byte[received.remaining()];
        received.get(content);
        return Optional.of(new Message(InternetAddress.decode(sender), content));
    }

    @Override
    public void close() {
        socket.close();
    }

    /** A message that came in. */
    public static final class Message {
        private final byte[] sender;
        private final byte[] content;

        private Message(byte[] sender, byte[] content) {
            this.sender = sender;
            this.content = content;
        }

        /** The 4 or 16 bytes of the address it came from. */
        public byte[] sender() {
            return sender.clone();
        }

        /** From the type on. */
        public byte[] content() {
            return content.clone();
        }
    }
}
