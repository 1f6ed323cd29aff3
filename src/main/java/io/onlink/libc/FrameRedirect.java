package io.onlink.libc;

import io.onlink.libc.TrafficProgram.Direction;
import io.onlink.libc.TrafficProgram.Hook;

/**
 * Gives a link's frames to another one, by a BPF program at the link's tcx hook (Linux 6.6). It ends when it is closed, or with the
 * process that holds it, however that ends.
 */
public final class FrameRedirect implements AutoCloseable {
    private final Descriptor attachment;

    private FrameRedirect(Descriptor attachment) {
        this.attachment = attachment;
    }

    /**
     * What comes in by a link comes in by the other, before bridge and IP have seen it. Frames with a VLAN tag stay: they are for VLAN
     * links on this one. In the calling thread's network namespace.
     *
     * @throws SystemCallException EINVAL where the kernel has no tcx; EPERM without CAP_BPF and CAP_NET_ADMIN
     */
    public static FrameRedirect incoming(int linkIndex, int toIndex) {
        TrafficProgram program = new TrafficProgram().onlyUntagged().redirect(toIndex, Direction.IN);
        return new FrameRedirect(program.attach(Hook.INGRESS, linkIndex));
    }

    /**
     * What is about to leave by a link leaves by the other. In the calling thread's network namespace.
     *
     * @throws SystemCallException as {@link #incoming}
     */
    public static FrameRedirect outgoing(int linkIndex, int toIndex) {
        TrafficProgram program = new TrafficProgram().redirect(toIndex, Direction.OUT);
        return new FrameRedirect(program.attach(Hook.EGRESS, linkIndex));
    }

    /** Idempotent. */
    @Override
    public void close() {
        attachment.close();
    }
}
