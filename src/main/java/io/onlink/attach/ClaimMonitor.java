package io.onlink.attach;

import io.onlink.attach.ProbeFrames.Claim;
import io.onlink.frame.Ethernet;
import io.onlink.libc.PacketSocket;
import io.onlink.libc.ReadingThread;
import io.onlink.model.Family;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears who says on the segments that he has an address: in ARP, and in neighbour discovery. It hears what comes to the host
 * itself, as all does that is sent to many; a container's own traffic passes by it and costs nothing. It has a platform thread
 * of its own, which calls {@link Attachments#claimed}.
 */
public final class ClaimMonitor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClaimMonitor.class);

    private final PacketSocket arp;
    private final PacketSocket neighbours;
    private final Attachments attachments;
    private final ReadingThread thread;

    private ClaimMonitor(PacketSocket arp, PacketSocket neighbours, Attachments attachments) {
        this.arp = arp;
        this.neighbours = neighbours;
        this.attachments = attachments;
        this.thread = new ReadingThread("claim-monitor", this::hear, arp.descriptor(), neighbours.descriptor());
    }

    /**
     * Listens in the calling thread's network namespace.
     *
     * @param attachments is told what is heard
     */
    public static ClaimMonitor start(Attachments attachments) {
        PacketSocket arp = open(Family.IPV4);
        try {
            ClaimMonitor monitor = new ClaimMonitor(arp, open(Family.IPV6), attachments);
            monitor.thread.start();
            return monitor;
        } catch (RuntimeException refused) {
            arp.close();
            throw refused;
        }
    }

    private static PacketSocket open(Family family) {
        return PacketSocket.ofEveryInterface(Ethernet.resolutionType(family), ProbeFrames.filter(family));
    }

    private void hear(boolean[] ready) {
        if (ready[0]) {
            hear(arp);
        }
        if (ready[1]) {
            hear(neighbours);
        }
    }

    private void hear(PacketSocket socket) {
        try {
            Optional<PacketSocket.Frame> frame = socket.receiveNow();
            if (frame.isEmpty()) {
                return;
            }
            Optional<Claim> claim = ProbeFrames.claim(frame.get().bytes()).filter(Claim::isHeld);
            claim.ifPresent(heard -> attachments.claimed(frame.get().interfaceIndex(), heard));
        } catch (RuntimeException failed) {
            log.error("a claim on an address is not looked at", failed);
        }
    }

    /** When it returns nobody is told any more. Idempotent. */
    @Override
    public void close() {
        thread.close();
        arp.close();
        neighbours.close();
    }
}
