package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Allowance;
import io.onlink.model.Firewall;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A host with a NIC, whose firewall is tried by real packets of a machine on the other end of the wire. In the main table, and in a
 * VRF on a kernel that has them.
 */
final class FirewalledHost implements AutoCloseable {
    private static final String IPV4 = "192.168.1.217";
    private static final String IPV6 = "2405:6580:aa40::217:1";
    private static final String FRIEND = "192.168.1.10";
    private static final String STRANGER = "192.168.1.11";
    private static final String FRIEND_IPV6 = "2405:6580:aa40::10";
    private static final String STRANGER_IPV6 = "2405:6580:aa40::11";

    /** Longer than the answer of a host that was let in takes, on a busy machine. */
    private static final int PATIENCE = 10_000;

    /** A SYN that was lost is sent again after a second, and that one is let in no more. */
    private static final int REFUSAL = 1_500;

    /** Open to everybody, to some, to a VRF's friends of the other family; everything else is closed. */
    static final Firewall FIREWALL = Firewall.of(new TreeMap<>(Map.of(
            "eth2",
            Stream.of(
                            "tcp/22",
                            "tcp/8000-8010 from 192.168.1.10/32",
                            "tcp/8005 from 2405:6580:aa40::10/128",
                            "udp/53 from 2405:6580:aa40::10/128",
                            "udp/5353",
                            "icmp from 192.168.1.10/32",
                            "icmp from 2405:6580:aa40::10/128")
                    .map(Allowance::parse)
                    .toList())));

    private final TestNamespace host;
    private final TestNamespace peer = new TestNamespace();
    private final LinuxKernel kernel;
    private final List<AutoCloseable> sockets = new ArrayList<>();
    private final LinkedBlockingQueue<String> datagrams = new LinkedBlockingQueue<>();

    FirewalledHost(TestNamespace host, LinuxKernel kernel) {
        this.host = host;
        this.kernel = kernel;
        host.ip("link set lo up");
        host.ip("link add eth2 type veth peer name switch netns " + peer.name());
        peer.ip("link set lo up");
        peer.ip("link set switch up");
        host.ip("link set eth2 up");
        host.ip("addr add " + IPV4 + "/24 dev eth2");
        host.ip("addr add " + IPV6 + "/64 dev eth2 nodad");
        for (String ip : List.of(FRIEND + "/24", STRANGER + "/24")) {
            peer.ip("addr add " + ip + " dev switch");
        }
        for (String ip : List.of(FRIEND_IPV6 + "/64", STRANGER_IPV6 + "/64")) {
            peer.ip("addr add " + ip + " dev switch nodad");
        }
    }

    /** Its NIC becomes a member of a VRF; services of the main table serve it too. */
    FirewalledHost inVrf() {
        host.ip("link add mgmt0 type vrf table 10");
        host.ip("link set mgmt0 up");
        host.ip("link set eth2 master mgmt0");
        host.ip("addr replace " + IPV6 + "/64 dev eth2 nodad");
        host.exec("sysctl", "-q", "-w", "net.ipv4.tcp_l3mdev_accept=1", "net.ipv4.udp_l3mdev_accept=1");
        return this;
    }

    /** All of it: who gets in before, while and after there is a firewall. */
    void checkWhoGetsIn() throws IOException {
        for (int port : List.of(22, 8005, 9000)) {
            serve(host, port);
        }
        receive(53);
        receive(5353);
        serve(peer, 7000);
        assertThat(connects(STRANGER, IPV4, 9000)).isTrue();
        assertThat(connects(STRANGER_IPV6, IPV6, 9000)).isTrue();
        try (Socket old = connect(STRANGER, IPV4, 9000);
                Socket oldIpv6 = connect(STRANGER_IPV6, IPV6, 9000)) {
            kernel.perform(new Step.SetFirewall(Firewall.NONE, FIREWALL));
            assertThat(kernel.observe().firewall()).isEqualTo(FIREWALL);
            // Conntrack has never seen them, and it is not the host that speaks first.
            assertThat(echo(old)).isTrue();
            assertThat(echo(oldIpv6)).isTrue();
            checkTcp();
            checkUdpAndPings();
            peer.ip("neigh flush all");
            host.ip("neigh flush all");
            assertThat(connects(FRIEND_IPV6, IPV6, 22)).isTrue();
            assertThat(connects(FRIEND, IPV4, 22)).isTrue();
            assertThat(kernel.refused()).containsOnlyKeys("eth2");
            assertThat(kernel.refused().get("eth2")).isGreaterThanOrEqualTo(7);
            assertThat(echo(old)).isTrue();
        }
        kernel.perform(new Step.SetFirewall(FIREWALL, Firewall.NONE));
        assertThat(kernel.observe().firewall()).isEqualTo(Firewall.NONE);
        assertThat(host.exec("nft", "list", "ruleset")).isEmpty();
        assertThat(connects(STRANGER, IPV4, 9000)).isTrue();
    }

