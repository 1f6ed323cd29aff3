package io.onlink.docker;

import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.PacketSocket;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** A router that advertises itself and a network (RFC 4861, 4.2 and 4.6.2) fifty times a second. */
final class AdvertisingRouter implements AutoCloseable {
    /** What addresses made of it begin with. */
    static final String NETWORK = "2001:db8:bad:";

    private static final int BETWEEN_ADVERTISEMENTS = 20;
    private static final int ETHERTYPE_IPV6 = 0x86dd;
    private static final int LIFETIME = 1800;
    private static final IpAddress SENDER = IpAddress.parse("fe80::bad");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    private final PacketSocket socket;
    private final Thread thread;
    private final AtomicInteger sent = new AtomicInteger();

    private AdvertisingRouter(PacketSocket socket) {
        this.socket = socket;
        thread = Thread.ofPlatform().daemon().unstarted(this::run);
    }

    static AdvertisingRouter start(String namespace, String link) {
        PacketSocket socket = NetworkNamespace.named(namespace).call(() -> {
            try {
                int index =
                        Objects.requireNonNull(NetworkInterface.getByName(link)).getIndex();
                return PacketSocket.open(index, ETHERTYPE_IPV6);
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
        });
        AdvertisingRouter router = new AdvertisingRouter(socket);
        router.thread.start();
        return router;
    }

    int sent() {
        return sent.get();
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        socket.close();
    }

    private void run() {
        byte[] frame = frame();
        while (!Thread.currentThread().isInterrupted()) {
            socket.send(frame);
            sent.incrementAndGet();
            try {
                Thread.sleep(BETWEEN_ADVERTISEMENTS);
            } catch (InterruptedException closed) {
                return;
            }
        }
    }

    private static byte[] frame() {
        byte[] message = ByteBuffer.allocate(48)
                .put((byte) 134)
                .put((byte) 0)
                .putShort((short) 0)
                .put((byte) 64)
                .put((byte) 0)
                .putShort((short) LIFETIME)
                .putLong(0)
                .put((byte) 3)
                .put((byte) 4)
                .put((byte) 64)
                .put((byte) 0xc0)
                .putInt(LIFETIME)
                .putInt(LIFETIME)
                .putInt(0)
                .put(IpAddress.parse(NETWORK + ":").toBytes())
                .array();
        ByteBuffer.wrap(message).putShort(2, checksum(message));
        return ByteBuffer.allocate(14 + 40 + message.length)
                .put(MacAddress.parse("33:33:00:00:00:01").toBytes())
                .put(MacAddress.parse("02:00:00:00:0b:ad").toBytes())
                .putShort((short) ETHERTYPE_IPV6)
                .putInt(0x60000000)
                .putShort((short) message.length)
                .put((byte) 58)
                .put((byte) 255)
                .put(SENDER.toBytes())
                .put(ALL_NODES.toBytes())
                .put(message)
                .array();
    }

    /** Over pseudo-header and message, RFC 4443, 2.3. */
    private static short checksum(byte[] message) {
        ByteBuffer covered = ByteBuffer.allocate(40 + message.length)
                .put(SENDER.toBytes())
                .put(ALL_NODES.toBytes())
                .putInt(message.length)
                .putInt(58)
                .put(message)
                .flip();
        int sum = 0;
        while (covered.hasRemaining()) {
            sum += Short.toUnsignedInt(covered.getShort());
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short) ~((sum & 0xffff) + (sum >>> 16));
    }
}
