package io.onlink.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.libc.Errno;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Bridge;
import io.onlink.model.LinkAttributes;
import io.onlink.model.Veth;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The socket against the real kernel. Needs root. */
class NetlinkSocketIT {
    private static final int PAIRS = 250;

    private final TestNamespace namespace = new TestNamespace();
    private final NetlinkSocket socket = namespace.call(NetlinkSocket::open);

    @AfterEach
    void close() {
        socket.close();
        namespace.close();
    }

    /** More than one datagram can hold. */
    @Test
    void listsFiveHundredLinks() {
        for (int pair = 0; pair < PAIRS; pair++) {
            socket.perform(
                    LinkRequests.create(new Veth(LinkAttributes.named("a" + pair), LinkAttributes.named("b" + pair))));
        }
        assertThat(names())
                .hasSize(2 * PAIRS + 1)
                .contains("lo")
                .containsAll(
                        IntStream.range(0, PAIRS).mapToObj(pair -> "b" + pair).toList());
        assertThat(namespace.ip("-o link show").lines()).hasSize(2 * PAIRS + 1);
    }

    @Test
    void threadsTakeTurns() throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> work = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(thread -> threads.submit(() -> {
                        for (int i = 0; i < 25; i++) {
                            socket.perform(LinkRequests.create(bridge("t" + thread + "-" + i)));
                            assertThat(names()).contains("t" + thread + "-" + i);
                        }
                    }))
                    .toList();
            for (Future<?> each : work) {
                each.get();
            }
        }
        assertThat(names()).hasSize(101);
    }

    @Test
    void aTakenNameIsRefused() {
        socket.perform(LinkRequests.create(bridge("br0")));
        assertThatThrownBy(() -> socket.perform(LinkRequests.create(bridge("br0"))))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.errno()).isEqualTo(Errno.EEXIST));
    }

    @Test
    void theKernelsOwnWordsComeThrough() {
        assertThatThrownBy(() -> socket.perform(LinkRequests.createBare("no-such-kind", "x")))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.explanation()).isEqualTo("Unknown device type"))
                .hasMessage("RTM_NEWLINK: EOPNOTSUPP (Operation not supported): Unknown device type");
        // One byte where four belong: the kernel says so, and where in the request.
        Request wrong = LinkRequests.delete(1).u8(LinkConstants.IFLA_MTU, 1);
        assertThatThrownBy(() -> socket.perform(wrong))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.explanation()).contains("(at byte 32 of the request)"));
    }

    /** A dump's header that is not as it should be is refused, not ignored: filters are then obeyed too. */
    @Test
    void dumpsAreCheckedStrictly() {
        Request wrong = Request.of(RtnetlinkConstants.RTM_GETLINK, 0).u8(0);
        assertThatThrownBy(() -> socket.dump(wrong)).isInstanceOf(RefusedException.class);
        assertThat(names()).containsExactly("lo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"br0", "fifteen-bytes-x"})
    void findsALinkByItsName(String name) {
        socket.perform(LinkRequests.create(bridge(name)));
        LinkMessage found = LinkMessage.parse(socket.get(LinkRequests.find(name)));
        assertThat(found.name()).isEqualTo(name);
        assertThat(namespace.ip("-o link show " + name)).startsWith(found.index() + ": " + name);
    }

    private List<String> names() {
        return socket.dump(LinkRequests.list()).stream()
                .map(LinkMessage::parse)
                .map(LinkMessage::name)
                .toList();
    }

    private static Bridge bridge(String name) {
        return new Bridge(LinkAttributes.named(name), Bridge.Options.SEGMENT);
    }
}
