package io.onlink.verify;

import io.onlink.libc.IcmpSocket;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.Optional;

/** ICMP echo on the way that the kernel's routes take. */
final class EchoExchange implements Exchange {
    private final IpAddress target;
    private final int scope;
    private final EchoMessages messages;
    private final IcmpSocket socket;
    private int asked;

    EchoExchange(Probe.Echo probe) {
        this(
                probe.target(),
                probe.scope(),
                IcmpSocket.open(probe.target().family().number(), probe.vrf()));
    }

    EchoExchange(Probe.EchoFrom probe) {
        this(probe.target(), 0, IcmpSocket.from(probe.source().toBytes()));
    }

    private EchoExchange(IpAddress target, int scope, IcmpSocket socket) {
        this.target = target;
        this.scope = scope;
        this.messages = EchoMessages.withNewIdentifier(target);
        this.socket = socket;
    }

    @Override
    public void ask() {
        asked++;
        socket.send(messages.request(asked), target.toBytes(), scope);
    }

    @Override
    public Optional<Reply> listen(Duration timeout) {
        return socket.receive(timeout)
                .flatMap(message -> messages.reply(IpAddress.of(message.sender()), message.content()));
    }

    @Override
    public void close() {
        socket.close();
    }
}