    private void checkTcp() throws IOException {
        assertThat(connects(FRIEND, IPV4, 22)).isTrue();
        assertThat(connects(STRANGER, IPV4, 22)).isTrue();
        assertThat(connects(STRANGER_IPV6, IPV6, 22)).isTrue();
        assertThat(connects(FRIEND, IPV4, 8005)).isTrue();
        assertThat(connects(FRIEND_IPV6, IPV6, 8005)).isTrue();
        assertThat(connects(STRANGER, IPV4, 8005)).isFalse();
        assertThat(connects(STRANGER_IPV6, IPV6, 8005)).isFalse();
        assertThat(connects(FRIEND, IPV4, 9000)).isFalse();
        assertThat(connects(FRIEND_IPV6, IPV6, 9000)).isFalse();
    }

    private void checkUdpAndPings() throws IOException {
        assertThat(arrives(STRANGER, IPV4, 5353)).isTrue();
        assertThat(arrives(FRIEND_IPV6, IPV6, 53)).isTrue();
        // The next one that arrives is another: these two do not.
        send(STRANGER_IPV6, IPV6, 53);
        send(FRIEND, IPV4, 53);
        assertThat(arrives(STRANGER_IPV6, IPV6, 5353)).isTrue();
        assertThat(pings(FRIEND, IPV4)).isTrue();
        assertThat(pings(FRIEND_IPV6, IPV6)).isTrue();
        assertThat(pings(STRANGER, IPV4)).isFalse();
        assertThat(pings(STRANGER_IPV6, IPV6)).isFalse();
    }

    /** What the host asks is answered, also by an error; and it may talk to itself. Not in a VRF: Java has no word for it. */
    void checkWhatTheHostAsks() throws IOException {
        serve(peer, 7000);
        serve(host, 9000);
        kernel.perform(new Step.SetFirewall(Firewall.NONE, FIREWALL));
        assertThat(connects(host, IPV4, FRIEND, 7000, PATIENCE)).isTrue();
        assertThat(connects(host, IPV6, FRIEND_IPV6, 7000, PATIENCE)).isTrue();
        assertThat(connects(host, IPV4, IPV4, 9000, PATIENCE)).isTrue();
        assertThat(reachable(host, IPV4, FRIEND, PATIENCE)).isTrue();
        try (DatagramSocket answering = peer.call(() -> new DatagramSocket(6000));
                DatagramSocket asking = host.call(() -> new DatagramSocket())) {
            asking.connect(new InetSocketAddress(FRIEND, 6000));
            asking.setSoTimeout(PATIENCE);
            answering.setSoTimeout(PATIENCE);
            asking.send(new DatagramPacket(new byte[1], 1));
            DatagramPacket question = new DatagramPacket(new byte[1], 1);
            answering.receive(question);
            answering.send(question);
            asking.receive(question);
        }
        try (DatagramSocket asking = host.call(() -> new DatagramSocket())) {
            asking.connect(new InetSocketAddress(FRIEND, 6001));
            asking.setSoTimeout(PATIENCE);
            asking.send(new DatagramPacket(new byte[1], 1));
            assertThatThrownBy(() -> asking.receive(new DatagramPacket(new byte[1], 1)))
                    .isInstanceOf(PortUnreachableException.class);
        }
    }

