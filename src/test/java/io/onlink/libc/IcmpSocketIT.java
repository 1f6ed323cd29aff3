package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Echoes between two namespaces joined by two cables with the same network on both. Needs root. */
class IcmpSocketIT {
    private static final Duration GIVE_UP = Duration.ofSeconds(30);
    private static final byte[] THERE = {10, 0, 0, 2};
    private static final byte[] ECHO = HexFormat.of().parseHex("0800e5ca12340001");
    private static final byte[] ECHO6 = HexFormat.of().parseHex("8000000012340001");

    private final TestNamespace here = new TestNamespace();
    private final TestNamespace there = new TestNamespace();

    @BeforeEach
    void connect() {
        // What the kernel tells this host itself goes over the loopback.
        here.ip("link set lo up");
        for (String[] cable : new String[][] {{"a0", "a1", "10.0.0.1/24"}, {"b0", "b1", "10.0.0.3/24"}}) {
            here.ip("link add " + cable[0] + " type veth peer name " + cable[1] + " netns " + there.name());
            here.ip("link set " + cable[0] + " up");
            there.ip("link set " + cable[1] + " up");
            here.ip("addr add " + cable[2] + " dev " + cable[0]);
        }
        there.ip("addr add 10.0.0.2/24 dev b1");
        here.ip("addr add fe80::b0/64 dev b0 nodad");
        there.ip("addr add fe80::b1/64 dev b1 nodad");
        there.exec("sysctl", "-qw", "net.ipv4.conf.a1.arp_ignore=1");
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    /** As a VRF's members are reached. The first cable's route would win, and leads to nobody. */
    @Test
    void aSocketBoundToADeviceTakesItsRoutes() {
        try (IcmpSocket socket = here.call(() -> IcmpSocket.open(Libc.AF_INET, "b0"))) {
            socket.send(ECHO, THERE, 0);
            IcmpSocket.Message answer = socket.receive(GIVE_UP).orElseThrow();
            assertThat(answer.sender()).isEqualTo(THERE);
            assertThat(HexFormat.of().formatHex(answer.content())).isEqualTo("0000edca12340001");
        }
        try (IcmpSocket socket = here.call(() -> IcmpSocket.open(Libc.AF_INET, null))) {
            socket.send(ECHO, THERE, 0);
            // After three seconds without an ARP answer the kernel tells us itself, RFC 1122, 2.3.2.2.
            IcmpSocket.Message answer = socket.receive(GIVE_UP).orElseThrow();
            assertThat(answer.sender()).containsExactly(10, 0, 0, 1);
            assertThat(HexFormat.of().formatHex(answer.content())).startsWith("0301");
        }
    }

    @Test
    void aLinkLocalDestinationNeedsItsLink() {
        byte[] there = HexFormat.of().parseHex("fe8000000000000000000000000000b1");
        int index = Integer.parseInt(here.ip("-o link show b0").split(":", 2)[0]);
        try (IcmpSocket socket = here.call(() -> IcmpSocket.open(Libc.AF_INET6, null))) {
            assertThatThrownBy(() -> socket.send(ECHO6, there, 0)).isInstanceOf(SystemCallException.class);
            socket.send(ECHO6, there, index);
            assertThat(echoReply(socket).sender()).isEqualTo(there);
        }
    }

    @Test
    void silenceIsEmptyAndNoDeviceAnError() {
        try (IcmpSocket socket = here.call(() -> IcmpSocket.open(Libc.AF_INET, null))) {
            assertThat(socket.receive(Duration.ofMillis(1))).isEmpty();
        }
        assertThatThrownBy(() -> here.call(() -> IcmpSocket.open(Libc.AF_INET, "no-such")))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("setsockopt(")
                .hasMessageContaining("\"no-such\"): ENODEV");
    }

    /** Neighbour discovery is ICMPv6 too, and heard by every socket. */
    private static IcmpSocket.Message echoReply(IcmpSocket socket) {
        while (true) {
            IcmpSocket.Message message = socket.receive(GIVE_UP).orElseThrow();
            if (message.content()[0] == (byte) 129) {
                return message;
            }
        }
    }
}
