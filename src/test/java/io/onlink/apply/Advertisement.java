package io.onlink.apply;

import io.onlink.frame.InternetChecksum;
import io.onlink.libc.PacketSocket;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import io.onlink.model.Route;
import java.nio.ByteBuffer;

/**
 * A router advertisement to all nodes (RFC 4861, 4.2), with one network for addresses (4.6.2) and one behind the router
 * (RFC 4191, 2.3).
 *
 * @param router how long the sender is a default router, in seconds
 * @param onLink whether the network is on the link (the L bit)
 */
record Advertisement(
        IpAddress from,
        MacAddress mac,
        int router,
        Route.Preference preference,
        IpNetwork network,
        boolean onLink,
        int valid,
        int preferred,
        IpNetwork behind) {
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    Advertisement withRouter(int seconds) {
        return new Advertisement(from, mac, seconds, preference, network, onLink, valid, preferred, behind);
    }

    Advertisement withValid(int seconds) {
        return new Advertisement(from, mac, router, preference, network, onLink, seconds, preferred, behind);
    }

    Advertisement withNetworkOnLink(boolean isOnLink) {
        return new Advertisement(from, mac, router, preference, network, isOnLink, valid, preferred, behind);
    }

    void send(int linkIndex) {
        try (PacketSocket socket = PacketSocket.open(linkIndex, 0x86dd)) {
            socket.send(frame());
        }
    }

    private byte[] frame() {
        byte[] message = ByteBuffer.allocate(64)
                .put((byte) 134)
                .put((byte) 0)
                .putShort((short) 0)
                .put((byte) 64)
                .put((byte) (preference.number() << 3))
                .putShort((short) router)
                .putLong(0)
                .put((byte) 3)
                .put((byte) 4)
                .put((byte) network.prefixLength())
                .put((byte) (onLink ? 0xc0 : 0x40))
                .putInt(valid)
                .putInt(preferred)
                .putInt(0)
                .put(network.address().toBytes())
                .put((byte) 24)
                .put((byte) 2)
                .put((byte) behind.prefixLength())
                .put((byte) (preference.number() << 3))
                .putInt(router)
                .put(behind.address().toBytes(), 0, 8)
                .array();
        ByteBuffer covered = ByteBuffer.allocate(40 + message.length)
                .put(from.toBytes())
                .put(ALL_NODES.toBytes())
                .putInt(message.length)
                .putInt(58)
                .put(message)
                .flip();
        return ByteBuffer.allocate(14 + 40 + message.length)
                .put(MacAddress.parse("33:33:00:00:00:01").toBytes())
                .put(mac.toBytes())
                .putShort((short) 0x86dd)
                .putInt(0x60000000)
                .putShort((short) message.length)
                .put((byte) 58)
                .put((byte) 255)
                .put(from.toBytes())
                .put(ALL_NODES.toBytes())
                .put(ByteBuffer.wrap(message).putShort(2, InternetChecksum.of(covered)))
                .array();
    }
}
