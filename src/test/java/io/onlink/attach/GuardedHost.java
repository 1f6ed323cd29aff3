package io.onlink.attach;

import io.onlink.agent.Store;
import io.onlink.docker.NetworkDriver.AddressPool;
import io.onlink.docker.NetworkDriver.CreateEndpoint;
import io.onlink.docker.NetworkDriver.CreateNetwork;
import io.onlink.docker.NetworkDriver.EndpointInterface;
import io.onlink.docker.NetworkDriver.Join;
import io.onlink.docker.Options;
import io.onlink.hostfile.HostFile;
import io.onlink.ipam.AddressProbe;
import io.onlink.ipam.ClaimTurns;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.PacketSocket;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import io.onlink.nftables.GuardTable;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * A host with one segment, its router outside, and containers attached as the engine has them attached: by the driver's
 * calls, the interface then moved into the container's namespace. Needs root.
 */
final class GuardedHost implements AutoCloseable {
    static final String ROUTER_IPV4 = Forgery.OTHER_IPV4;
    static final String ROUTER_IPV6 = Forgery.OTHER_IPV6;
    static final MacAddress ROUTER_MAC = MacAddress.parse("02:00:00:00:00:01");
    private static final int ALL_PROTOCOLS = 0x0003;
    private static final Duration GIVE_UP = Duration.ofSeconds(5);

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace router = new TestNamespace();
    private final List<TestNamespace> containers = new ArrayList<>();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final Store store;
    private final LinuxKernel kernel;
    final GuardTable guard;
    final Attachments attachments;
    private volatile HostFile file;

    GuardedHost(Path directory, String segmentKeys) {
        host.ip("link set lo up");
        host.ip("link add br0 address 02:00:00:00:00:10 type bridge forward_delay 0 mcast_snooping 0");
        host.ip("link add eth0 type veth peer name r0 netns " + router.name());
        host.ip("link set eth0 up master br0");
        host.ip("link set br0 up");
        host.ip("addr add 192.168.22.217/24 dev br0");
        host.ip("addr add 2001:db8:22::217/64 dev br0 nodad");
        router.ip("link set lo up");
        router.ip("link set r0 address 02:00:00:00:00:01 up");
        router.ip("addr add 192.168.22.1/24 dev r0");
        router.ip("addr add 2001:db8:22::1/64 dev r0 nodad");
        declare(segmentKeys);
        store = Store.open(directory.resolve("onlink.db"), InstantSource.system());
        kernel = host.call(LinuxKernel::open);
        Bridge bridge = (Bridge) Objects.requireNonNull(kernel.link("br0"));
        kernel.perform(new Step.SetBridgeOptions("br0", bridge.options(), Bridge.Options.SEGMENT));
        guard = host.call(GuardTable::open);
        attachments = new Attachments(
                () -> file.segments(),
                store,
                kernel,
                kernel,
                new LinuxSandboxes(),
                guard,
                new ClaimTurns(Duration.ZERO, Duration.ZERO),
                AddressProbe.NONE,
                timer,
                InstantSource.system());
        attachments.guardAll();
        attachments.createNetwork(new CreateNetwork(
                "network", Options.NONE, List.of(pool("192.168.22.0/24")), List.of(pool("2001:db8:22::/64"))));
    }

    /** @param keys more of {@code containers}, each line ended */
    void declare(String keys) {
        file = HostFile.parse("host.yaml", """
                version: 1
                segments:
                  lan:
                    bridge: br0
                    uplink: eth0
                    addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                    routes:
                      - { to: default, via: 192.168.22.1 }
                    containers:
                      pool: [192.168.22.222-192.168.22.239, "2001:db8:22::222:0/112"]
                """ + keys.indent(6));
    }

    private static AddressPool pool(String subnet) {
        return new AddressPool("OnlinkLocal", IpNetwork.parse(subnet), null, Map.of());
    }

    /** A running container, with 192.168.22.HOST and 2001:db8:22::HOST. */
    Container start(int number) {
        String id = "%02x".formatted(number).repeat(32);
        TestNamespace namespace = new TestNamespace();
        containers.add(namespace);
        attachments.createEndpoint(new CreateEndpoint(
                "network",
                id,
                new EndpointInterface(
                        InterfaceAddress.parse("192.168.22." + number + "/24"),
                        InterfaceAddress.parse("2001:db8:22::" + number + "/64"),
                        null),
                Options.NONE));
        attachments.join(new Join("network", id, "/run/netns/" + namespace.name(), Options.NONE));
        Endpoint endpoint = store.endpoint(id).orElseThrow();
        host.ip("link set " + endpoint.sandboxLink() + " netns " + namespace.name() + " name lan0");
        namespace.ip("link set lo up");
        namespace.ip("addr add " + endpoint.ipv4() + " dev lan0");
        namespace.ip("addr add " + endpoint.ipv6() + " dev lan0 nodad");
        namespace.ip("link set lan0 up");
        return new Container(endpoint, namespace);
    }

    TestNamespace router() {
        return router;
    }

    TestNamespace host() {
        return host;
    }

    /** The wire on the router's side, with all that comes from now on. */
    PacketSocket wire() {
        return listen(router, "r0");
    }

    static PacketSocket listen(TestNamespace namespace, String link) {
        int index = Integer.parseInt(namespace.ip("-o link show " + link).split(":", 2)[0]);
        return namespace.call(() -> PacketSocket.open(index, ALL_PROTOCOLS));
    }

    /** Whether the frame comes before the other one, which must come. */
    static boolean comesBefore(PacketSocket wire, byte[] frame, byte[] last) {
        boolean came = false;
        while (true) {
            Optional<byte[]> next = wire.receive(GIVE_UP);
            byte[] received = next.orElseThrow(() -> new AssertionError("the honest frame did not come"));
            came |= begins(received, frame);
            if (begins(received, last)) {
                return came;
            }
        }
    }

    /** A tag is taken out of the frame and told beside it: what is behind it is compared, too. */
    private static boolean begins(byte[] received, byte[] sent) {
        int type = 12;
        return Arrays.equals(received, sent)
                || (received.length == sent.length - 4
                        && Arrays.equals(received, 0, type, sent, 0, type)
                        && Arrays.equals(received, type, received.length, sent, type + 4, sent.length));
    }

    @Override
    public void close() {
        timer.shutdownNow();
        guard.close();
        kernel.close();
        store.close();
        containers.forEach(TestNamespace::close);
        router.close();
        host.close();
    }

    /** @param namespace in which the interface is called lan0 */
    record Container(Endpoint endpoint, TestNamespace namespace) {
        MacAddress mac() {
            return endpoint.mac();
        }

        PacketSocket interior() {
            return listen(namespace, "lan0");
        }
    }
}
