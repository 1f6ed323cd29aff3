package io.onlink.docker;

import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.PacketSocket;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A machine that has an IPv4 address and takes its time to answer who asks for it. */
final class LateMachine implements AutoCloseable {
    private static final int ETHERTYPE_ARP = 0x0806;
    private static final int TARGET_IP_PLACE = 38;
    private static final int SENDER_MAC_PLACE = 22;

    /** Half of what is waited for an answer, and then some. */
    private static final Duration DELAY = Duration.ofMillis(250);

    private final PacketSocket socket;
    private final IpAddress ip;
    private final MacAddress mac;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean closed;

    private LateMachine(PacketSocket socket, IpAddress ip, MacAddress mac) {
        this.socket = socket;
        this.ip = ip;
        this.mac = mac;
    }

    static LateMachine start(String namespace, String link, String ip, String mac) {
        PacketSocket socket = NetworkNamespace.named(namespace).call(() -> {
            try {
                int index =
                        Objects.requireNonNull(NetworkInterface.getByName(link)).getIndex();
                return PacketSocket.open(index, ETHERTYPE_ARP);
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
        });
        LateMachine machine = new LateMachine(socket, IpAddress.parse(ip), MacAddress.parse(mac));
        machine.thread.start();
        return machine;
    }

    int answers() {
        return answers.get();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        socket.close();
    }

    private void run() {
        while (!closed) {
            Optional<byte[]> frame = socket.receive(Duration.ofMillis(50));
            if (frame.isEmpty() || !asksForUs(frame.get())) {
                continue;
            }
            try {
                Thread.sleep(DELAY);
            } catch (InterruptedException interrupted) {
                return;
            }
            socket.send(reply(frame.get()));
            answers.incrementAndGet();
        }
    }

    private boolean asksForUs(byte[] frame) {
        byte[] target = new byte[4];
        ByteBuffer.wrap(frame).get(TARGET_IP_PLACE, target);
        return frame[21] == 1 && IpAddress.of(target).equals(ip);
    }

    private byte[] reply(byte[] request) {
        byte[] asker = new byte[6];
        ByteBuffer.wrap(request).get(SENDER_MAC_PLACE, asker);
        return ByteBuffer.allocate(42)
                .put(asker)
                .put(mac.toBytes())
                .putShort((short) ETHERTYPE_ARP)
                .putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) 2)
                .put(mac.toBytes())
                .put(ip.toBytes())
                .put(asker)
                .putInt(0)
                .array();
    }
}
