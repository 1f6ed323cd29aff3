package io.onlink.lab;

import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.NetworkNamespace;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The host of a lab as the client behind the routers sees it.
 *
 * @param client its namespace
 * @param others where besides somebody remembers who has which address: the host, the routers
 */
record OutsideView(NetworkNamespace client, List<NetworkNamespace> others) {
    private static final Duration ONE_ECHO = Duration.ofSeconds(1);

    /** Routes and duplicate address detection need a moment after a change; more is a failure. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    static OutsideView of(Lab lab, Topology topology) {
        return new OutsideView(
                lab.namespace(Member.CLIENT),
                topology.members().stream()
                        .map(Member::name)
                        .filter(name -> name.equals(Member.HOST) || name.startsWith(Member.ROUTER))
                        .map(lab::namespace)
                        .toList());
    }

    /**
     * Those of the addresses that answer an ICMP echo, sent with nothing remembered of who has which address: a host
     * that cannot be resolved any more is reached for half a minute by those who remember it.
     */
    Set<IpAddress> answering(Collection<IpAddress> addresses) {
        others.forEach(OutsideView::forgetNeighbours);
        forgetNeighbours(client);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Set<IpAddress> answering = new LinkedHashSet<>();
        do {
            addresses.stream()
                    .filter(address -> !answering.contains(address))
                    .filter(this::answers)
                    .forEach(answering::add);
        } while (answering.size() < addresses.size() && System.nanoTime() - deadline < 0);
        return answering;
    }

    /** Whether it answers one ICMP echo. */
    boolean answers(IpAddress address) {
        try {
            // ICMP, as root may open raw sockets; the socket belongs to the namespace of the thread that opens it.
            return client.<Boolean, IOException>call(
                    () -> address.toInetAddress().isReachable(Math.toIntExact(ONE_ECHO.toMillis())));
        } catch (IOException noRoute) {
            return false;
        }
    }

    private static void forgetNeighbours(NetworkNamespace namespace) {
        namespace.call(() -> {
            try (LinuxKernel kernel = LinuxKernel.open()) {
                kernel.flushNeighbours(kernel.observe().links().keySet());
            }
            return Boolean.TRUE;
        });
    }
}
