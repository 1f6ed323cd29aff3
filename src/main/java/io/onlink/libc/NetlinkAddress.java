package io.onlink.libc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The address of a netlink socket, netlink(7).
 *
 * <pre>{@code
 * struct sockaddr_nl {                // 12 bytes
 *     sa_family_t     nl_family;      // AF_NETLINK
 *     unsigned short  nl_pad;
 *     __u32           nl_pid;
 *     __u32           nl_groups;
 * };
 * }</pre>
 *
 * @param portId which socket; the kernel's is 0, and a socket bound to 0 is given one of its own
 * @param groups a bit for each multicast group
 */
public record NetlinkAddress(int portId, int groups) {
    public static final int SIZE = 12;
    public static final NetlinkAddress KERNEL = new NetlinkAddress(0, 0);

    public byte[] encode() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Libc.AF_NETLINK)
                .putShort((short) 0)
                .putInt(portId)
                .putInt(groups)
                .array();
    }

    /**
     * Reads what the kernel wrote.
     *
     * @throws IllegalArgumentException if the bytes are not a netlink address
     */
    public static NetlinkAddress decode(ByteBuffer bytes) {
        ByteBuffer sockaddr = bytes.duplicate().order(ByteOrder.nativeOrder());
        if (sockaddr.remaining() != SIZE || sockaddr.getShort() != Libc.AF_NETLINK) {
            throw new IllegalArgumentException("Not a netlink address, " + bytes.remaining() + " bytes");
        }
        sockaddr.getShort();
        return new NetlinkAddress(sockaddr.getInt(), sockaddr.getInt());
    }
}
