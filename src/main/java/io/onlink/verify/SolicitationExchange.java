package io.onlink.verify;

import io.onlink.libc.Errno;
import io.onlink.libc.PacketSocket;
import io.onlink.libc.SystemCallException;
import java.time.Duration;
import java.util.Optional;

/**
 * ARP or neighbour discovery in frames of our own, answered on the link they left by.
 *
 * <p>The socket is bound to one protocol on purpose: the kernel gives it a frame after a bridge has taken what is its
 * (net/core/dev.c, __netif_receive_skb_core: ptype_specific comes after rx_handler). So a port of a bridge hears
 * nothing here, as the host's own IP hears nothing on it; one bound to all protocols would.
 */
final class SolicitationExchange implements Exchange {
    private final Probe.Solicitation probe;
    private final PacketSocket socket;

    SolicitationExchange(Probe.Solicitation probe) {
        this.probe = probe;
        this.socket = PacketSocket.open(
                probe.index(), SolicitationFrames.etherType(probe), SolicitationFrames.answerFilter(probe));
    }

    @Override
    public void ask() {
        socket.send(SolicitationFrames.request(probe));
    }

    @Override
    public Optional<Reply> listen(Duration timeout) {
        try {
            return socket.receive(timeout)
                    .flatMap(frame -> SolicitationFrames.answer(probe, frame))
                    .map(Reply.Answered::new);
        } catch (SystemCallException refused) {
            // A link that is down says so here, once (net/packet/af_packet.c, packet_do_bind), and may yet come up.
            if (refused.errno().equals(Errno.ENETDOWN)) {
                return Optional.of(new Reply.Refused("this host says: " + refused.errno()));
            }
            throw refused;
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
