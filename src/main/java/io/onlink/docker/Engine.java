package io.onlink.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventActor;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.onlink.failure.EngineException;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Docker Engine's own API, as far as Onlink needs it. Its version is agreed on at the start: engines from 20.10 on are
 * spoken to in their own. Calls block, so never from a virtual thread, and never inside a plugin call: the engine may hold
 * a lock then.
 *
 * <p>What the engine refuses, and an engine that is not there, is an {@link EngineException}.
 */
public final class Engine implements AutoCloseable {
    /** The driver's name: the engine finds it as {@code /run/docker/plugins/onlink.sock}. */
    public static final String DRIVER = "onlink";

    /** Option of a network that says which segment it is on. */
    public static final String SEGMENT_OPTION = "onlink.segment";

    /** What the names of our options and labels begin with. */
    public static final String OPTION_PREFIX = DRIVER + ".";

    /** The newest version whose answers docker-java knows. */
    private static final RemoteApiVersion NEWEST = RemoteApiVersion.VERSION_1_44;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    private final URI host;
    private final DockerClient client;
    private final DockerClient streams;

    private Engine(URI host, DockerClient client, DockerClient streams) {
        this.host = host;
        this.client = client;
        this.streams = streams;
    }

    /** Where the engine listens: {@code DOCKER_HOST}, or the usual socket. */
    public static URI hostOf(Map<String, String> environment) {
        String host = environment.getOrDefault("DOCKER_HOST", "");
        return URI.create(host.isEmpty() ? "unix:///var/run/docker.sock" : host);
    }

    /** Connects and agrees on a version of the API. */
    public static Engine connect(URI host) {
        try (DockerClient unversioned = client(host, RemoteApiVersion.UNKNOWN_VERSION, ANSWER_TIMEOUT)) {
            RemoteApiVersion theirs =
                    RemoteApiVersion.parseConfig(unversioned.versionCmd().exec().getApiVersion());
            RemoteApiVersion agreed = theirs.isGreater(NEWEST) ? NEWEST : theirs;
            return new Engine(host, client(host, agreed, ANSWER_TIMEOUT), client(host, agreed, Duration.ZERO));
        } catch (IOException | RuntimeException failed) {
            throw new EngineException(
                    "connect to the Docker Engine at %s: %s; is it running, and is DOCKER_HOST right?"
                            .formatted(host, reason(failed)),
                    failed);
        }
    }

    /** All networks, without their endpoints. */
    public List<EngineNetwork> networks() {
        return call("list networks", () -> client.listNetworksCmd().exec()).stream()
                .map(Engine::network)
                .toList();
    }

