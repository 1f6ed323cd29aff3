package io.onlink.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkStatus.PortState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@code ip} does the monitor tells. Needs root. */
class LinkMonitorIT {
    private static final int GIVE_UP_SECONDS = 30;

    private final TestNamespace namespace = new TestNamespace();
    private final BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        namespace.close();
    }

    @Test
    void tellsWhatHappensToALink() throws InterruptedException {
        namespace.ip("link add before type bridge");
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start((event, _) -> events.add(event)))) {
            namespace.ip("link add v0 type veth peer name v1");
            NetworkEvent made = next(event -> isChange(event, "v0", false));
            assertThat(made).isInstanceOf(NetworkEvent.LinkChanged.class);
            namespace.ip("link set v0 up");
            namespace.ip("link set v1 up");
            next(event -> isChange(event, "v0", true));
            // Its name is known from before the monitor began.
            namespace.ip("addr add 192.0.2.1/24 dev before");
            next(event -> event instanceof NetworkEvent.AddressAdded added
                    && added.address().link().equals("before")
                    && added.address().ip().equals(IpAddress.parse("192.0.2.1")));
            namespace.ip("link set before up");
            next(event -> event instanceof NetworkEvent.RouteAdded added
                    && added.route().destination().equals(IpNetwork.parse("192.0.2.0/24")));
            namespace.ip("addr del 192.0.2.1/24 dev before");
            next(event -> event instanceof NetworkEvent.RouteDeleted deleted
                    && deleted.route().destination().equals(IpNetwork.parse("192.0.2.0/24")));
            namespace.ip("link del v0");
            next(event -> event.equals(new NetworkEvent.LinkDeleted("v0")));
        }
    }

    @Test
    void tellsOfRules() throws InterruptedException {
        namespace.ip("link add br0 type bridge");
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start((event, _) -> events.add(event)))) {
            namespace.ip("rule add pref 777 to 192.0.2.0/24 lookup main");
            next(event -> event instanceof NetworkEvent.RuleAdded added
                    && added.rule().priority() == 777);
            namespace.ip("-6 rule add pref 778 to 2001:db8::/32 lookup main");
            next(event -> event instanceof NetworkEvent.RuleAdded added
                    && added.rule().priority() == 778);
            namespace.ip("rule del pref 777");
            next(event -> event instanceof NetworkEvent.RuleDeleted deleted
                    && deleted.rule().priority() == 777);
        }
    }

    @Test
    void tellsWhenAPortForwardsAndWhenItLeaves() throws InterruptedException {
        namespace.ip("link add br0 type bridge forward_delay 0");
        namespace.ip("link add v0 type veth peer name v1");
        namespace.ip("link set br0 up");
        namespace.ip("link set v1 up");
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start((event, _) -> events.add(event)))) {
            namespace.ip("link set v0 master br0 up");
            next(event -> event.equals(new NetworkEvent.PortChanged("v0", PortState.FORWARDING)));
            namespace.ip("link set v0 nomaster");
            next(event -> event.equals(new NetworkEvent.PortLeft("v0")));
        }
    }

    @Test
    void aListenerThatFailsIsToldTheNextEvent() throws InterruptedException {
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start((event, _) -> {
            events.add(event);
            throw new IllegalStateException("a listener's own mistake, logged");
        }))) {
            namespace.ip("link add br0 type bridge");
            namespace.ip("link add br1 type bridge");
            next(event -> isChange(event, "br1", false));
        }
    }

    @Test
    void whatTheKernelHadNoRoomForIsToldAsSuch() throws InterruptedException {
        CountDownLatch flooded = new CountDownLatch(1);
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start(
                (event, _) -> {
                    events.add(event);
                    awaitQuietly(flooded);
                },
                4096))) {
            // While the listener is busy with this one.
            namespace.ip("link add busy type bridge");
            next(event -> isChange(event, "busy", false));
            try (NetlinkSocket socket = namespace.call(NetlinkSocket::open)) {
                for (int i = 0; i < 100; i++) {
                    socket.perform(LinkRequests.createBare("bridge", "flood" + i));
                }
            }
            flooded.countDown();
            next(event -> event instanceof NetworkEvent.Resync resync
                    && resync.reason().contains("ENOBUFS"));
            // And it goes on, with the names of the links whose making it missed.
            namespace.ip("addr add 192.0.2.1/24 dev flood99");
            next(event -> event instanceof NetworkEvent.AddressAdded added
                    && added.address().link().equals("flood99"));
        }
    }

    @Test
    void nothingIsToldAfterTheEnd() throws InterruptedException {
        List<NetworkEvent> afterwards = new CopyOnWriteArrayList<>();
        try (LinkMonitor _ = namespace.call(() -> LinkMonitor.start((event, _) -> events.add(event)))) {
            LinkMonitor ended = namespace.call(() -> LinkMonitor.start((event, _) -> afterwards.add(event)));
            ended.close();
            ended.close();
            namespace.ip("link add br0 type bridge");
            next(event -> isChange(event, "br0", false));
            assertThat(afterwards).isEmpty();
        }
    }

    private static boolean isChange(NetworkEvent event, String link, boolean lowerUp) {
        return event instanceof NetworkEvent.LinkChanged changed
                && changed.link().name().equals(link)
                && changed.status().lowerUp() == lowerUp;
    }

    /** The next event that is as wanted; the others are passed over. */
    private NetworkEvent next(Predicate<NetworkEvent> wanted) throws InterruptedException {
        List<NetworkEvent> others = new ArrayList<>();
        while (true) {
            NetworkEvent event = events.poll(GIVE_UP_SECONDS, TimeUnit.SECONDS);
            assertThat(event).as("after %s", others).isNotNull();
            if (wanted.test(event)) {
                return event;
            }
            others.add(event);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
