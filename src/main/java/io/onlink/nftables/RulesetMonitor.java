package io.onlink.nftables;

import io.onlink.libc.Descriptor;
import io.onlink.libc.Errno;
import io.onlink.libc.Libc;
import io.onlink.libc.NetlinkAddress;
import io.onlink.libc.ReadingThread;
import io.onlink.libc.SystemCallException;
import io.onlink.step.FirewallTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when somebody else changes a table of Onlink's, by the kernel's own notices ({@code nft monitor}). It has a platform
 * thread of its own, by which the listener is called.
 */
public final class RulesetMonitor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RulesetMonitor.class);

    private static final int NETLINK_NETFILTER = 12;

    /** {@code NFNLGRP_NFTABLES} of linux/netfilter/nfnetlink.h, 7, as a bit. */
    private static final int GROUP = 1 << 6;

    private static final int RECEIVE_BUFFER = 8 * 1024 * 1024;
    private static final int DATAGRAM_LIMIT = 64 * 1024;

    /** Who is told. */
    public interface Listener {
        /**
         * The guard's table may not be as it was.
         *
         * @param program whose transaction it was, as the kernel has it (comm); "somebody" where that is not known
         */
        void changed(String program);

        /**
         * The table of the host's own firewall may not be as it was.
         *
         * @param program as above
         */
        void hostFirewallChanged(String program);

        /**
         * Somebody, perhaps this program, changed a table in which iptables keeps its filter, or Docker its own by nftables: a
         * chain of Docker's may be empty now. Only of iptables' back end nf_tables; the older one tells nobody.
         */
        void iptablesChanged();

        /** The kernel had more to tell than there was room for: anything may have changed, or nothing. */
        void noticesLost();
    }

    private final Descriptor socket;
    private final Listener listener;
    private final ReadingThread thread;
    private final ByteBuffer received =
            ByteBuffer.allocateDirect(DATAGRAM_LIMIT).order(ByteOrder.nativeOrder());
    private final ByteBuffer sender = ByteBuffer.allocateDirect(NetlinkAddress.SIZE);

    /** Whether the transaction that is being told names the guard's table. */
    private boolean touched;

    /** Likewise that of the host's firewall. */
    private boolean hostFirewallTouched;

    /** Likewise one of iptables. */
    private boolean iptablesTouched;

    /** Port ids of this process's sockets, as they were last looked up. */
    private Set<Integer> own = Set.of();

    private RulesetMonitor(Descriptor socket, Listener listener) {
        this.socket = socket;
        this.listener = listener;
        this.thread = new ReadingThread("ruleset-monitor", _ -> read(), socket);
    }

    /**
     * Listens in the calling thread's network namespace. What this process changes is its own, and not told.
     */
    public static RulesetMonitor start(Listener listener) {
        Descriptor socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_NETFILTER);
        try {
            Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, RECEIVE_BUFFER);
            Libc.bind(socket, new NetlinkAddress(0, GROUP).encode());
            RulesetMonitor monitor = new RulesetMonitor(socket, listener);
            monitor.thread.start();
            return monitor;
        } catch (RuntimeException refused) {
            socket.close();
            throw refused;
        }
    }

    private void read() {
        try {
            OptionalInt length = Libc.recvfrom(socket, received, Libc.MSG_DONTWAIT, sender);
            if (length.isPresent()) {
                NetfilterMessage.parse(received).forEach(this::take);
            }
        } catch (SystemCallException failed) {
            // One element is one notice: thousands at once are most often the guard's own, all set up anew.
            lost();
            if (!failed.errno().equals(Errno.ENOBUFS)) {
                throw failed;
            }
        } catch (RuntimeException failed) {
            // As where there are no descriptors left to look up whose change it was.
            lost();
            throw failed;
        }
    }

    private void lost() {
        touched = false;
        hostFirewallTouched = false;
        tell(listener::iptablesChanged);
        tell(listener::noticesLost);
    }

    private void take(NetfilterMessage message) {
        if (!message.isGeneration()) {
            touched = touched || (message.isAboutGuard() && !isOwn(message.portId()));
            hostFirewallTouched = hostFirewallTouched || (message.isAboutHostFirewall() && !isOwn(message.portId()));
            iptablesTouched |= message.isAboutIptables();
            return;
        }
        if (touched) {
            tell(() -> listener.changed(message.program().orElse("somebody")));
        }
        if (hostFirewallTouched) {
            tell(() -> listener.hostFirewallChanged(message.program().orElse("somebody")));
        }
        if (iptablesTouched) {
            tell(listener::iptablesChanged);
        }
        touched = false;
        hostFirewallTouched = false;
        iptablesTouched = false;
    }

    /**
     * A context gets its port id from the kernel with the first message it sends, and another one when libnftables opens its
     * socket anew, as it does where somebody changed the ruleset while it read it: so a strange one is looked up.
     */
    private boolean isOwn(int portId) {
        if (!own.contains(portId)) {
            own = OwnSockets.portIds(NETLINK_NETFILTER);
        }
        return own.contains(portId);
    }

    private static void tell(Runnable told) {
        try {
            told.run();
        } catch (RuntimeException failed) {
            log.error("a change of the packet filter is not answered", failed);
        }
    }

    /** When it returns the listener is not called any more. Idempotent; not to be called by the listener. */
    @Override
    public void close() {
        thread.close();
        socket.close();
    }

    /**
     * A message of nf_tables (linux/netfilter/nf_tables.h), behind its netlink header of 16 bytes and {@code struct nfgenmsg}
     * of 4. Of tables, chains, rules, sets and elements alike, attribute 1 is the table's name.
     */
    private record NetfilterMessage(int type, int portId, int family, Optional<String> first, Optional<String> third) {
        private static final int HEADER = 16;
        private static final int SUBSYSTEM = 10 << 8;
        private static final int NEW_GENERATION = SUBSYSTEM | 15;
        private static final int FAMILY_INET = 1;
        private static final int FAMILY_IPV4 = 2;
        private static final int FAMILY_BRIDGE = 7;
        private static final int FAMILY_IPV6 = 10;
        private static final int ATTRIBUTE_TYPE = 0x3fff;
        private static final String GUARD = nameOf(GuardRules.TABLE);
        private static final String HOST_FIREWALL = nameOf(FirewallTable.TABLE);

        /** Without its family. */
        private static String nameOf(String table) {
            return table.substring(table.indexOf(' ') + 1);
        }

        static List<NetfilterMessage> parse(ByteBuffer datagram) {
            List<NetfilterMessage> messages = new ArrayList<>();
            int at = 0;
            while (datagram.limit() - at >= HEADER + 4) {
                int length = datagram.getInt(at);
                if (length < HEADER + 4 || length > datagram.limit() - at) {
                    break;
                }
                int type = Short.toUnsignedInt(datagram.getShort(at + 4));
                messages.add(new NetfilterMessage(
                        type,
                        datagram.getInt(at + 12),
                        datagram.get(at + HEADER),
                        text(datagram, at + HEADER + 4, at + length, 1),
                        text(datagram, at + HEADER + 4, at + length, 3)));
                at += (length + 3) & ~3;
            }
            return messages;
        }

        private static Optional<String> text(ByteBuffer datagram, int from, int end, int wanted) {
            int at = from;
            while (end - at >= 4) {
                int length = Short.toUnsignedInt(datagram.getShort(at));
                int type = Short.toUnsignedInt(datagram.getShort(at + 2)) & ATTRIBUTE_TYPE;
                if (length < 4 || length > end - at) {
                    break;
                }
                if (type == wanted) {
                    byte[] value = new byte[length - 4];
                    datagram.get(at + 4, value);
                    String text = new String(value, StandardCharsets.UTF_8);
                    int nul = text.indexOf('\0');
                    return Optional.of(nul < 0 ? text : text.substring(0, nul));
                }
                at += (length + 3) & ~3;
            }
            return Optional.empty();
        }

        /** The last message of each transaction: NFT_MSG_NEWGEN. */
        boolean isGeneration() {
            return type == NEW_GENERATION;
        }

        boolean isAboutGuard() {
            return family == FAMILY_BRIDGE && first.filter(GUARD::equals).isPresent();
        }

        boolean isAboutHostFirewall() {
            return family == FAMILY_INET && first.filter(HOST_FIREWALL::equals).isPresent();
        }

        boolean isAboutIptables() {
            return (family == FAMILY_IPV4 || family == FAMILY_IPV6)
                    && first.filter(Set.of("filter", DockerTables.NAME)::contains)
                            .isPresent();
        }

        /** NFTA_GEN_PROC_NAME. */
        Optional<String> program() {
            return third.filter(name -> !name.isEmpty());
        }
    }
}
