package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.GuardedHost.Container;
import io.onlink.libc.PacketSocket;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.nftables.GuardTable;
import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.Offence;
import io.onlink.nftables.RulesetMonitor;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reaches a container from outside, by IPv4 and IPv6; with real sockets on both sides. */
class FirewallIT {
    private static final String FIREWALL = """
            firewall:
              default: deny
              allow: [tcp/80, "tcp/443 from 192.168.22.0/24", udp/5000-5010, icmp]
            """;
    private static final List<String> CONTAINER = List.of(Forgery.OWN_IPV4, Forgery.OWN_IPV6);
    private static final List<String> ROUTER = List.of(Forgery.OTHER_IPV4, Forgery.OTHER_IPV6);
    private static final int SYN = 0x02;

    /** For what is to come; what is not to come is known by its counter. */
    private static final int PATIENCE = 10_000;

    private static final int IMPATIENCE = 300;

    @TempDir
    private Path directory;

    @AutoClose
    private GuardedHost host;

    private Container container;

    @BeforeEach
    void start() {
        host = new GuardedHost(directory, FIREWALL);
        container = host.start(222);
    }

    @Test
    void theTableOfWhoGetsIn() throws IOException {
        SoftAssertions all = new SoftAssertions();
        for (String ip : CONTAINER) {
            boolean ipv4 = IpAddress.parse(ip).family() == Family.IPV4;
            all.assertThat(connects(ip, 80, true)).as("tcp/80 at %s", ip).isTrue();
            all.assertThat(connects(ip, 443, ipv4)).as("tcp/443 at %s", ip).isEqualTo(ipv4);
            all.assertThat(connects(ip, 8080, false)).as("tcp/8080 at %s", ip).isFalse();
            all.assertThat(asks(host.router(), container.namespace(), ip, 5000, true))
                    .isTrue();
            all.assertThat(asks(host.router(), container.namespace(), ip, 5010, true))
                    .isTrue();
            all.assertThat(asks(host.router(), container.namespace(), ip, 5011, false))
                    .isFalse();
            host.router().exec("ping", "-c", "1", "-W", "10", ip);
        }
        all.assertAll();
        // Each lost question once, each lost connection at least once.
        assertThat(refused()).isGreaterThanOrEqualTo(2 * 2 + 1);
    }

    /** What the host sends takes another way through the kernel than what it forwards. */
    @Test
    void theHostAndAnotherContainerAreJudgedAsTheLanIs() throws IOException {
        Container other = host.start(223);
        for (TestNamespace from : List.of(host.host(), other.namespace())) {
            for (String ip : CONTAINER) {
                assertThat(connects(from, container.namespace(), ip, 80, true)).isTrue();
                long before = refused();
                assertThat(connects(from, container.namespace(), ip, 8080, false))
                        .isFalse();
                assertThat(refused()).isGreaterThan(before);
            }
        }
    }

    @Test
    void answersGetInToWhatTheContainerAsked() throws IOException {
        for (String ip : ROUTER) {
            assertThat(connects(container.namespace(), host.router(), ip, 9000, true))
                    .isTrue();
            assertThat(asks(container.namespace(), host.router(), ip, 9001, true))
                    .isTrue();
            container.namespace().exec("ping", "-c", "1", "-W", "10", ip);
        }
        assertThat(refused()).isZero();
    }

