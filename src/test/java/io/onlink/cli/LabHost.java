package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.apply.StateDirectory;
import io.onlink.hostfile.HostFile;
import io.onlink.lab.Lab;
import io.onlink.lab.Machine;
import io.onlink.lab.Topology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A lab of this test run, its host, and this program in it. Needs root. */
final class LabHost implements AutoCloseable {
    /** What a program of the lab said, errors too. */
    record Said(int exitCode, String text) {}

    /** What ip(8) says of a peer when some namespace of the machine goes in that moment: another test's. */
    private static final String OF_ANOTHER_LAB = "Error: Peer netns reference is invalid.\n";

    private final Lab lab;
    private final Topology topology;

    private LabHost(Lab lab, Topology topology) {
        this.lab = lab;
        this.topology = topology;
    }

    static LabHost up(String name, Path file, Machine... machines) {
        Lab lab = Lab.named(name + "-" + ProcessHandle.current().pid());
        Topology topology = Topology.of(HostFile.read(file), List.of(machines), false);
        lab.up(file, topology);
        return new LabHost(lab, topology);
    }

    /** What Onlink keeps on the host's disk, seen from outside. */
    StateDirectory state() {
        return new StateDirectory(Path.of("/var/tmp/onlink-lab-disks", lab.name(), "own/var/lib/onlink"));
    }

    /** The host's network, for a program that brings its own files. */
    Path network() {
        return Path.of("/run/netns", "onlink-" + lab.name() + "-host");
    }

    void reboot() {
        lab.reboot(topology);
    }

    Process startJava(String mainClass, String... arguments) throws IOException {
        return start("host", JavaCommand.of(mainClass, arguments));
    }

    /** An agent beside no engine: this machine's own must not hear of it. */
    Process startAgent(Path log, Path runDirectory) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "DOCKER_HOST=unix:///run/onlink/no-engine.sock"));
        command.addAll(JavaCommand.of(
                JavaCommand.ONLINK,
                "agent",
                "--run-dir",
                runDirectory.toString(),
                "--plugin-socket",
                runDirectory.resolve("plugin.sock").toString()));
        return new ProcessBuilder(lab.command("host", Path.of("/"), command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** A program of the host's that is left to itself. */
    Process leave(String... command) throws IOException {
        return start("host", List.of(command));
    }

    Said onlink(String... arguments) throws IOException, InterruptedException {
        return said(startJava(JavaCommand.ONLINK, arguments));
    }

    /** As somebody who came by ssh from this address. */
    Said onlinkFrom(String sshClient, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("env", "SSH_CONNECTION=" + sshClient + " 40000 192.168.22.217 22"));
        command.addAll(JavaCommand.of(JavaCommand.ONLINK, arguments));
        return said(start("host", command));
    }

    /** Of a command that must succeed. */
    String output(String member, String... command) throws IOException, InterruptedException {
        Said said = run(member, command);
        assertThat(said.exitCode())
                .as("%s: %s: %s", member, List.of(command), said.text())
                .isZero();
        return said.text();
    }

    /** Of a member's network namespace, for {@code ip link … netns NAME}. */
    String namespace(String member) {
        return "onlink-" + lab.name() + "-" + member;
    }

    Said run(String member, String... command) throws IOException, InterruptedException {
        return said(start(member, List.of(command)));
    }

    /** Whether the client behind the routers gets an answer, with nothing remembered of who has which address. */
    boolean isReached(String address) throws IOException, InterruptedException {
        for (String member : List.of("host", "client", "router-Service-Segment")) {
            run(member, "ip", "neigh", "flush", "all");
        }
        return run("client", "ping", "-c1", "-w10", address).exitCode() == 0;
    }

    @Override
    public void close() {
        lab.down();
    }

    Process start(String member, List<String> command) throws IOException {
        return new ProcessBuilder(lab.command(member, Path.of("/"), command))
                .redirectErrorStream(true)
                .start();
    }

    /** With its output, errors too, in a file. */
    Process start(String member, Path output, List<String> command) throws IOException {
        return new ProcessBuilder(lab.command(member, Path.of("/"), command))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    Said said(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text.replace(OF_ANOTHER_LAB, ""));
    }
}
