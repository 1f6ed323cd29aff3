package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.libc.NftablesLibrary;
import io.onlink.model.MacAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Gives a link's frames to another one by a table of nftables' family netdev: its hooks come before bridge and IP, and need no qdisc
 * on the link. "fwd" only lets a frame leave by another link, so it comes in by a stub where it leaves by the stub's other end.
 *
 * <p>The table is this process's own ("flags owner", Linux 5.12): it ends when it is closed, or with the process, however that ends.
 */
final class FrameForward implements AutoCloseable {
    /** On what came in by a NIC, so that it does not leave by it. Any number that nobody else uses. */
    private static final String CAME_IN = "0x6f6e6c6b";

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final NftablesLibrary library;

    private FrameForward(NftablesLibrary library) {
        this.library = library;
    }

    /**
     * What comes in by a link for its MAC address leaves by the other link. Frames with a VLAN tag stay. In the calling thread's network
     * namespace.
     */
    static FrameForward incoming(String link, MacAddress mac, String to) {
        return begin("""
                chain coming {
                  type filter hook ingress device "%1$s" priority 0
                  ether type vlan accept
                  ether daddr %2$s fwd to "%3$s"
                }
                """.formatted(link, mac, to));
    }

    /** What comes in by a link leaves by the other, but for what came in by that. In the calling thread's network namespace. */
    static FrameForward crossing(String link, String to) {
        return begin("""
                chain native {
                  type filter hook ingress device "%2$s" priority 10
                  meta mark set %3$s
                }
                chain leaving {
                  type filter hook ingress device "%1$s" priority 0
                  meta mark %3$s drop
                  fwd to "%2$s"
                }
                """.formatted(link, to, CAME_IN));
    }

    private static FrameForward begin(String chains) {
        NftablesLibrary library = NftablesLibrary.open()
                .orElseThrow(() -> new KernelException(
                        "redirect frames by nftables", 0, NftablesLibrary.NAME + " is not installed"));
        String table = "onlink-%d-%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
        NftablesLibrary.Answer answer =
                library.run("table netdev %s {\nflags owner\n%s}\n".formatted(table, chains), false);
        if (!answer.succeeded()) {
            library.close();
            throw new KernelException("redirect frames by nftables", 0, answer.error());
        }
        return new FrameForward(library);
    }

    /** Idempotent. */
    @Override
    public void close() {
        library.close();
    }
}
