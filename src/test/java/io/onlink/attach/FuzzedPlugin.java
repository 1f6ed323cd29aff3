package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.docker.PluginServer;
import io.onlink.hostfile.HostFile;
import io.onlink.ipam.AddressProbe;
import io.onlink.ipam.AddressRegistry;
import io.onlink.ipam.ClaimTurns;
import io.onlink.ipam.Claimants;
import io.onlink.ipam.Lease;
import io.onlink.ipam.Subnet;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Bridge;
import io.onlink.model.LinkAttributes;
import io.onlink.model.NetworkState;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** The agent's plugin on a socket of its own: all of it but the kernel, which is the fake one. */
final class FuzzedPlugin implements AutoCloseable {
    static final String NETWORK = "9f2c4b1e7a6d5c3b2a190807f6e5d4c3b2a1908f7e6d5c4b3a29180706f5e4d3";
    static final String ENDPOINT = "5c1d0b6d9d0e3a1fa0f8f6d6f0b3a7d2f1e0c9b8a7968574635241302f1e0d0c";

    static final HostFile FILE = HostFile.parse("host.yaml", """
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
            """);

    private static final long PATIENCE_MILLIS = 10_000;
    private static final int LARGEST_ANSWER = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern ANSWER = Pattern.compile(
            "HTTP/1\\.[01] ([1-5]\\d\\d) [^\r\n]*\r\n((?:[!-~]+: [^\r\n]*\r\n)*)\r\n(.*)", Pattern.DOTALL);
    private static final Pattern LENGTH = Pattern.compile("(?i)(?:^|\n)Content-Length: (\\d+)\r\n");
    private static final Pattern ADDRESS = Pattern.compile("\"Address\":\"([^\"/]+)/");

    private final Path directory = Files.createTempDirectory("onlink-fuzz-");
    private final Path socket = directory.resolve("onlink.sock");
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final FakeKernel kernel = new FakeKernel(new NetworkState.Builder()
            .put(new Bridge(LinkAttributes.named("br0").withUp(true), Bridge.Options.SEGMENT))
            .build());
    private final RecordingGuard guard = new RecordingGuard();
    private final Store store = Store.open(directory.resolve("onlink.db"), InstantSource.system());
    private final PluginServer server;
    private final NetworkState before;

    private FuzzedPlugin() throws IOException {
        // Most claims here are nobody's: each would make the next one wait.
        ClaimTurns turns = new ClaimTurns(Duration.ofMillis(1), Duration.ofMillis(1));
        Attachments attachments = new Attachments(
                FILE::segments,
                store,
                kernel,
                kernel,
                (_, _) -> false,
                guard,
                turns,
                AddressProbe.NONE,
                timer,
                InstantSource.system());
        List<Subnet> subnets = FILE.segments().values().stream()
                .flatMap(segment -> Subnet.of(segment).stream())
                .toList();
        AddressRegistry addresses = new AddressRegistry(
                () -> subnets, store, attachments, Claimants.UNKNOWN, turns, AddressProbe.NONE, InstantSource.system());
        server = PluginServer.start(socket, attachments, addresses);
        before = kernel.observe();
    }

    static FuzzedPlugin start() throws IOException {
        return new FuzzedPlugin();
    }

    /** Sends bytes as they are; what comes back, if anything does, is HTTP. */
    void send(byte[] bytes) throws IOException {
        String answer = exchange(bytes);
        // HEAD's answer has the length of what it leaves out.
        if (!answer.isEmpty() && !new String(bytes, StandardCharsets.ISO_8859_1).contains("HEAD")) {
            assertThat(body(answer)).as("a bug's answer").doesNotContain("failed inside Onlink");
        }
    }