    /** Closed to everybody, and by IPv4 to itself open; the stranger shows that it is closed. */
    void checkThatItTalksToItselfInItsVrf() {
        Firewall closed = Firewall.of(new TreeMap<>(Map.of("eth2", List.of())));
        assertThat(reachable(host, "mgmt0", IPV4, PATIENCE)).isTrue();
        assertThat(reachable(peer, FRIEND, IPV4, PATIENCE)).isTrue();
        assertThat(reachable(peer, FRIEND_IPV6, IPV6, PATIENCE)).isTrue();
        kernel.perform(new Step.SetFirewall(Firewall.NONE, closed));
        assertThat(reachable(peer, FRIEND, IPV4, REFUSAL)).isFalse();
        assertThat(reachable(peer, FRIEND_IPV6, IPV6, REFUSAL)).isFalse();
        assertThat(reachable(host, "mgmt0", IPV4, PATIENCE)).isTrue();
    }

    private void serve(TestNamespace where, int port) throws IOException {
        ServerSocket server = where.call(() -> new ServerSocket(port));
        sockets.add(server);
        start(() -> {
            while (true) {
                Socket client = server.accept();
                sockets.add(client);
                start(() -> client.getInputStream().transferTo(client.getOutputStream()));
            }
        });
    }

    private void receive(int port) throws IOException {
        DatagramSocket socket = host.call(() -> new DatagramSocket(port));
        sockets.add(socket);
        start(() -> {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[64], 64);
                socket.receive(packet);
                datagrams.add(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // The test is over.
            }
        });
    }

    private boolean arrives(String from, String to, int port) throws IOException {
        String text = send(from, to, port);
        try {
            return text.equals(datagrams.poll(PATIENCE, TimeUnit.MILLISECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private String send(String from, String to, int port) throws IOException {
        String text = from + " to " + port;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket socket = peer.call(() -> new DatagramSocket(new InetSocketAddress(from, 0)))) {
            socket.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(to, port)));
        }
        return text;
    }

    private boolean pings(String from, String to) {
        return reachable(peer, from, to, from.equals(FRIEND) || from.equals(FRIEND_IPV6) ? PATIENCE : REFUSAL);
    }

    private static boolean reachable(TestNamespace where, String from, String to, int limit) {
        try {
            Process ping = new ProcessBuilder(
                            "nsenter",
                            "--net=/run/netns/" + where.name(),
                            "ping",
                            "-q",
                            "-c1",
                            "-w" + Math.max(1, limit / 1000),
                            "-I",
                            from,
                            to)
                    .redirectErrorStream(true)
                    .start();
            ping.getInputStream().readAllBytes();
            return ping.waitFor() == 0;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private boolean connects(String from, String to, int port) throws IOException {
        boolean isFriend = List.of(FRIEND, FRIEND_IPV6).contains(from);
        boolean mayTakeTime = port == 22
                || (port == 8005 && isFriend)
                || !kernel.observe().firewall().isThere();
        return connects(peer, from, to, port, mayTakeTime ? PATIENCE : REFUSAL);
    }

    private static boolean connects(TestNamespace where, String from, String to, int port, int limit)
            throws IOException {
        try (Socket socket = connect(where, from, to, port, limit)) {
            return echo(socket);
        } catch (SocketTimeoutException noAnswer) {
            return false;
        }
    }

    private Socket connect(String from, String to, int port) throws IOException {
        return connect(peer, from, to, port, PATIENCE);
    }

    private static Socket connect(TestNamespace where, String from, String to, int port, int limit) throws IOException {
        // A socket gets its namespace when it is bound: Java makes it only then.
        Socket socket = where.call(() -> {
            Socket made = new Socket();
            made.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
            return made;
        });
        try {
            socket.setSoTimeout(PATIENCE);
            socket.connect(new InetSocketAddress(to, port), limit);
            return socket;
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    private static boolean echo(Socket socket) throws IOException {
        socket.getOutputStream().write('x');
        return socket.getInputStream().read() == 'x';
    }

    @Override
    public void close() {
        for (AutoCloseable socket : List.copyOf(sockets)) {
            try {
                socket.close();
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        }
        peer.close();
    }
}
