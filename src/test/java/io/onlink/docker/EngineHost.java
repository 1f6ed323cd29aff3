package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A host with three segments, a router and a client behind it, in network namespaces; on the host a real Docker Engine and
 * a real agent, each a process of its own, as on a machine. Names and directories are this process's own.
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

    private static final String NETWORK = """
            -n HOST link set lo up
            -n ROUTER link set lo up
            -n HOST link add eth0 type veth peer name r0 netns ROUTER
            -n HOST link add eth1 type veth peer name r1 netns ROUTER
            -n HOST link add eth2 type veth peer name r2 netns ROUTER
            -n ROUTER link add c0 type veth peer name c0 netns CLIENT
            -n HOST link add br0 address 02:00:00:00:00:10 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link add br1 address 02:00:00:00:00:11 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link add br2 address 02:00:00:00:00:12 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link set eth0 up master br0
            -n HOST link set eth1 up master br1
            -n HOST link set eth2 up master br2
            -n HOST link set br0 up
            -n HOST link set br1 up
            -n HOST link set br2 up
            -n HOST addr add 192.168.22.217/24 dev br0
            -n HOST addr add 2001:db8:22::217/64 dev br0 nodad
            -n HOST addr add 192.168.52.217/24 dev br1
            -n HOST addr add 2001:db8:52::217/64 dev br1 nodad
            -n HOST addr add 192.168.62.217/24 dev br2
            -n HOST route add default via 192.168.22.1
            -n HOST -6 route add default via 2001:db8:22::1
            -n ROUTER link set r0 up
            -n ROUTER link set r1 up
            -n ROUTER link set r2 up
            -n ROUTER link set c0 up
            -n ROUTER addr add 192.168.22.1/24 dev r0
            -n ROUTER addr add 2001:db8:22::1/64 dev r0 nodad
            -n ROUTER addr add 192.168.52.1/24 dev r1
            -n ROUTER addr add 2001:db8:52::1/64 dev r1 nodad
            -n ROUTER addr add 192.168.62.1/24 dev r2
            -n ROUTER addr add 172.16.52.1/24 dev lo
            -n ROUTER addr add 198.51.100.1/24 dev c0
            -n ROUTER addr add 2001:db8:100::1/64 dev c0 nodad
            -n CLIENT link set c0 up
            -n CLIENT addr add 198.51.100.10/24 dev c0
            -n CLIENT addr add 2001:db8:100::10/64 dev c0 nodad
            -n CLIENT route add default via 198.51.100.1
            -n CLIENT -6 route add default via 2001:db8:100::1
            """;

    private final String name = "docker" + ProcessHandle.current().pid();
    private final Path directory;
    private final List<Process> started = new ArrayList<>();
    private Process mounts;
    private Process engine;
    private Process agent;

    private EngineHost(Path directory) {
        this.directory = directory;
    }

    static EngineHost start() throws IOException {
        EngineHost host = new EngineHost(Files.createTempDirectory("onlink-engine-"));
        try {
            host.makeNetwork();
            // The engine looks for plugins in one place on a machine: here it is a place of its own.
            host.mounts = host.start(
                    "mounts.log",
                    "unshare",
                    "--mount",
                    "--propagation",
                    "private",
                    "sh",
                    "-c",
                    "mkdir -p /run/docker && mount -t tmpfs tmpfs /run/docker && mkdir /run/docker/plugins && exec sleep infinity");
            host.await("a mount namespace", () -> Files.exists(host.inMounts("/run/docker/plugins")));
            Files.writeString(host.hostFile(), HOST_FILE);
            host.startAgent();
            host.startEngine();
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
        Result result = tryDocker(arguments);
        assertThat(result.exitCode())
                .as("docker %s: %s%n%s", String.join(" ", arguments), result.output(), logs())
                .isZero();
        return result.output();
    }

    Result tryDocker(String... arguments) {
        return run(Stream.concat(Stream.of("docker"), Arrays.stream(arguments)).toList());
    }

    String inClient(String... command) {
        return inNamespace("client", command).output();
    }

    String inRouter(String... command) {
        return inNamespace("router", command).output();
    }

    String inHost(String... command) {
        return inNamespace("host", command).output();
    }

    boolean clientReaches(String address) {
        return inNamespace("client", "ping", "-c", "1", "-W", "1", address).exitCode() == 0;
    }

    void startAgent() throws IOException {
        agent = start(
                "agent.log",
                inHostAndMounts(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.onlink.cli.Onlink",
                        "agent",
                        "-f",
                        hostFile().toString(),
                        "--run-dir",
                        directory.resolve("run").toString(),
                        "--state-dir",
                        directory.resolve("state").toString()));
        await("the plugin's socket", () -> Files.exists(inMounts("/run/docker/plugins/onlink.sock")));
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

    boolean pluginSocketExists() {
        return Files.exists(inMounts("/run/docker/plugins/onlink.sock"));
    }

    String agentLog() {
        return read(directory.resolve("agent.log"));
    }

    void startEngine() throws IOException {
        engine = start(
                "engine.log",
                inHostAndMounts(
                        "dockerd",
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
                        "/" + name));
        await("the engine", () -> tryDocker("version").exitCode() == 0);
    }

    void stopEngine() {
        engine.destroy();
        await("the engine's end", () -> !engine.isAlive());
    }

    Path stateFile() {
        return directory.resolve("state").resolve("onlink.db");
    }

    void await(String what, BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(40));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("waited for %s%n%s", what, logs()).isBefore(end);
            pause();
        }
    }

    String logs() {
        String engineLog = read(directory.resolve("engine.log"));
        return "--- agent\n" + agentLog() + "--- engine\n"
                + engineLog.substring(Math.max(0, engineLog.length() - 3000));
    }

    @Override
    public void close() throws IOException {
        if (engine != null && engine.isAlive()) {
            String all = tryDocker("ps", "-aq").output();
            all.lines().forEach(id -> tryDocker("rm", "-f", id));
            engine.destroy();
            waitFor(engine);
        }
        started.reversed().forEach(process -> {
            process.destroy();
            waitFor(process);
        });
        // Whatever else was started on the way has our directory in its command line, or is in our namespaces.
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(directory.toString()))
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .forEach(ProcessHandle::destroyForcibly);
        for (String namespace : List.of("host", "router", "client")) {
            run(List.of("ip", "netns", "delete", name + "-" + namespace));
        }
        deleteControlGroups();
        deleteRecursively();
    }

    private void makeNetwork() throws IOException {
        for (String namespace : List.of("host", "router", "client")) {
            check(run(List.of("ip", "netns", "add", name + "-" + namespace)));
        }
        setUp(NETWORK.lines());
        for (String setting : List.of("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")) {
            check(inNamespace("router", "sysctl", "-qw", setting));
        }
    }

    /** After it was deleted: the bridge, its uplink, addresses and default routes as at the start. */
    void makeServiceBridge() {
        setUp(NETWORK.lines().filter(line -> line.matches("-n HOST .*( br0\\b| default via ).*")));
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

    private void setUp(Stream<String> lines) {
        lines.forEach(line -> {
            String command = line.replace("HOST", name + "-host")
                    .replace("ROUTER", name + "-router")
                    .replace("CLIENT", name + "-client");
            check(run(List.of(("ip " + command).split(" ", -1))));
        });
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
        check(run(List.of(
                "tar",
                "-C",
                root.toString(),
                "-cf",
                directory.resolve("image.tar").toString(),
                ".")));
        docker("import", directory.resolve("image.tar").toString(), "busybox:test");
    }

    private Result inNamespace(String which, String... command) {
        return run(Stream.concat(Stream.of("ip", "netns", "exec", name + "-" + which), Arrays.stream(command))
                .toList());
    }

    private String[] inHostAndMounts(String... command) {
        return Stream.concat(
                        Stream.of(
                                "nsenter",
                                "--net=/run/netns/" + name + "-host",
                                "--mount=/proc/" + mounts.pid() + "/ns/mnt"),
                        Arrays.stream(command))
                .toArray(String[]::new);
    }

    private Path inMounts(String path) {
        return Path.of("/proc/" + mounts.pid() + "/root" + path);
    }

    private Process start(String log, String... command) throws IOException {
        Process process = builder(List.of(command))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(directory.resolve(log).toFile()))
                .start();
        started.add(process);
        return process;
    }

    private Result run(List<String> command) {
        try {
            Process process = builder(command).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("DOCKER_HOST", engineAddress()));
        builder.environment().put("DOCKER_CONFIG", directory.toString());
        return builder;
    }

    private String engineAddress() {
        return "unix://" + directory.resolve("engine.sock");
    }

    private Path hostFile() {
        return directory.resolve("host.yaml");
    }

    private static void check(Result result) {
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static void waitFor(Process process) {
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void deleteControlGroups() throws IOException {
        try (Stream<Path> groups = Files.find(
                Path.of("/sys/fs/cgroup"), 3, (path, attributes) -> path.endsWith(name) && attributes.isDirectory())) {
            for (Path group : groups.toList()) {
                run(List.of("rmdir", group.toString()));
            }
        }
    }

    private void deleteRecursively() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    record Result(int exitCode, String output) {}
}
