package io.onlink.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.agent.Store;
import io.onlink.attach.Endpoint;
import io.onlink.libc.TestNamespace;
import io.onlink.load.PluginCall.Kind;
import io.onlink.load.PluginSocket.Question;
import io.onlink.model.AddressRange;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A host with two segments and an agent, in a namespace of its own; the engine is {@link ListingEngine}. Needs root. */
final class LoadedHost implements AutoCloseable {
    /** Addresses of both families, and more than are ever asked for at once. */
    static final Terms WIDE_IPV4 = new Terms(
            "wide",
            IpNetwork.parse("10.99.0.0/16"),
            AddressRange.parse("10.99.16.0-10.99.31.255"),
            addresses("10.99.0.2", "10.99.0.1", "10.99.0.0", "10.99.255.255"));

    static final Terms WIDE_IPV6 = new Terms(
            "wide",
            IpNetwork.parse("2001:db8:99::/64"),
            AddressRange.parse("2001:db8:99::1:0/112"),
            addresses("2001:db8:99::2", "2001:db8:99::1", "2001:db8:99::"));

    /** IPv4 alone, and few addresses: they are given away again and again. */
    static final Terms TIGHT_IPV4 = new Terms(
            "tight",
            IpNetwork.parse("192.168.52.0/24"),
            AddressRange.parse("192.168.52.16-192.168.52.79"),
            addresses("192.168.52.217", "192.168.52.1", "192.168.52.0", "192.168.52.255"));

    static final String WIDE = "1".repeat(64);
    static final String TIGHT = "2".repeat(64);

    private static final String HOST_FILE = """
            version: 1
            segments:
              wide:
                bridge: br0
                uplink: eth0
                addresses: [10.99.0.2/16, "2001:db8:99::2/64"]
                routes:
                  - { to: default, via: 10.99.0.1 }
                  - { to: default, via: "2001:db8:99::1" }
                containers:
                  pool: [10.99.16.0-10.99.31.255, "2001:db8:99::1:0/112"]
                  firewall: { default: deny, allow: [tcp/80, icmp] }
              tight:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24]
                routes:
                  - { to: 172.16.52.0/24, via: 192.168.52.1 }
                containers:
                  pool: [192.168.52.16-192.168.52.79]
            """;

    private static final Pattern CONTAINER_LINK = Pattern.compile("\\bon[lp][0-9a-f]{11}\\b");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final TestNamespace namespace = new TestNamespace();
    private final EngineBook book = new EngineBook();
    private final CallJournal journal = new CallJournal();
    private final PluginSocket plugin;
    private final ListingEngine engine;
    private Process agent;

    LoadedHost(Path directory) throws Exception {
        this.directory = directory;
        Files.writeString(directory.resolve("host.yaml"), HOST_FILE);
        namespace.ip("link set lo up");
        makeBridge("br0", "eth0", List.of("10.99.0.2/16", "2001:db8:99::2/64"));
        makeBridge("br1", "eth1", List.of("192.168.52.217/24"));
        plugin = new PluginSocket(directory.resolve("onlink.sock"), journal);
        engine = new ListingEngine(
                directory.resolve("engine.sock"),
                book,
                Map.of(WIDE, List.of(WIDE_IPV4, WIDE_IPV6), TIGHT, List.of(TIGHT_IPV4)));
        long begin = System.nanoTime();
        startAgent();
        journal.add(new JournalEntry.Away(begin, System.nanoTime()));
        createNetwork("wide", WIDE, "\"IPv4Data\":[%s],\"IPv6Data\":[%s]", WIDE_IPV4, WIDE_IPV6);
        createNetwork("tight", TIGHT, "\"IPv4Data\":[%s]", TIGHT_IPV4);
    }

    static List<Terms> terms() {
        return List.of(WIDE_IPV4, WIDE_IPV6, TIGHT_IPV4);
    }

    private static Set<IpAddress> addresses(String... texts) {
        return Set.of(texts).stream().map(IpAddress::parse).collect(Collectors.toSet());
    }

    private void makeBridge(String bridge, String uplink, List<String> addresses) {
        namespace.ip("link add %s type bridge forward_delay 0 mcast_snooping 0".formatted(bridge));
        namespace.ip("link add %s type veth peer name %s-far".formatted(uplink, uplink));
        namespace.ip("link set %s-far up".formatted(uplink));
        furnishBridge(bridge, uplink, addresses);
    }

    private void furnishBridge(String bridge, String uplink, List<String> addresses) {
        namespace.ip("link set %s master %s up".formatted(uplink, bridge));
        namespace.ip("link set %s up".formatted(bridge));
        for (String address : addresses) {
            namespace.ip("addr add %s dev %s%s".formatted(address, bridge, address.contains(":") ? " nodad" : ""));
        }
    }

