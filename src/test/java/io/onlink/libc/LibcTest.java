package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What needs neither privileges nor a namespace. */
class LibcTest {
    private static final int NETLINK_ROUTE = 0;

    @Test
    void aRefusedCallSaysWhatWasAskedAndWhy() {
        assertThatThrownBy(() -> Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW, 99))
                .isInstanceOfSatisfying(
                        SystemCallException.class,
                        refused -> assertThat(refused.errno().name()).isEqualTo("EPROTONOSUPPORT"))
                .hasMessage("socket(16, 0x3, 99): EPROTONOSUPPORT (Protocol not supported)");
        assertThatThrownBy(() -> Libc.open("/no/such/file", Libc.O_RDONLY, 0))
                .hasMessage("openat(\"/no/such/file\", 0x0, 00): ENOENT (No such file or directory)");
    }

    @Test
    void theKernelTakesAndGivesNetlinkAddressesOfTheSizeWritten() {
        try (Descriptor socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_ROUTE)) {
            Libc.bind(socket, new NetlinkAddress(0, 1).encode());
            byte[] bound = Libc.getsockname(socket, 64);
            assertThat(bound).hasSize(NetlinkAddress.SIZE);
            NetlinkAddress address = NetlinkAddress.decode(ByteBuffer.wrap(bound));
            assertThat(address.portId()).isNotZero();
            assertThat(address.groups()).isEqualTo(1);
        }
    }

    @Test
    void structsAreLaidOutAsTheCCompilerDoes() {
        assertThat(HexFormat.of().formatHex(new NetlinkAddress(0x01020304, 0x10).encode()))
                .isEqualTo("100000000403020110000000");
        assertThat(HexFormat.of().formatHex(new LinkLayerAddress(0x0806, 7).encode()))
                .isEqualTo("1100080607000000000000000000000000000000");
        assertThat(HexFormat.of().formatHex(InternetAddress.encode(new byte[] {10, 0, 0, 1}, 0)))
                .isEqualTo("020000000a0000010000000000000000");
        assertThat(HexFormat.of()
                        .formatHex(InternetAddress.encode(HexFormat.of().parseHex("fe80" + "0".repeat(27) + "1"), 7)))
                .isEqualTo("0a00000000000000fe80000000000000000000000000000107000000");
        // "tcpdump -dd": ldb [21]; jeq #2, else to the last; accept; refuse.
        assertThat(HexFormat.of().formatHex(PacketFilter.accepting(21, 2).program()))
                .isEqualTo("3000000015000000" + "1500000102000000" + "0600000000000400" + "0600000000000000");
    }

    @Test
    void receivingWithoutADatagramDoesNotWait() {
        try (Descriptor socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_ROUTE)) {
            OptionalInt length = Libc.recvfrom(
                    socket, ByteBuffer.allocateDirect(16), Libc.MSG_DONTWAIT, ByteBuffer.allocateDirect(12));
            assertThat(length).isEmpty();
        }
    }

    @Test
    void receivingIntoTheHeapIsRefused() {
        try (Descriptor socket = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_ROUTE)) {
            ByteBuffer direct = ByteBuffer.allocateDirect(16);
            ByteBuffer heap = ByteBuffer.allocate(16);
            assertThatThrownBy(() -> Libc.recvfrom(socket, heap, Libc.MSG_DONTWAIT, direct))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Libc.recvfrom(socket, direct, Libc.MSG_DONTWAIT, heap))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aWakeupEndsAWaitWithoutEnd() throws InterruptedException {
        try (Wakeup never = new Wakeup();
                Wakeup wakeup = new Wakeup()) {
            AtomicReference<boolean[]> ready = new AtomicReference<>();
            Thread waiting = Thread.ofPlatform()
                    .start(() -> ready.set(Libc.poll(Libc.FOREVER, never.descriptor(), wakeup.descriptor())));
            wakeup.signal();
            waiting.join();
            assertThat(ready.get()).containsExactly(false, true);
            assertThat(Libc.poll(0, never.descriptor(), wakeup.descriptor())).containsExactly(false, true);
            assertThat(Libc.poll(1, never.descriptor())).containsExactly(false);
        }
    }

    @Test
    void waitingOnAVirtualThreadIsRefused() throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (Wakeup wakeup = new Wakeup()) {
            Thread.ofVirtual()
                    .uncaughtExceptionHandler((_, uncaught) -> thrown.set(uncaught))
                    .start(() -> Libc.poll(0, wakeup.descriptor()))
                    .join();
        }
        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("platform thread");
    }

    @Test
    void aClosedDescriptorIsNotUsedAgain() {
        Wakeup wakeup = new Wakeup();
        wakeup.close();
        wakeup.close();
        assertThatThrownBy(wakeup::signal)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }
}
