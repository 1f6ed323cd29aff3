package io.onlink.netlink;

import io.onlink.libc.ReadingThread;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what changes in a network namespace while it changes: links, bridge ports, addresses, routes and
 * rules of both families.
 *
 * <pre>{@code
 * try (LinkMonitor monitor = LinkMonitor.start(reconciler::tell)) {
 *     kernel.observe(); // after the start: what changes from here on is told
 * }
 * }</pre>
 *
 * <p>It has a platform thread of its own, since it waits in a native call. The listener runs on that thread: while it
 * takes its time the kernel keeps what comes, and when there is no more room the listener is told to {@linkplain
 * NetworkEvent.Resync resynchronise}. A listener that throws is logged, and told the next event all the same.
 */
public final class LinkMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkMonitor.class);

    private static final int RECEIVE_BUFFER = 8 * 1024 * 1024;

    private static final int[] GROUPS = {
        RtnetlinkConstants.RTNLGRP_LINK,
        RtnetlinkConstants.RTNLGRP_IPV4_IFADDR,
        RtnetlinkConstants.RTNLGRP_IPV4_ROUTE,
        RtnetlinkConstants.RTNLGRP_IPV4_RULE,
        RtnetlinkConstants.RTNLGRP_IPV6_IFADDR,
        RtnetlinkConstants.RTNLGRP_IPV6_ROUTE,
        RtnetlinkConstants.RTNLGRP_IPV6_RULE
    };

    /** Who is told. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called with each event, in the kernel's order, by the monitor's thread.
         *
         * @param portId of the socket through which somebody asked for the change ({@code nlmsg_pid}); 0 where the kernel did
         *     it by itself, or does not say
         */
        void tell(NetworkEvent event, int portId);
    }

    private final KernelDatagrams datagrams;
    private final NetlinkSocket lists;
    private final Listener listener;
    private final EventParser parser = new EventParser();
    private final ReadingThread thread;

    private LinkMonitor(KernelDatagrams datagrams, NetlinkSocket lists, Listener listener) {
        this.datagrams = datagrams;
        this.lists = lists;
        this.listener = listener;
        this.thread = new ReadingThread("link-monitor", _ -> read(), datagrams.descriptor());
    }

    /**
     * Listens in the calling thread's network namespace. Needs no privilege.
     *
     * @param listener is told until the monitor is closed
     */
    public static LinkMonitor start(Listener listener) {
        return start(listener, RECEIVE_BUFFER);
    }

    static LinkMonitor start(Listener listener, int receiveBuffer) {
        LinkMonitor monitor = new LinkMonitor(KernelDatagrams.open(receiveBuffer), NetlinkSocket.open(), listener);
        // First the groups, then the list: a link made in between is in both, not in neither.
        for (int group : GROUPS) {
            monitor.datagrams.join(group);
        }
        monitor.learnNames();
        monitor.thread.start();
        return monitor;
    }

    /** When it returns the listener is not called any more. Idempotent; not to be called by the listener. */
    @Override
    public void close() {
        thread.close();
        datagrams.close();
        lists.close();
    }

    private void read() {
        try {
            datagrams.receiveNow().ifPresent(this::tellAll);
        } catch (LostMessagesException lost) {
            passOverTheRest();
            resync(lost);
        } catch (MalformedMessageException malformed) {
            LOG.error("A notice of the kernel's is not understood", malformed);
            resync(malformed);
        } catch (RuntimeException failed) {
            // The rest of what came is lost with it.
            resync(failed);
            throw failed;
        }
    }

    private void tellAll(ByteBuffer datagram) {
        for (Message message : Message.parse(datagram)) {
            Optional<NetworkEvent> event = parser.parse(message);
            if (event.isPresent() && event.get() instanceof NetworkEvent.Resync) {
                learnNames();
            }
            event.ifPresent(told -> tell(told, message.portId()));
        }
    }

    /**
     * Until the queue is empty the kernel loses more without saying so again (NETLINK_S_CONGESTED, af_netlink.c). What is
     * in it is older than the resync, which covers it.
     */
    private void passOverTheRest() {
        boolean more = true;
        while (more) {
            try {
                more = datagrams.receiveNow().isPresent();
            } catch (NetlinkException again) {
                // As covered as the rest.
                more = true;
            }
        }
    }

    private void resync(RuntimeException reason) {
        try {
            learnNames();
        } catch (RuntimeException failed) {
            // The next notice of a link not known asks for them again.
            LOG.warn("The links cannot be listed", failed);
        }
        tell(new NetworkEvent.Resync(String.valueOf(reason.getMessage())), 0);
    }

    private void learnNames() {
        parser.learn(
                lists.dump(LinkRequests.list()).stream().map(LinkMessage::parse).toList());
    }

    private void tell(NetworkEvent event, int portId) {
        try {
            listener.tell(event, portId);
        } catch (RuntimeException failed) {
            LOG.error("The listener failed on {}", event, failed);
        }
    }
}