    @Test
    void anAnswerThatNobodyAskedForDoesNot() {
        try (PacketSocket outside = GuardedHost.listen(host.router(), "r0");
                PacketSocket inside = container.interior()) {
            byte[] unasked = Frames.udp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 53, Forgery.OWN_IPV4, 40_000);
            byte[] first = Frames.tcp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 53, Forgery.OWN_IPV4, 40_000, SYN);
            byte[] allowed = Frames.tcp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 53, Forgery.OWN_IPV4, 80, SYN);
            for (byte[] frame : List.of(unasked, first)) {
                outside.send(frame);
                outside.send(allowed);
                assertThat(GuardedHost.comesBefore(inside, frame, allowed)).isFalse();
            }
        }
        assertThat(refused()).isEqualTo(2);
    }

    /** Who receives them takes out what says only a priority: IEEE 802.1Q, VLAN 0. */
    @Test
    void aTagGetsNothingIn() {
        byte[] refused = Frames.to(
                container.mac(), Frames.udp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 4000, Forgery.OWN_IPV4, 5555));
        byte[] allowed = Frames.to(
                container.mac(), Frames.udp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, 4000, Forgery.OWN_IPV4, 5000));
        List<byte[]> tagged = List.of(
                Frames.tagged(0x8100, 0, refused),
                Frames.tagged(0x8100, 0xe000, refused),
                Frames.tagged(0x88a8, 0, refused),
                Frames.tagged(0x8100, 22, refused),
                Frames.tagged(0x8100, 0, Frames.tagged(0x8100, 0, refused)),
                Frames.tagged(0x88a8, 0, Frames.tagged(0x8100, 0, refused)));
        try (PacketSocket outside = GuardedHost.listen(host.router(), "r0");
                PacketSocket inside = container.interior()) {
            for (byte[] frame : tagged) {
                outside.send(frame);
                outside.send(allowed);
                assertThat(GuardedHost.comesBefore(inside, frame, allowed)).isFalse();
            }
            assertThat(refused()).isEqualTo(tagged.size());
            byte[] welcome = Frames.tagged(0x8100, 0, allowed);
            outside.send(welcome);
            outside.send(allowed);
            assertThat(GuardedHost.comesBefore(inside, welcome, allowed)).isTrue();
        }
    }

    /** One container's questions leave room for the others', and it can itself go on with what it has begun. */
    @Test
    void noContainerTakesTheRoomOfAllConversations() {
        int begun = 30_000;
        int answered = 1000;
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            for (int number = 0; number < begun; number++) {
                byte[] question =
                        Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, answered + number);
                inside.send(question);
                if (number % 100 == 0) {
                    assertThat(GuardedHost.comesBefore(wire, question, question))
                            .isTrue();
                }
            }
            byte[] answer = Frames.udp(GuardedHost.ROUTER_MAC, Forgery.OTHER_IPV4, answered, Forgery.OWN_IPV4, 7000);
            wire.send(answer);
            assertThat(GuardedHost.comesBefore(inside, answer, answer)).isTrue();
        }
        long remembered = host.host()
                .exec("nft", "-j", "list", "set", "bridge", "onlink", "asked-ipv4")
                .split("\"expires\"", -1)
                .length;
        assertThat(remembered).isBetween(15_000L, begun - 1_000L);
    }

    @Test
    void aLabelIsKeptAlthoughSomebodyFlushesMeanwhile() throws IOException {
        host.declare("");
        host.attachments.guardAll();
        host.start(223);
        host.host().exec("nft", "flush", "ruleset");
        host.attachments.labelled(List.of(container.endpoint().id()), Map.of("onlink.allow", "tcp/8081"));
        host.guard.restore();
        assertThat(connects(Forgery.OWN_IPV4, 8080, false)).isFalse();
        assertThat(connects(Forgery.OWN_IPV4, 8081, true)).isTrue();
    }

    @Test
    void aLabelOpensAndCloses() throws IOException {
        host.declare("");
        host.attachments.guardAll();
        assertThat(connects(Forgery.OWN_IPV4, 8080, true)).isTrue();
        host.attachments.labelled(
                List.of(container.endpoint().id()),
                Map.of("onlink.allow", "tcp/8081,tcp/8082 from 10.0.0.0/8, tpc/8080"));
        assertThat(connects(Forgery.OWN_IPV4, 8080, false)).isFalse();
        assertThat(connects(Forgery.OWN_IPV4, 8081, true)).isTrue();
        assertThat(connects(Forgery.OWN_IPV4, 8082, false)).isFalse();
        // As an agent does that starts anew: labels are kept.
        host.attachments.guardAll();
        assertThat(connects(Forgery.OWN_IPV4, 8080, false)).isFalse();
        host.declare(FIREWALL);
        host.attachments.guardAll();
        assertThat(connects(Forgery.OWN_IPV4, 80, true)).isTrue();
        assertThat(connects(Forgery.OWN_IPV4, 8081, true)).isTrue();
    }

    @Test
    void isolatedContainersReachEverybodyButEachOther() throws IOException {
        host.declare("isolated: true");
        host.attachments.guardAll();
        Container other = host.start(223);
        assertThat(connects(other.namespace(), container.namespace(), Forgery.OWN_IPV4, 80, false))
                .isFalse();
        assertThat(dropped(Offence.ISOLATED)).isPositive();
        assertThat(connects(other.namespace(), host.router(), Forgery.OTHER_IPV4, 80, true))
                .isTrue();
        assertThat(connects(host.host(), container.namespace(), Forgery.OWN_IPV6, 80, true))
                .isTrue();
        host.declare("");
        host.attachments.guardAll();
        assertThat(connects(other.namespace(), container.namespace(), Forgery.OWN_IPV4, 80, true))
                .isTrue();
    }

    @Test
    void whatSomebodyFlushedIsPutBack() throws Exception {
        Semaphore restored = new Semaphore(0);
        try (RulesetMonitor _ = host.host().call(() -> RulesetMonitor.start(new Restoring(host.guard, restored)))) {
            host.host().exec("nft", "flush", "ruleset");
            restored.acquire();
            assertThat(connects(Forgery.OWN_IPV4, 8080, false)).isFalse();
            assertThat(connects(Forgery.OWN_IPV4, 80, true)).isTrue();
        }
    }

    private record Restoring(GuardTable guard, Semaphore restored) implements RulesetMonitor.Listener {
        @Override
        public void changed(String program) {
            guard.restore();
            restored.release();
        }

        @Override
        public void hostFirewallChanged(String program) {}

        @Override
        public void iptablesChanged() {}

        @Override
        public void noticesLost() {}
    }

    /** While 10,000 ports are replaced again and again, forged frames and closed ports stay out, and honest frames pass. */
    @Test
    void aReplacementLetsNothingThroughAndLosesNothing() throws InterruptedException {
        GuardTable guard = host.guard;
        List<GuardedPort> ports = ManyPorts.beside(container.endpoint(), 10_000);
        Thread replacing = Thread.ofPlatform().start(() -> {
            for (int round = 0; round < 4; round++) {
                guard.replaceAll(ports);
            }
        });
        byte[] forged = Forgery.by(container.mac()).getFirst().frame();
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            int sent = 0;
            while (replacing.isAlive() || sent == 0) {
                byte[] honest =
                        Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, 1000 + sent++ % 60_000);
                inside.send(forged);
                inside.send(honest);
                assertThat(GuardedHost.comesBefore(wire, forged, honest)).isFalse();
            }
            replacing.join();
            assertThat(dropped(Offence.MAC)).isEqualTo(sent);
        }
    }

    /** @param expected whether to wait for it */
    private boolean connects(String ip, int port, boolean expected) throws IOException {
        return connects(host.router(), container.namespace(), ip, port, expected);
    }

    private static boolean connects(TestNamespace from, TestNamespace to, String ip, int port, boolean expected)
            throws IOException {
        try (ServerSocket server = to.call(() -> new ServerSocket(port));
                Socket client = from.call(() -> {
                    Socket socket = new Socket();
                    // Made in the namespace, by the first call that needs it.
                    socket.bind(null);
                    return socket;
                })) {
            assertThat(server.isBound()).isTrue();
            client.connect(new InetSocketAddress(ip, port), expected ? PATIENCE : IMPATIENCE);
            return true;
        } catch (SocketTimeoutException refused) {
            return false;
        }
    }

    /** Whether a question by UDP is answered; both sides at the same port. */
    private static boolean asks(TestNamespace from, TestNamespace to, String ip, int port, boolean expected)
            throws IOException {
        byte[] question = {1, 2, 3};
        try (DatagramSocket server = to.call(() -> new DatagramSocket(port));
                DatagramSocket client = from.call(() -> new DatagramSocket())) {
            client.send(new DatagramPacket(question, question.length, new InetSocketAddress(ip, port)));
            DatagramPacket received = new DatagramPacket(new byte[10], 10);
            server.setSoTimeout(expected ? PATIENCE : IMPATIENCE);
            try {
                server.receive(received);
            } catch (SocketTimeoutException refused) {
                return false;
            }
            server.send(received);
            client.setSoTimeout(PATIENCE);
            client.receive(received);
            return true;
        }
    }

    private long refused() {
        return dropped(Offence.REFUSED);
    }

    private long dropped(Offence offence) {
        return host.guard.dropped().stream()
                .filter(some -> some.offence() == offence)
                .flatMap(some -> Stream.of(some.packets()))
                .mapToLong(Long::longValue)
                .sum();
    }
}
