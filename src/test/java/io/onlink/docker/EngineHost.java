package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A host with three segments, a router and a client behind it, in network namespaces; on the host a real Docker Engine and
 * a real agent, each a process of its own, as on a machine. Names and directories are this process's own. Which engine:
 * {@link EngineRelease}.
 */
final class EngineHost implements AutoCloseable {
    static final String HOST_FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:22::1" }
                containers:
                  pool: [192.168.22.222-192.168.22.239, "2001:db8:22::222:0/112"]
              Access-Segment:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24, "2001:db8:52::217/64"]
                routes:
                  - { to: 172.16.52.0/24, via: 192.168.52.1 }
                containers:
                  pool: [192.168.52.222-192.168.52.239, "2001:db8:52::222:0/112"]
              Aside-Segment:
                bridge: br2
                uplink: eth2
                addresses: [192.168.62.217/24]
                containers:
                  pool: [192.168.62.222-192.168.62.239]
                  routers: [192.168.62.1]
            """;

    private static final String IMAGE = "busybox:test";

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String name = "docker" + ProcessHandle.current().pid();
    private final Path directory;
    private final HostProcesses processes;
    private final LanNamespaces lan;
    private final EngineMounts mounts;
    private final ControlGroups controlGroups = new ControlGroups(name);
    private Process engine;
    private Process agent;

    private EngineHost(Path directory) throws IOException {
        this.directory = directory;
        processes = new HostProcesses(
                directory, Map.of("DOCKER_HOST", engineAddress(), "DOCKER_CONFIG", directory.toString()));
        lan = new LanNamespaces(name, processes);
        mounts = new EngineMounts(directory, lan, processes);
    }

    static EngineHost start() throws IOException {
        return start(HOST_FILE, List.of());
    }

    /**
     * Likewise, of another file.
     *
     * @param hostLinks what makes the host's links so, beside what they are for {@link #HOST_FILE}: arguments of ip(8)
     */
    static EngineHost start(String hostFile, List<String> hostLinks) throws IOException {
        EngineHost host = new EngineHost(Files.createTempDirectory("onlink-engine-"));
        try {
            EngineRelease release = EngineRelease.asked();
            host.lan.make();
            host.lan.change(hostLinks);
            host.mounts.make(release.root(host.processes));
            Files.writeString(host.hostFile(), hostFile);
            host.startAgent();
            host.startContainerd();
            host.startEngine();
            release.check(host.engineVersion());
            host.importImage();
            host.await(
                    "the segments' networks",
                    () -> host.docker("network", "ls", "--format", "{{.Name}}").contains("Aside-Segment"));
            return host;
        } catch (IOException | RuntimeException | AssertionError failed) {
            System.err.println(host.logs());
            host.close();
            throw failed;
        }
    }

    /** Standard output and error of a docker command that has to succeed. */
    String docker(String... arguments) {
        HostProcesses.Result result = tryDocker(arguments);
        assertThat(result.exitCode())
                .as("docker %s: %s%n%s", String.join(" ", arguments), result.output(), logs())
                .isZero();
        return result.output();
    }

    HostProcesses.Result tryDocker(String... arguments) {
        return processes.run(mounts.inside(Stream.concat(Stream.of("docker"), Arrays.stream(arguments))));
    }

    /** A directory of the host's for a project of Docker Compose, whose name it has. */
    Path project(String project) throws IOException {
        return Files.createDirectories(directory.resolve("projects").resolve(project));
    }

    /** Docker Compose as the machine, or the other root, has it: version 1 or 2. */
    List<String> compose(Path file, String... arguments) {
        return mounts.inside(Stream.concat(
                Stream.of("docker-compose", "--ansi", "never", "-f", file.toString()), Arrays.stream(arguments)));
    }

    HostProcesses.Result run(List<String> command) {
        return processes.run(command);
    }

    /** What a command of Onlink's says that reads the agent's state. */
    String onlink(String... arguments) {
        return processes
                .run(mounts.onlink(Stream.concat(
                        Arrays.stream(arguments),
                        Stream.of("--state-dir", directory.resolve("state").toString()))))
                .output();
    }

    /** As the engine says it: {@code 28.5.2+dfsg4}. */
    String engineVersion() {
        return docker("version", "--format", "{{.Server.Version}}").strip();
    }

    boolean engineIsAtLeast(int major) {
        return Integer.parseInt(engineVersion().replaceFirst("\\..*", "")) >= major;
    }

    /** The client plugs a link into the Service-Segment. */
    void addMachine(String link) {
        lan.addMachine("client", link);
    }

    /** Likewise somebody who has nothing to do with the client and its router. */
    void addStranger(String link) {
        lan.addMachine("stranger", link);
    }

    /** The router advertises itself and a network on the Service-Segment, until it is closed. */
    AdvertisingRouter advertise() {
        return AdvertisingRouter.start(lan.namespace("router"), "r0");
    }

    /** The stranger has an address on its link, and answers who asks for it late, until it is closed. */
    LateMachine answerLate(String link, String ip, String mac) {
        return LateMachine.start(lan.namespace("stranger"), link, ip, mac);
    }

    HostProcesses.Result inStranger(String... command) {
        return lan.run("stranger", command);
    }

    String inClient(String... command) {
        return lan.run("client", command).output();
    }

    /** On the host's network by this machine's programs: another root may have no ping. */
    String inHostNetwork(String... command) {
        return lan.run("host", command).output();
    }

    String inRouter(String... command) {
        return lan.run("router", command).output();
    }

    /** What iproute2 says in a running container: BusyBox's own shows IPv6 routes of all tables as those of the main one. */
    String ipIn(String container, String... arguments) {
        String pid =
                tryDocker("inspect", "-f", "{{.State.Pid}}", container).output().strip();
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/proc/" + pid + "/ns/net", "ip"));
        command.addAll(List.of(arguments));
        return inHost(command.toArray(String[]::new));
    }

    String inHost(String... command) {
        return processes.run(mounts.inside(Arrays.stream(command))).output();
    }

    /** A machine that is busy with other things loses a frame now and then: one reply of three requests will do. */
    boolean clientReaches(String address) {
        return IntStream.range(0, 3)
                .anyMatch(request ->
                        lan.run("client", "ping", "-c", "1", "-W", "1", address).exitCode() == 0);
    }

    /** Starts the agent and the engine where a test that failed half way left them dead, so that the next has its chance. */
    void revive() throws IOException {
        if (!agent.isAlive()) {
            startAgent();
        }
        if (!engine.isAlive()) {
            startEngine();
        }
    }

    void startAgent() throws IOException {
        agent = processes.start(
                "agent.log",
                mounts.onlink(Stream.of(
                        "agent",
                        "-f",
                        hostFile().toString(),
                        "--run-dir",
                        runDirectory().toString(),
                        "--state-dir",
                        directory.resolve("state").toString())));
        await("the plugin's socket", this::pluginSocketExists);
    }

    /** SIGKILL: it can do nothing about it. */
    void killAgent() {
        agent.destroyForcibly();
        await("the agent's end", () -> !agent.isAlive());
    }

    /** SIGTERM. */
    void stopAgent() {
        agent.destroy();
        await("the agent's end", () -> !agent.isAlive());
    }

    /** Until {@link #continueAgent} it answers nothing, and takes no connection that it has not taken already. */
    void suspendAgent() {
        signalAgent("STOP");
    }

    void continueAgent() {
        signalAgent("CONT");
    }

    private void signalAgent(String signal) {
        processes.run(List.of("kill", "-" + signal, Long.toString(agent.pid()))).check();
    }

    boolean pluginSocketExists() {
        return Files.exists(mounts.path("/run/docker/plugins/onlink.sock"));
    }

    String agentLog() {
        return processes.log("agent.log");
    }

    /** As on a machine, a process of its own: one that the engine starts itself dies with it. */
    private void startContainerd() throws IOException {
        Path configuration = directory.resolve("containerd.toml");
        Files.writeString(configuration, """
                version = 2
                root = "%1$s/containerd"
                state = "%1$s/containerd-state"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]
                [grpc]
                  address = "%1$s/containerd.sock"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/containerd-opt"
                """.formatted(directory));
        var _ = processes.start(
                "containerd.log", mounts.inside(Stream.of("containerd", "--config", configuration.toString())));
        await("containerd", () -> Files.exists(directory.resolve("containerd.sock")));
    }

    /** @param options beside those that every start has */
    void startEngine(String... options) throws IOException {
        launchEngine(options);
        awaitEngine();
    }

    void awaitEngine() {
        await("the engine", () -> tryDocker("version").exitCode() == 0);
    }

    /** Starts it without waiting for it. */
    void launchEngine(String... options) throws IOException {
        engine = processes.start(
                "engine.log",
                mounts.inside(Stream.concat(
                        Stream.of(
                                "dockerd",
                                "--containerd",
                                directory.resolve("containerd.sock").toString(),
                                "--data-root",
                                directory.resolve("data").toString(),
                                "--exec-root",
                                directory.resolve("exec").toString(),
                                "--pidfile",
                                directory.resolve("engine.pid").toString(),
                                "--host",
                                engineAddress(),
                                "--exec-opt",
                                "native.cgroupdriver=cgroupfs",
                                "--cgroup-parent",
                                "/" + name),
                        Arrays.stream(options))));
    }

    /** SIGKILL. Its containers run on. */
    void killEngine() {
        engine.destroyForcibly();
        await("the engine's end", () -> !engine.isAlive());
    }

    /** SIGTERM. */
    void stopEngine() {
        engine.destroy();
        await("the engine's end", () -> !engine.isAlive());
    }

    Path engineSocket() {
        return directory.resolve("engine.sock");
    }

    Path stateFile() {
        return directory.resolve("state").resolve("onlink.db");
    }

    void await(String what, BooleanSupplier condition) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("waited for %s%n%s", what, logs()).isBefore(end);
            pause();
        }
    }

    String engineLog() {
        return processes.log("engine.log");
    }

    /** A client that asks an address all the while, until it is told to stop. */
    OutsideClient ask(String address) throws IOException {
        return OutsideClient.start(processes, lan, address);
    }

    String logs() {
        String engineLog = engineLog();
        return "--- agent\n" + agentLog() + "--- engine\n"
                + engineLog.substring(Math.max(0, engineLog.length() - 3000));
    }

    /** After it was deleted: the bridge, its uplink, addresses and default routes as at the start. */
    void makeServiceBridge() {
        lan.makeServiceBridge();
    }

    /** All that the engine has, running or not. */
    void removeContainers() {
        String all = docker("ps", "-aq");
        if (!all.isBlank()) {
            docker(Stream.concat(Stream.of("rm", "-f"), all.lines()).toArray(String[]::new));
        }
    }

    /** The host side of the one container on a bridge. */
    String containerPort(String bridge) {
        String port = inHost("ip", "-o", "link", "show", "master", bridge)
                .lines()
                .filter(line -> line.contains(": onl"))
                .findFirst()
                .orElseThrow();
        return port.replaceFirst("^\\d+: ", "").replaceFirst("@.*", "");
    }

    @Override
    public void close() throws IOException {
        if (engine != null && engine.isAlive()) {
            String all = tryDocker("ps", "-aq").output();
            all.lines().forEach(id -> tryDocker("rm", "-f", id));
            HostProcesses.end(engine);
        }
        processes.endAll();
        controlGroups.end();
        lan.delete();
        deleteRecursively();
    }

    private void importImage() throws IOException {
        Path root = directory.resolve("image");
        Files.createDirectories(root.resolve("bin"));
        Files.createDirectories(root.resolve("www"));
        Files.writeString(root.resolve("www").resolve("index.html"), "onlink test\n");
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin").resolve("busybox"));
        for (String applet : List.of("sh", "sleep", "ip", "httpd", "ping", "cat", "kill")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        Path archive = directory.resolve("image.tar");
        processes
                .run(List.of("tar", "-C", root.toString(), "-cf", archive.toString(), "."))
                .check();
        docker("import", archive.toString(), IMAGE);
    }

    private String engineAddress() {
        return "unix://" + engineSocket();
    }

    /** Where the agent notes what goes with the boot. */
    Path runDirectory() {
        return directory.resolve("run");
    }

    Path hostFile() {
        return directory.resolve("host.yaml");
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private void deleteRecursively() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
