package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames over a veth pair between two namespaces. Needs root. */
class PacketSocketIT {
    private static final int ETHERTYPE_ARP = 0x0806;
    private static final Duration GIVE_UP = Duration.ofSeconds(30);

    private final TestNamespace here = new TestNamespace();
    private final TestNamespace there = new TestNamespace();

    @BeforeEach
    void connect() {
        here.ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns " + there.name());
        there.ip("link set v1 address 02:00:00:00:00:02");
        here.ip("link set v0 up");
        there.ip("link set v1 up");
        there.ip("addr add 10.0.0.2/24 dev v1");
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    /** An ARP probe, RFC 5227: who has 10.0.0.2, asked by nobody; and its holder's answer. */
    @Test
    void asksAndIsAnswered() {
        byte[] probe =
                frame("ffffffffffff 020000000001 0806 0001080006040001 020000000001 00000000 000000000000 0a000002");
        try (PacketSocket socket = open("v0")) {
            socket.send(probe);
            byte[] answer = socket.receive(GIVE_UP).orElseThrow();
            assertThat(HexFormat.of().formatHex(answer))
                    .startsWith("0200000000010200000000020806" + "0001080006040002" + "020000000002" + "0a000002");
        }
    }

    @Test
    void silenceIsEmpty() {
        try (PacketSocket socket = open("v0")) {
            assertThat(socket.receive(Duration.ofMillis(1))).isEmpty();
        }
    }

    /** A tag is not in the frame that a socket gets. */
    @Test
    void framesOfOtherVlansCanBeLeftOut() {
        String packet = "0806 0001080006040001 020000000002 0a000063 000000000000 0a000063";
        try (PacketSocket hearing = here.call(() -> PacketSocket.ofEveryInterface(
                        ETHERTYPE_ARP, PacketFilter.accepting().withoutOthers()));
                PacketSocket sending = there.call(() -> PacketSocket.open(index(there, "v1"), ETHERTYPE_ARP))) {
            sending.send(frame("ffffffffffff 020000000002 8100 0016" + packet));
            sending.send(frame("020000000099 020000000002 " + packet));
            byte[] priority = frame("ffffffffffff 020000000002 8100 0000" + packet);
            sending.send(priority);
            byte[] heard = hearing.receive(GIVE_UP).orElseThrow();
            assertThat(heard).isEqualTo(frame("ffffffffffff 020000000002" + packet));
            assertThat(hearing.receive(Duration.ofMillis(1))).isEmpty();
        }
    }

    @Test
    void noSuchInterface() {
        assertThatThrownBy(() -> here.call(() -> PacketSocket.open(4711, ETHERTYPE_ARP)))
                .isInstanceOf(SystemCallException.class)
                .hasMessageStartingWith("bind(")
                .hasMessageContaining("ENODEV");
    }

    private PacketSocket open(String link) {
        return here.call(() -> PacketSocket.open(index(here, link), ETHERTYPE_ARP));
    }

    private static int index(TestNamespace namespace, String link) {
        return Integer.parseInt(namespace.ip("-o link show " + link).split(":", 2)[0]);
    }

    private static byte[] frame(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
