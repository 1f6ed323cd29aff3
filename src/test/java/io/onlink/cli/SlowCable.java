package io.onlink.cli;

import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.PacketSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A long way between a switch's port and the switch: each frame comes late, and every fourth one never. This does with
 * packet sockets what netem does where a kernel has it.
 */
final class SlowCable implements AutoCloseable {
    private static final int EVERY_PROTOCOL = 3; // ETH_P_ALL
    private static final int LOST = 4;
    private static final Pattern INDEX = Pattern.compile("^(\\d+):");

    private final Direction up;
    private final Direction down;
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread relay;

    private SlowCable(Direction up, Direction down) {
        this.up = up;
        this.down = down;
        this.relay = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                up.pass();
                down.pass();
            }
        });
    }

    /** Of a switch's port, with this delay each way. */
    static SlowCable at(LabHost host, String member, String port, Duration delay)
            throws IOException, InterruptedException {
        host.output(member, "ip", "link", "set", port, "nomaster");
        host.output(member, "ip", "link", "add", "far", "type", "veth", "peer", "name", "slow");
        host.output(member, "ip", "link", "set", "slow", "master", "switch", "up");
        host.output(member, "ip", "link", "set", "far", "up");
        int near = index(host, member, port);
        int far = index(host, member, "far");
        return NetworkNamespace.named(host.namespace(member)).call(() -> {
            PacketSocket one = PacketSocket.open(near, EVERY_PROTOCOL);
            PacketSocket other = PacketSocket.open(far, EVERY_PROTOCOL);
            return new SlowCable(new Direction(one, other, delay), new Direction(other, one, delay));
        });
    }

    private static int index(LabHost host, String member, String link) throws IOException, InterruptedException {
        String said = host.output(member, "ip", "-o", "link", "show", "dev", link);
        Matcher matcher = INDEX.matcher(said);
        if (!matcher.find()) {
            throw new AssertionError("no link %s: %s".formatted(link, said));
        }
        return Integer.parseInt(matcher.group(1));
    }

    @Override
    public void close() {
        over.set(true);
        try {
            relay.join();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        List.of(up, down).forEach(direction -> direction.from.close());
    }

    private record Frame(long due, ByteBuffer bytes) {}

    /** For one thread. */
    private static final class Direction {
        private static final Duration GLANCE = Duration.ofMillis(2);

        private final PacketSocket from;
        private final PacketSocket to;
        private final Duration delay;
        private final Deque<Frame> underWay = new ArrayDeque<>();
        private int seen;

        private Direction(PacketSocket from, PacketSocket to, Duration delay) {
            this.from = from;
            this.to = to;
            this.delay = delay;
        }

        private void pass() {
            from.receive(GLANCE).ifPresent(bytes -> {
                seen++;
                if (seen % LOST != 0) {
                    underWay.add(new Frame(System.nanoTime() + delay.toNanos(), ByteBuffer.wrap(bytes)));
                }
            });
            while (!underWay.isEmpty()
                    && System.nanoTime() - underWay.getFirst().due() >= 0) {
                to.send(underWay.removeFirst().bytes().array());
            }
        }
    }
}