    private void createNetwork(String segment, String id, String data, Terms... terms) {
        Object[] pools = List.of(terms).stream()
                .map(one -> "{\"AddressSpace\":\"OnlinkLocal\",\"Pool\":\"%s\"}".formatted(one.network()))
                .toArray();
        String body = "{\"NetworkID\":\"%s\",\"Options\":{\"com.docker.network.generic\":{\"onlink.segment\":\"%s\"}},"
                        .formatted(id, segment)
                + data.formatted(pools) + "}";
        assertThat(plugin.ask(new Question(Kind.CREATE_NETWORK, 0, segment, null, body))
                        .isAnswered())
                .isTrue();
    }

    EngineBook book() {
        return book;
    }

    CallJournal journal() {
        return journal;
    }

    PluginSocket plugin() {
        return plugin;
    }

    ListingEngine engine() {
        return engine;
    }

    TestNamespace namespace() {
        return namespace;
    }

    /** It takes calls when this returns. */
    private void startAgent() throws IOException {
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace.name()));
        command.addAll(JavaCommand.of(
                JavaCommand.ONLINK,
                "agent",
                "-f",
                directory.resolve("host.yaml").toString(),
                "--run-dir",
                directory.resolve("run").toString(),
                "--state-dir",
                directory.resolve("state").toString(),
                "--plugin-socket",
                directory.resolve("onlink.sock").toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put("DOCKER_HOST", "unix://" + directory.resolve("engine.sock"));
        agent = builder.start();
        await("an agent that answers", () -> {
            assertThat(agent.isAlive()).as("the agent, see %s", log()).isTrue();
            return plugin.ask(new Question(Kind.ACTIVATE, 0, "", null, "")).isAnswered();
        });
    }

    /** @param suddenly by SIGKILL: it can do nothing about it */
    void restartAgent(boolean suddenly) throws IOException, InterruptedException {
        long gone = System.nanoTime();
        if (suddenly) {
            agent.destroyForcibly();
        } else {
            agent.destroy();
        }
        agent.waitFor();
        startAgent();
        journal.add(new JournalEntry.Away(gone, System.nanoTime()));
    }

    /** Whoever is on it has no bridge for a moment, as has a container that starts then. */
    void takeBridgeAway(Duration moment) {
        namespace.ip("link delete br1");
        RetryingCaller.pause(moment);
        namespace.ip("link add br1 type bridge forward_delay 0 mcast_snooping 0");
        furnishBridge("br1", "eth1", List.of("192.168.52.217/24"));
    }

    /** Of a link that may be gone already. */
    void deleteLink(String name) throws IOException, InterruptedException {
        var _ = new ProcessBuilder("ip", "-n", namespace.name(), "link", "delete", name)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    Remains remains() {
        List<String> endpoints = new ArrayList<>();
        List<String> leases = new ArrayList<>();
        try (Store store = Store.open(directory.resolve("state").resolve("onlink.db"), InstantSource.system())) {
            store.endpoints().forEach(endpoint -> endpoints.add(endpoint.toString()));
            store.leases().forEach(lease -> leases.add(lease.toString()));
        }
        return new Remains(
                links(namespace.ip("-o link show")),
                endpoints,
                leases,
                links(namespace.exec("nft", "list", "ruleset", "bridge")),
                neighbours());
    }

    private static List<String> links(String text) {
        return List.copyOf(CONTAINER_LINK
                .matcher(text)
                .results()
                .map(result -> result.group())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** Of containers' addresses, to which nobody here has anything to say. */
    private List<String> neighbours() {
        return namespace
                .ip("neigh show")
                .lines()
                .filter(line -> !line.endsWith("FAILED"))
                .toList();
    }

    /** The state of the host's side of a container's link, as {@code ip} prints it; empty if it is gone. */
    String port(String endpoint) {
        String link = Endpoint.HOST_LINK_PREFIX + endpoint.substring(0, 11);
        return namespace
                .ip("-o link show")
                .lines()
                .filter(line -> line.contains(" " + link + "@"))
                .findFirst()
                .orElse("");
    }

    Path log() {
        return directory.resolve("agent.log");
    }

    String logged() throws IOException {
        return Files.readString(log(), StandardCharsets.UTF_8);
    }

    static void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE, condition);
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("waited for " + what).isNegative();
            RetryingCaller.pause(Duration.ofMillis(100));
        }
    }

    @Override
    public void close() {
        if (agent != null) {
            agent.destroyForcibly();
            await("the agent's end", () -> !agent.isAlive());
        }
        plugin.close();
        engine.close();
        namespace.close();
    }
}