    /** Makes a call as an engine does: the answer is JSON, and no confession of a bug. */
    String call(String name, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        byte[] head = "POST /%s HTTP/1.1\r\nHost: \r\nContent-Length: %d\r\n\r\n"
                .formatted(name, content.length)
                .getBytes(StandardCharsets.UTF_8);
        byte[] request = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, request, head.length, content.length);
        String answer = exchange(request);
        assertThat(answer).as("%s %s", name, body).startsWith("HTTP/1.1 200 ");
        String json = body(answer);
        assertThat(JSON.readTree(json).isObject()).as(json).isTrue();
        assertThat(json).as("%s %s", name, body).doesNotContain("failed inside Onlink");
        return json;
    }

    /** An ordinary container has its life; then all is given back, and nothing is left. */
    void isAsBefore() throws IOException {
        live();
        for (Endpoint endpoint : store.endpoints()) {
            String about = json(endpoint.network(), endpoint.id(), "");
            call("NetworkDriver.Leave", about);
            call("NetworkDriver.DeleteEndpoint", about);
        }
        for (SegmentNetwork network : store.networks()) {
            call(
                    "NetworkDriver.DeleteNetwork",
                    JSON.createObjectNode().put("NetworkID", network.id()).toString());
        }
        // A release is first taken for one that is owed since an endpoint before was deleted.
        for (int time = 0; time < 50 && !store.leases().isEmpty(); time++) {
            for (Lease lease : store.leases()) {
                call(
                        "IpamDriver.ReleaseAddress",
                        "{\"PoolID\":\"onlink 192.168.22.0/24 - lan\",\"Address\":\"%s\"}".formatted(lease.address()));
            }
        }
        assertThat(store.endpoints()).isEmpty();
        assertThat(store.networks()).isEmpty();
        assertThat(store.leases()).isEmpty();
        assertThat(store.allowed()).isEmpty();
        assertThat(kernel.observe().links()).isEqualTo(before.links());
        assertThat(guard.isEmpty()).isTrue();
    }

    private void live() throws IOException {
        String network = "7".repeat(64);
        String endpoint = "8".repeat(64);
        expect("NetworkDriver.CreateNetwork", """
                {"NetworkID":"%s","IPv4Data":[{"AddressSpace":"OnlinkLocal","Pool":"192.168.22.0/24"}]}""".formatted(network));
        String leased = expect("IpamDriver.RequestAddress", "{\"PoolID\":\"onlink 192.168.22.0/24 - lan\"}");
        Matcher address = ADDRESS.matcher(leased);
        assertThat(address.find()).as(leased).isTrue();
        expect(
                "NetworkDriver.CreateEndpoint",
                json(network, endpoint, ",\"Interface\":{\"Address\":\"%s/24\"}".formatted(address.group(1))));
        expect("NetworkDriver.Join", json(network, endpoint, ",\"SandboxKey\":\"/var/run/docker/netns/8\""));
        assertThat(guard.isGuarded("onl88888888888")).isTrue();
    }

    private String expect(String name, String body) throws IOException {
        String answer = call(name, body);
        assertThat(answer).as("%s %s", name, body).doesNotContain("\"Err\"");
        return answer;
    }

    private static String json(String network, String endpoint, String more) {
        return "{\"NetworkID\":%s,\"EndpointID\":%s%s}"
                .formatted(JSON.writeValueAsString(network), JSON.writeValueAsString(endpoint), more);
    }

    /** All that comes back until the server ends the connection. */
    private String exchange(byte[] request) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(request);
        ByteBuffer in = ByteBuffer.allocate(LARGEST_ANSWER);
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Selector selector = Selector.open()) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            while (true) {
                selector.select(PATIENCE_MILLIS / 10);
                selector.selectedKeys().clear();
                if (System.nanoTime() > end) {
                    throw new AssertionError(
                            "no end of the connection after " + PATIENCE_MILLIS + " ms; so far: " + text(in));
                }
                if (key.isWritable() && write(channel, out)) {
                    key.interestOps(SelectionKey.OP_READ);
                }
                if (key.isReadable() && read(channel, in)) {
                    return text(in);
                }
            }
        }
    }

    /** @return whether all is written, or never will be: then nothing more comes from us */
    private static boolean write(SocketChannel channel, ByteBuffer out) throws IOException {
        try {
            channel.write(out);
            if (out.hasRemaining()) {
                return false;
            }
            channel.shutdownOutput();
        } catch (IOException answeredAlready) {
            assertThat(answeredAlready).hasMessageContaining("Broken pipe");
        }
        return true;
    }

    private static boolean read(SocketChannel channel, ByteBuffer in) {
        try {
            return channel.read(in) < 0;
        } catch (IOException reset) {
            // The server had its say, and did not want to hear the rest.
            return true;
        }
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(in.duplicate().flip()).toString();
    }

    private static String body(String answer) {
        Matcher matcher = ANSWER.matcher(answer);
        assertThat(matcher.matches()).as("an answer: " + answer).isTrue();
        Matcher length = LENGTH.matcher(matcher.group(2));
        if (length.find()) {
            assertThat(matcher.group(3).getBytes(StandardCharsets.UTF_8)).hasSize(Integer.parseInt(length.group(1)));
        }
        return matcher.group(3);
    }

    @Override
    public void close() throws IOException {
        server.close();
        timer.shutdownNow();
        store.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