    /** The endpoints on a network that belong to running containers. */
    public List<EngineEndpoint> endpoints(String networkId) {
        Network network = call(
                "inspect network " + networkId,
                () -> client.inspectNetworkCmd().withNetworkId(networkId).exec());
        return Optional.ofNullable(network.getContainers()).orElse(Map.of()).entrySet().stream()
                .filter(entry -> entry.getValue().getEndpointId() != null)
                .map(entry -> endpoint(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static EngineEndpoint endpoint(String container, Network.ContainerNetworkConfig endpoint) {
        return new EngineEndpoint(
                endpoint.getEndpointId(),
                container,
                Objects.requireNonNullElse(endpoint.getName(), container),
                parsed(endpoint.getIpv4Address(), InterfaceAddress::parse),
                parsed(endpoint.getIpv6Address(), InterfaceAddress::parse),
                parsed(endpoint.getMacAddress(), MacAddress::parse));
    }

    private static <T> @Nullable T parsed(@Nullable String text, Function<String, T> parse) {
        return text == null || text.isEmpty() ? null : parse.apply(text);
    }

    /** Path of a container's network namespace; empty if it is gone or does not run. */
    public Optional<String> sandbox(String container) {
        return call("inspect container " + container, () -> {
            try {
                String sandbox = client.inspectContainerCmd(container)
                        .exec()
                        .getNetworkSettings()
                        .getSandboxKey();
                return Optional.ofNullable(sandbox).filter(path -> !path.isEmpty());
            } catch (NotFoundException gone) {
                return Optional.empty();
            }
        });
    }

    /** Makes a network of Onlink's on a segment. */
    public void createNetwork(String name, String segment, List<IpNetwork> subnets) {
        Network.Ipam ipam = new SegmentAddresses(segment)
                .withDriver(DRIVER)
                .withConfig(subnets.stream()
                        .map(subnet -> new Network.Ipam.Config().withSubnet(subnet.toString()))
                        .toList());
        call(
                "create network " + name,
                () -> client.createNetworkCmd()
                        .withName(name)
                        .withDriver(DRIVER)
                        .withOptions(Map.of(SEGMENT_OPTION, segment))
                        .withIpam(ipam)
                        .withEnableIpv6(subnets.stream().anyMatch(subnet -> switch (subnet.family()) {
                            case IPV4 -> false;
                            case IPV6 -> true;
                        }))
                        .withCheckDuplicate(true)
                        .exec());
    }

    /** Removes a network; one that is gone is no error. */
    public void removeNetwork(String id) {
        call("remove network " + id, () -> {
            try {
                return client.removeNetworkCmd(id).exec();
            } catch (NotFoundException gone) {
                return null;
            }
        });
    }

    /** The containers that run now. */
    public List<EngineContainer> runningContainers() {
        return call("list containers", () -> client.listContainersCmd().exec()).stream()
                .map(Engine::container)
                .toList();
    }

    /** A running container with the endpoints it has; empty if it is gone or does not run. */
    public Optional<EngineContainer> runningContainer(String id) {
        return inspect(id)
                .filter(container -> Boolean.TRUE.equals(container.getState().getRunning()))
                .map(Engine::container);
    }

    /** A container, running or not; empty if it is gone. Waits while the engine is about to start it. */
    public Optional<EngineContainer> container(String id) {
        return inspect(id).map(Engine::container);
    }

    private Optional<InspectContainerResponse> inspect(String id) {
        return call("inspect container " + id, () -> {
            try {
                return Optional.of(client.inspectContainerCmd(id).exec());
            } catch (NotFoundException gone) {
                return Optional.empty();
            }
        });
    }

    /** The first process of a running container, by its number on the host; empty if it does not run. */
    public OptionalLong pid(String container) {
        return inspect(container)
                .map(details -> details.getState().getPidLong())
                .filter(pid -> pid != 0)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** Names of all containers, running or not. */
    public Set<String> containerNames() {
        return call(
                        "list all containers",
                        () -> client.listContainersCmd().withShowAll(true).exec())
                .stream()
                .map(container -> container(container).name())
                .collect(Collectors.toSet());
    }

    /**
     * Containers that are to restart by themselves but did not, since the engine found no plugin when it tried: it never
     * tries again.
     */
    public List<EngineContainer> containersFailedForWantOfPlugin() {
        List<EngineContainer> failed = new ArrayList<>();
        List<Container> stopped = call(
                "list stopped containers",
                () -> client.listContainersCmd()
                        .withShowAll(true)
                        .withStatusFilter(List.of("created", "exited"))
                        .exec());
        for (Container container : stopped) {
            try {
                InspectContainerResponse details =
                        client.inspectContainerCmd(container.getId()).exec();
                RestartPolicy policy = details.getHostConfig().getRestartPolicy();
                boolean restarts = policy != null
                        && policy.getName() != null
                        && !policy.getName().isEmpty()
                        && !policy.getName().equals("no");
                String error = Objects.requireNonNullElse(details.getState().getError(), "");
                if (restarts && (error.contains("plugin \"" + DRIVER + "\"") || error.contains(DRIVER + ".sock"))) {
                    failed.add(container(container));
                }
            } catch (NotFoundException gone) {
                log.debug("container {} is gone", container.getId());
            } catch (RuntimeException refused) {
                throw failure("inspect container " + container.getId(), refused);
            }
        }
        return failed;
    }

    /** Starts a container; one that runs already is no error. */
    public void start(String container) {
        call("start container " + container, () -> {
            try {
                return client.startContainerCmd(container).exec();
            } catch (com.github.dockerjava.api.exception.NotModifiedException runs) {
                return null;
            }
        });
    }

    /**
     * Starts a process in a running container: in its namespaces, its cgroup, with its user and limits. Nobody reads what
     * it writes.
     *
     * @return the exec's id
     */
    public String exec(String container, List<String> command, Map<String, String> environment) {
        return call("start a process in container " + container, () -> {
            String id = client.execCreateCmd(container)
                    .withCmd(command.toArray(String[]::new))
                    .withEnv(environment.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .toList())
                    .exec()
                    .getId();
            StreamedAnswer<com.github.dockerjava.api.model.Frame> started = new StreamedAnswer<>(frame -> {});
            client.execStartCmd(id).withDetach(true).exec(started);
            started.awaitEnd();
            return id;
        });
    }

    /** What became of a process started by {@link #exec}; empty if the engine has forgotten it. */
    public Optional<EngineExec> exec(String id) {
        return call("inspect exec " + id, () -> {
            try {
                InspectExecResponse exec = client.inspectExecCmd(id).exec();
                Long pid = exec.getPidLong();
                return Optional.of(new EngineExec(
                        Boolean.TRUE.equals(exec.isRunning()), pid == null ? 0 : pid, exec.getExitCodeLong()));
            } catch (NotFoundException forgotten) {
                return Optional.empty();
            }
        });
    }

    /** The processes of a running container, by their ids on the host; none if it does not run. */
    public List<Long> processes(String container) {
        return call("list the processes of container " + container, () -> {
            try {
                var top = client.topContainerCmd(container).exec();
                int column = Arrays.asList(top.getTitles()).indexOf("PID");
                return Stream.of(top.getProcesses())
                        .map(row -> Long.valueOf(row[column].strip()))
                        .toList();
            } catch (NotFoundException | com.github.dockerjava.api.exception.ConflictException stopped) {
                return List.of();
            }
        });
    }

    /**
     * Follows the engine's events until the connection ends, as it does when the engine stops, or the thread is
     * interrupted.
     *
     * @param ready run once the engine has taken the request; nothing that happens from then on is missed
     * @throws EngineException when the connection ends
     */
    public void follow(Runnable ready, Consumer<EngineEvent> listener) throws InterruptedException {
        StreamedAnswer<Event> stream =
                new StreamedAnswer<>(event -> event(event).ifPresent(listener));
        try (stream) {
            streams.eventsCmd().exec(stream);
            stream.awaitStart();
            ready.run();
            stream.awaitEndInterruptibly();
            throw new EngineException("the Docker Engine at %s ended its events".formatted(host));
        } catch (IOException | DockerException failed) {
            throw failure("follow the events", failed);
        }
    }

    /** Ends also what is being followed. Idempotent. */
    @Override
    public void close() {
        try (client;
                streams) {
            return;
        } catch (IOException failed) {
            throw failure("close the connection", failed);
        }
    }

    private static DockerClient client(URI host, RemoteApiVersion version, Duration answerTimeout) {
        DefaultDockerClientConfig settings = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host.toString())
                .withApiVersion(version)
                .build();
        ZerodepDockerHttpClient.Builder http = new ZerodepDockerHttpClient.Builder()
                .dockerHost(host)
                .sslConfig(settings.getSSLConfig())
                .connectionTimeout(CONNECT_TIMEOUT);
        if (!answerTimeout.isZero()) {
            http.responseTimeout(answerTimeout);
        }
        return DockerClientImpl.getInstance(settings, http.build());
    }

    private <T extends @Nullable Object> T call(String doing, Supplier<T> call) {
        try {
            return call.get();
        } catch (EngineException known) {
            throw known;
        } catch (RuntimeException failed) {
            throw failure(doing, failed);
        }
    }

    private EngineException failure(String doing, Throwable failed) {
        return new EngineException("%s (Docker Engine at %s): %s".formatted(doing, host, reason(failed)), failed);
    }

    /** The engine's own sentence, without the HTTP status that docker-java puts in front. */
    private static String reason(Throwable failed) {
        Throwable cause = failed;
        while (!(cause instanceof DockerException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause instanceof DockerException || cause instanceof IOException
                ? cause.getMessage()
                : cause.toString();
        return String.valueOf(message)
                .replaceFirst("^Status \\d+: ", "")
                .replaceFirst("(?s)^\\{\"message\":\"(.*)\"}\\s*$", "$1")
                .strip();
    }

    private static EngineNetwork network(Network network) {
        Network.Ipam ipam = network.getIpam();
        List<Network.Ipam.Config> pools = ipam == null || ipam.getConfig() == null ? List.of() : ipam.getConfig();
        return new EngineNetwork(
                network.getId(),
                network.getName(),
                Objects.requireNonNullElse(network.getDriver(), ""),
                ipam == null || ipam.getDriver() == null ? "" : ipam.getDriver(),
                ipam == null || ipam.getOptions() == null ? Map.of() : ipam.getOptions(),
                network.getOptions() == null ? Map.of() : network.getOptions(),
                pools.stream()
                        .map(Network.Ipam.Config::getSubnet)
                        .filter(Objects::nonNull)
                        .collect(Collectors.toSet()));
    }

    private static EngineContainer container(InspectContainerResponse container) {
        Map<String, String> labels = container.getConfig().getLabels();
        return new EngineContainer(
                container.getId(),
                container.getName().replaceFirst("^/", ""),
                labels == null ? Map.of() : labels,
                endpointIds(container.getNetworkSettings().getNetworks()),
                root(container));
    }

    /** What the graph driver overlay2 calls MergedDir. */
    private static @Nullable String root(InspectContainerResponse container) {
        // docker-java knows the fields of older graph drivers only.
        return container.getRawValues().get("GraphDriver") instanceof Map<?, ?> driver
                        && driver.get("Data") instanceof Map<?, ?> data
                        && data.get("MergedDir") instanceof String path
                ? path
                : null;
    }

    private static EngineContainer container(Container container) {
        String[] names = container.getNames();
        Map<String, String> labels = container.getLabels();
        var networks = container.getNetworkSettings();
        return new EngineContainer(
                container.getId(),
                names == null || names.length == 0 ? container.getId() : names[0].replaceFirst("^/", ""),
                labels == null ? Map.of() : labels,
                networks == null ? List.of() : endpointIds(networks.getNetworks()),
                null);
    }

    private static List<String> endpointIds(@Nullable Map<String, ContainerNetwork> networks) {
        return networks == null
                ? List.of()
                : networks.values().stream()
                        .map(ContainerNetwork::getEndpointId)
                        .filter(id -> id != null && !id.isEmpty())
                        .toList();
    }

    private static Optional<EngineEvent> event(Event event) {
        EventActor actor = event.getActor();
        if (event.getType() == null || event.getAction() == null || actor == null || actor.getId() == null) {
            return Optional.empty();
        }
        Map<String, String> attributes = new HashMap<>();
        if (actor.getAttributes() != null) {
            attributes.putAll(actor.getAttributes());
        }
        return Optional.of(new EngineEvent(event.getType().getValue(), event.getAction(), actor.getId(), attributes));
    }

    /** With the option that says whose addresses: two segments may have the same network. The library has no way to set one. */
    private static final class SegmentAddresses extends Network.Ipam {
        private static final long serialVersionUID = 1L;

        private final String segment;

        SegmentAddresses(String segment) {
            this.segment = segment;
        }

        @Override
        public Map<String, String> getOptions() {
            return Map.of(SEGMENT_OPTION, segment);
        }
    }
}
