package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A datagram to a unix socket, unix(7): what sd_notify(3) sends, and Java's library cannot.
 *
 * <pre>{@code
 * struct sockaddr_un {                 // 110 bytes at most
 *     sa_family_t     sun_family;      // AF_UNIX
 *     char            sun_path[108];   // with a NUL first: of the abstract name space, and as long as the address says
 * };
 * }</pre>
 */
public final class UnixDatagram {
    private static final int LONGEST_PATH = 107;

    private UnixDatagram() {}

    /**
     * Sends one message, whole or not at all; it waits while the receiver has no room.
     *
     * @param address a path, or {@code @NAME} for the abstract name space
     * @throws SystemCallException as sendto(2): ENOENT and ECONNREFUSED where nobody listens
     * @throws IllegalArgumentException if the address is too long for a unix socket
     */
    public static void send(String address, String message) {
        byte[] sockaddr = encode(address);
        try (Descriptor socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0)) {
            Libc.sendto(socket, message.getBytes(StandardCharsets.UTF_8), sockaddr);
        }
    }

    static byte[] encode(String address) {
        byte[] path = address.getBytes(StandardCharsets.UTF_8);
        if (path.length > LONGEST_PATH) {
            throw new IllegalArgumentException("No unix socket has an address as long as " + address);
        }
        boolean isAbstract = address.startsWith("@");
        if (isAbstract) {
            path[0] = 0;
        }
        // A path ends with a NUL, an abstract name with the address.
        return ByteBuffer.allocate(Short.BYTES + path.length + (isAbstract ? 0 : 1))
                .order(ByteOrder.nativeOrder())
                .putShort((short) Libc.AF_UNIX)
                .put(path)
                .array();
    }
}
