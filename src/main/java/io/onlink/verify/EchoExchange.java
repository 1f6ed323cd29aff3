package io.onlink.verify;

import io.onlink.libc.IcmpSocket;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.Optional;

/** ICMP echo on the way that the kernel's routes take. */
final class EchoExchange implements Exchange {
    private final Probe.Echo probe;
    private final EchoMessages messages;
    private final IcmpSocket socket;
    private int asked;

    EchoExchange(Probe.Echo probe) {
        this.probe = probe;
        this.messages = EchoMessages.withNewIdentifier(probe.target());
        this.socket = IcmpSocket.open(probe.target().family().number(), probe.vrf());
    }

    @Override
    public void ask() {
        asked++;
        socket.send(messages.request(asked), probe.target().toBytes(), probe.scope());
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
