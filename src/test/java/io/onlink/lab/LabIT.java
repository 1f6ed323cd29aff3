package io.onlink.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.JavaCommand;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.hostfile.HostFile;
import io.onlink.libc.NetworkNamespace;
import io.onlink.step.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Labs in real namespaces, seen by {@code ip} and {@code ping}. Needs root. */
class LabIT {
    private static final Path FILE = Path.of("examples/scenario.yaml");

    private final Lab lab = Lab.named("test-" + ProcessHandle.current().pid());
    private final Lab second = Lab.named("test-" + ProcessHandle.current().pid() + "-second");
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void removeWhatIsLeft() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        lab.down();
        second.down();
    }

    @Test
    void downLeavesNothing() throws IOException {
        String before = machine();
        LabState state = lab.up(FILE, topology());
        assertThat(state.complete()).isTrue();
        assertThat(run("ip", "netns", "list")).contains("onlink-" + lab.name() + "-host");
        assertThat(Lab.list()).contains(state);
        assertThat(lab.down()).isTrue();
        assertThat(machine()).isEqualTo(before);
        assertThat(Path.of("/run/onlink-lab", lab.name())).doesNotExist();
        assertThat(Path.of("/var/tmp/onlink-lab-disks", lab.name())).doesNotExist();
        assertThat(Lab.list()).doesNotContain(state);
        assertThat(lab.down()).isFalse();
    }

    @Test
    void everyMachineReachesTheOthersThroughTheRouters() throws IOException {
        lab.up(FILE, topology("database=Access-Segment:192.168.52.204"));
        for (String address : List.of(
                "192.168.22.217", "2001:470:fe36:face::217:1", "192.168.52.217", "192.168.1.217", "172.16.52.1")) {
            assertReaches(lab, "client", address);
        }
        for (String address : List.of("198.51.100.10", "2001:db8:ffff::10", "172.16.52.1", "192.168.52.204")) {
            assertReaches(lab, "host", address);
        }
        assertReaches(lab, "database", "192.168.52.217");
        assertReaches(lab, "database", "198.51.100.10");
        // One less than the host sends with: there is a router in between.
        assertThat(run(lab.command("client", Path.of("/"), List.of("ping", "-c1", "192.168.22.217"))))
                .contains("ttl=63");
    }

    @Test
    void theHostIsAsAnInstallerLeftIt() throws IOException {
        lab.up(FILE, topology());
        assertThat(inHost("ip", "-br", "link", "show", "eth1")).contains("UP").contains("00:50:56:00:00:02");
        assertThat(inHost("ip", "route"))
                .contains("default via 192.168.22.1 dev eth0", "172.16.52.0/24 via 192.168.52.1 dev eth1")
                .doesNotContain("via 192.168.1.1");
        assertThat(inHost("ip", "-6", "route", "show", "default"))
                .contains("via 2001:470:fe36:face::1 dev eth0")
                .doesNotContain("eth2");
        assertThat(inHost("ip", "-6", "addr", "show", "tentative")).isEmpty();
    }

    @Test
    void aBareHostHasNoAddresses() throws IOException {
        lab.up(FILE, Topology.of(HostFile.read(FILE), List.of(), true));
        assertThat(inHost("ip", "-br", "addr", "show", "eth0")).contains("UP").doesNotContain("192.168");
    }

    @Test
    void whatTheHostWritesStaysInTheLab() throws IOException {
        lab.up(FILE, topology());
        String probe = "onlink-" + lab.name();
        assertThat(inHost("cat", "/etc/onlink/host.yaml")).isEqualTo(Files.readString(FILE));
        assertThat(inHost("ls", "/sys/class/net")).contains("eth2");
        assertThat(inHost("ls", "/run/netns", "/run/docker")).contains("cannot access");
        assertThat(inHost("ls", "/sys/fs/cgroup")).isEqualTo(run("ls", "/sys/fs/cgroup"));
        for (String directory :
                List.of("/etc", "/run", "/var/lib/onlink", "/var/lib/docker", "/etc/docker", "/var/log")) {
            Path file = Path.of(directory, probe);
            assertThat(inHost("sh", "-c", "echo written >" + file + " && cat " + file))
                    .isEqualTo("written\n");
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void twoOfOneFileStandSideBySide() throws IOException {
        lab.up(FILE, topology());
        second.up(FILE, topology());
        assertReaches(lab, "client", "192.168.22.217");
        assertReaches(second, "client", "192.168.22.217");
        run(lab.command("host", Path.of("/"), List.of("ip", "link", "set", "eth0", "down")));
        assertThat(run(lab.command("client", Path.of("/"), List.of("ping", "-c1", "-W1", "192.168.22.217"))))
                .contains("0 received");
        lab.down();
        assertReaches(second, "client", "192.168.22.217");
    }

    @Test
    void onlyWhatRunsInsideIsEnded() throws IOException, InterruptedException {
        lab.up(FILE, topology());
        second.up(FILE, topology());
        Process inHost = start(lab.command("host", Path.of("/"), List.of("sleep", "1000")));
        Process inClient = start(lab.command("client", Path.of("/"), List.of("sleep", "1000")));
        // As a container: network and mounts of its own, made from the host's.
        Process contained = start(lab.command("host", Path.of("/"), List.of("unshare", "-nm", "sleep", "1000")));
        Process elsewhere = start(second.command("host", Path.of("/"), List.of("sleep", "1000")));
        Process outside = start(List.of("sleep", "1000"));
        Process outsideMounts = start(List.of("unshare", "-m", "sleep", "1000"));
        for (Process process : started) {
            awaitCommand(process, "sleep");
        }
        List<Path> namespaces = lab.state().orElseThrow().members().stream()
                .map(member -> NetworkNamespace.named(member.namespace()).path())
                .toList();
        assertThat(new Residents(namespaces, Path.of("/var/tmp/onlink-lab-disks", lab.name())).find())
                .extracting(ProcessHandle::pid)
                .containsExactlyInAnyOrder(inHost.pid(), inClient.pid(), contained.pid());
        lab.down();
        assertThat(List.of(inHost.waitFor(), inClient.waitFor(), contained.waitFor()))
                .containsOnly(137);
        assertThat(List.of(elsewhere, outside, outsideMounts)).allMatch(Process::isAlive);
    }

    @Test
    void aLeftoverIsNamedAndTakenAway() throws IOException {
        String before = machine();
        // What a run leaves that is killed in the middle of the first namespace.
        LabState planned = new LabState(
                lab.name(),
                FILE.toAbsolutePath().toString(),
                false,
                List.of(
                        new LabState.MemberState("host", "", "onlink-" + lab.name() + "-host", List.of()),
                        new LabState.MemberState("client", "", "onlink-" + lab.name() + "-client", List.of()),
                        new LabState.MemberState("outside", "", "onlink-" + lab.name() + "-outside", List.of())));
        Path directory = Files.createDirectories(Path.of("/run/onlink-lab", lab.name()));
        planned.write(directory.resolve("state.json"));
        NetworkNamespace.create("onlink-" + lab.name() + "-host");
        Files.createFile(Path.of("/run/netns", "onlink-" + lab.name() + "-client"));
        assertThatThrownBy(() -> lab.up(FILE, topology()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("left half made")
                .hasMessageContaining("onlink lab down --name " + lab.name());
        assertThat(lab.down()).isTrue();
        assertThat(machine()).isEqualTo(before);
    }

    @Test
    void aKilledUpIsTakenAway() throws IOException, InterruptedException {
        String before = machine();
        Process up = start(onlink("lab", "up", "--name", lab.name(), FILE.toString()));
        while (up.isAlive()
                && !NetworkNamespace.named("onlink-" + lab.name() + "-client").exists()) {
            Thread.onSpinWait();
        }
        up.destroyForcibly().waitFor();
        assertThat(lab.state()).isPresent();
        assertThat(lab.state().orElseThrow().complete()).isFalse();
        assertThat(lab.down()).isTrue();
        assertThat(machine()).isEqualTo(before);
    }

    @Test
    void aRebootKeepsTheDiskAndNothingElse() throws IOException, InterruptedException {
        lab.up(FILE, topology("database=Access-Segment:192.168.52.204"));
        List<String> asInstalled = configuration();
        String network = inHost("readlink", "/proc/self/ns/net");
        for (String file : List.of("/etc/kept", "/var/log/kept", "/var/lib/onlink/kept", "/run/lost")) {
            inHost("sh", "-c", "echo written >" + file);
        }
        inHost("sh", "-c", "echo 'another file' >/etc/onlink/host.yaml");
        inHost("sh", "-c", "ip link add br0 type bridge && ip link set eth0 master br0 && ip addr flush dev eth0");
        Process running = start(lab.command("host", Path.of("/"), List.of("sleep", "1000")));
        Process elsewhere = start(lab.command("database", Path.of("/"), List.of("sleep", "1000")));
        awaitCommand(running, "sleep");
        awaitCommand(elsewhere, "sleep");

        LabState state = lab.reboot(topology());

        assertThat(lab.state()).contains(state);
        assertThat(running.waitFor()).isEqualTo(137);
        assertThat(elsewhere.isAlive()).isTrue();
        assertThat(configuration()).isEqualTo(asInstalled);
        assertThat(inHost("readlink", "/proc/self/ns/net")).isNotEqualTo(network);
        assertThat(inHost("cat", "/etc/kept", "/var/log/kept", "/var/lib/onlink/kept"))
                .isEqualTo("written\n".repeat(3));
        assertThat(inHost("cat", "/etc/onlink/host.yaml")).isEqualTo("another file\n");
        assertThat(inHost("cat", "/run/lost")).contains("No such file");
        for (String address : List.of("192.168.22.217", "2001:470:fe36:face::217:1", "192.168.52.217")) {
            assertReaches(lab, "client", address);
        }
        assertReaches(lab, "database", "192.168.52.217");
    }

    @Test
    void aKilledRebootIsTakenAway() throws IOException, InterruptedException {
        String before = machine();
        lab.up(FILE, topology());
        Process reboot = start(onlink("lab", "reboot", "--name", lab.name(), FILE.toString()));
        while (reboot.isAlive() && lab.state().orElseThrow().complete()) {
            Thread.onSpinWait();
        }
        reboot.destroyForcibly().waitFor();
        assertThat(lab.state().orElseThrow().complete()).isFalse();
        assertThatThrownBy(() -> lab.reboot(topology())).isInstanceOf(ConfigurationException.class);
        assertThat(lab.down()).isTrue();
        assertThat(machine()).isEqualTo(before);
    }

    @Test
    void anotherFilesHostIsNotTheOneToReboot() {
        lab.up(FILE, topology());
        assertThatThrownBy(() -> lab.reboot(Topology.of(HostFile.read(FILE), List.of(), true)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("other addresses");
        assertThat(lab.state().orElseThrow().complete()).isTrue();
    }

    @Test
    void anUpThatFailsLeavesNothing() throws IOException {
        String before = machine();
        Topology good = topology();
        List<Member> members = new ArrayList<>(good.members());
        members.add(new Member("broken", "", List.of(), List.of(new Step.SetUp("nowhere", true))));
        assertThatThrownBy(() -> lab.up(FILE, new Topology(members, good.cables())))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("nowhere");
        assertThat(lab.state()).isEmpty();
        assertThat(machine()).isEqualTo(before);
    }

    @Test
    void somebodyElsesNamespaceIsLeftAlone() {
        NetworkNamespace taken = NetworkNamespace.create("onlink-" + lab.name() + "-router-eth2");
        try {
            assertThatThrownBy(() -> lab.up(FILE, topology()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("ip netns delete " + taken);
            assertThat(taken.exists()).isTrue();
        } finally {
            taken.delete();
        }
    }

    @Test
    void whoIsNotThereIsSaid() {
        assertThatThrownBy(() -> lab.command("host", Path.of("/"), List.of("true")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("onlink lab up");
        lab.up(FILE, topology());
        assertThatThrownBy(() -> lab.command("database", Path.of("/"), List.of("true")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'database'")
                .hasMessageContaining("router-Service-Segment");
        assertThatThrownBy(() -> lab.up(FILE, topology()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is up");
    }

    @Test
    void theNameComesFromTheFile() {
        assertThat(Lab.of(FILE).name()).matches("scenario-[0-9a-f]{6}");
        assertThat(Lab.of(FILE).name()).isEqualTo(Lab.of(FILE.toAbsolutePath()).name());
        assertThatThrownBy(() -> Lab.named("../x")).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> Lab.of(Path.of("nowhere.yaml"))).isInstanceOf(ConfigurationException.class);
    }

    private static Topology topology(String... machines) {
        return Topology.of(
                HostFile.read(FILE), Stream.of(machines).map(Machine::parse).toList(), false);
    }

    /** What must be as it was when a lab has gone. Namespaces and mounts of others come and go meanwhile. */
    private String machine() throws IOException {
        String own = run("ip", "netns", "list") + run("findmnt", "-rno", "TARGET");
        return run("ip", "-br", "link")
                + run("ip", "-br", "addr")
                + run("ip", "route", "show", "table", "all")
                + own.lines().filter(line -> line.contains(lab.name())).toList();
    }

    private String inHost(String... command) throws IOException {
        return run(lab.command("host", Path.of("/"), List.of(command)));
    }

    /** Of the host, but for the numbers of links, which are others after each start. */
    private List<String> configuration() throws IOException {
        return (inHost("ip", "-br", "addr") + inHost("ip", "route") + inHost("ip", "-6", "route"))
                .replaceAll("@if\\d+ *", " ")
                .lines()
                .sorted()
                .toList();
    }

    private static void assertReaches(Lab lab, String member, String address) throws IOException {
        assertThat(run(lab.command(member, Path.of("/"), List.of("ping", "-c1", "-W5", address))))
                .contains("1 received");
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }

    private static List<String> onlink(String... arguments) {
        return JavaCommand.of(JavaCommand.ONLINK, arguments);
    }

    /** nsenter has not entered when it has only been started. */
    private static void awaitCommand(Process process, String name) throws IOException {
        Path comm = Path.of("/proc", Long.toString(process.pid()), "comm");
        while (process.isAlive() && !Files.readString(comm).strip().equals(name)) {
            Thread.onSpinWait();
        }
    }

    private static String run(String... command) throws IOException {
        return run(List.of(command));
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
