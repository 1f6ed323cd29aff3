package io.onlink.libc;

import io.onlink.libc.TrafficProgram.Direction;
import io.onlink.libc.TrafficProgram.Hook;
import java.util.ArrayList;
import java.util.List;

/**
 * One link takes another's place as a bridge's way out, from one frame to the next, while both are on one LAN. A stub, which is the
 * bridge's port, stands in for the new link until that is a port itself. What came in by one of the three never leaves by another:
 * the LAN would get its own frames back.
 *
 * <p>BPF programs at the tcx hooks of the three (Linux 6.6) that read one number. They end when this is closed, or with the process
 * that holds it, however that ends.
 */
public final class FrameExchange implements AutoCloseable {
    private static final int PREPARED = 0;
    private static final int BY_STUB = 1;
    private static final int BY_PORT = 2;

    private final SharedNumber phase;
    private final List<Runnable> parts = new ArrayList<>();

    private boolean isClosed;

    private FrameExchange(SharedNumber phase) {
        this.phase = phase;
    }

    /**
     * From now on what the bridge sends leaves by the new link, and what comes in by that comes in by the stub. What still comes in by
     * the old link for one station passes; what comes in by it for many has come in by the new one too. In the calling thread's network
     * namespace.
     *
     * @throws SystemCallException EINVAL where the kernel has no tcx; EPERM without CAP_BPF and CAP_NET_ADMIN
     */
    public static FrameExchange begin(int oldIndex, int newIndex, int stubIndex) {
        FrameExchange exchange = new FrameExchange(SharedNumber.zero());
        try {
            exchange.attach(oldIndex, newIndex, stubIndex);
            exchange.phase.set(BY_STUB);
            return exchange;
        } catch (SystemCallException refused) {
            exchange.close();
            throw refused;
        }
    }

    private void attach(int oldIndex, int newIndex, int stubIndex) {
        // Nobody's port yet, the new link would not take frames for the stations behind the bridge.
        PacketSocket promiscuous = PacketSocket.promiscuous(newIndex);
        parts.add(promiscuous::close);
        keep(
                Hook.EGRESS,
                newIndex,
                new TrafficProgram().dropWhatCameInBy(stubIndex).pass());
        keep(
                Hook.EGRESS,
                stubIndex,
                new TrafficProgram()
                        .exceptWhile(phase, PREPARED)
                        .dropWhatCameInBy(oldIndex)
                        .dropWhatCameInBy(newIndex)
                        .redirect(newIndex, Direction.OUT));
        keep(
                Hook.INGRESS,
                newIndex,
                new TrafficProgram().onlyWhile(phase, BY_STUB).onlyUntagged().redirect(stubIndex, Direction.IN));
        // What this host sends to many comes back by the old link, and the bridge would look for its own stations
        // there.
        keep(
                Hook.INGRESS,
                oldIndex,
                new TrafficProgram()
                        .onlyWhile(phase, BY_STUB)
                        .onlyUntagged()
                        .dropIncomingMulticast()
                        .pass());
        // To many it leaves by the stub as well.
        keep(
                Hook.EGRESS,
                oldIndex,
                new TrafficProgram()
                        .onlyWhile(phase, BY_STUB)
                        .onlyUntagged()
                        .dropWhatCameInBy(stubIndex)
                        .dropOutgoingMulticast()
                        .redirect(newIndex, Direction.OUT));
    }

    private void keep(Hook hook, int linkIndex, TrafficProgram program) {
        Descriptor attachment = program.attach(hook, linkIndex);
        parts.add(attachment::close);
    }

    /** The new link is a port by now: what comes in by it is its own, and the stub only passes on what is still sent to it. */
    public void handOn() {
        phase.set(BY_PORT);
    }

    /** Idempotent: what was closed stays so. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            phase.set(PREPARED);
            parts.forEach(Runnable::run);
            phase.close();
        }
    }
}
