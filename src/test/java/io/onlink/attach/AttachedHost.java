package io.onlink.attach;

import io.onlink.agent.Store;
import io.onlink.docker.NetworkDriver.AddressPool;
import io.onlink.docker.NetworkDriver.CreateEndpoint;
import io.onlink.docker.NetworkDriver.CreateNetwork;
import io.onlink.docker.NetworkDriver.EndpointInterface;
import io.onlink.docker.NetworkDriver.Join;
import io.onlink.docker.NetworkDriver.Joined;
import io.onlink.docker.Options;
import io.onlink.hostfile.HostFile;
import io.onlink.ipam.AddressProbe;
import io.onlink.ipam.ClaimTurns;
import io.onlink.kernel.FakeKernel;
import io.onlink.kernel.Kernel;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A host whose endpoints come and go by an engine's calls, on a kernel that is stricter than the real one. */
public abstract class AttachedHost {
    static final HostFile FILE = HostFile.parse("host.yaml", """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
                routes:
                  - { to: default, via: 192.168.22.1 }
                containers:
                  pool: [192.168.22.222-192.168.22.239]
              back:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24]
                routes:
                  - { to: 172.16.52.0/24, via: 192.168.52.1 }
                containers:
                  pool: [192.168.52.222-192.168.52.239]
              hosts-own:
                bridge: br2
                uplink: eth2
                addresses: [192.168.62.217/24]
              aside:
                bridge: br3
                uplink: eth3
                addresses: [192.168.72.217/24]
                routes:
                  - { to: default, via: 192.168.72.1, metric: 500 }
                containers:
                  pool: [192.168.72.222-192.168.72.239]
            """);

    protected static final String ID = "5c1d0b6d9d0e3a1fa0f8f6d6f0b3a7d2f1e0c9b8a7968574635241302f1e0d0c";
    protected static final String HOST_LINK = "onl5c1d0b6d9d0";
    static final String SANDBOX = "/run/docker/netns/1";

    @TempDir
    private Path directory;

    Instant now = Instant.parse("2026-11-20T10:00:00Z");
    final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    protected FakeKernel kernel;

    /** Null as long as the container has not started. */
    volatile FakeKernel sandbox;

    volatile Runnable whileInside = () -> {};

    /** What the link is called that is in the sandbox once it was moved there; null if it never arrives. */
    volatile String moved;

    Store store;
    final RecordingGuard guard = new RecordingGuard();
    protected Attachments attachments;

    @BeforeEach
    void open() {
        kernel = new FakeKernel(new NetworkState.Builder()
                .put(new Bridge(LinkAttributes.named("br0").withMtu(9000).withUp(true), Bridge.Options.SEGMENT))
                .build());
        store = Store.open(directory.resolve("onlink.db"), () -> now);
        attachments = new Attachments(
                FILE::segments,
                store,
                kernel,
                kernel,
                (sandbox, work) -> inside(work),
                guard,
                new ClaimTurns(Duration.ZERO, Duration.ZERO),
                AddressProbe.NONE,
                timer,
                () -> now);
    }

    private boolean inside(Consumer<Kernel> work) {
        whileInside.run();
        FakeKernel there = sandbox;
        String arrived = moved;
        if (there != null) {
            if (arrived != null
                    && kernel.observe().link(HOST_LINK) != null
                    && there.observe().link(arrived) == null) {
                there.perform(new Step.CreateLink(new Bridge(LinkAttributes.named(arrived), Bridge.Options.SEGMENT)));
            }
            work.accept(there);
        }
        return there != null;
    }

    @AfterEach
    void close() {
        timer.shutdownNow();
        store.close();
    }

    /** As an endpoint's deletion begins: it is still known. */
    void removeLink() {
        new HostLinks(kernel, kernel, new Guarding(FILE::segments, store, guard)).remove(HOST_LINK);
    }

    protected void network(String id, String segment, String subnet) {
        String options = segment.isEmpty()
                ? "{}"
                : "{\"com.docker.network.generic\":{\"onlink.segment\":\"%s\"}}".formatted(segment);
        attachments.createNetwork(new CreateNetwork(
                id,
                options(options),
                List.of(new AddressPool("OnlinkLocal", IpNetwork.parse(subnet), null, Map.of())),
                List.of()));
    }

    protected EndpointInterface create(String network, String id, String address, MacAddress mac, String options) {
        return attachments
                .createEndpoint(new CreateEndpoint(
                        network,
                        id,
                        new EndpointInterface(InterfaceAddress.parse(address), null, mac),
                        options(options)))
                .endpoint();
    }

    protected Joined join(String network, String id) {
        return attachments.join(new Join(network, id, SANDBOX, Options.NONE));
    }

    static Options options(String json) {
        return JsonMapper.shared().readValue(json, Options.class);
    }
}
