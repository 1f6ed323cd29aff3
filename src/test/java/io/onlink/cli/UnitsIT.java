package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The units of {@code packaging/systemd} under a real systemd, on a host whose power went after an apply. Needs root. */
class UnitsIT {
    @TempDir
    private Path directory;

    @Test
    void theHostComesUpAndTheAgentIsNeverMissed() throws IOException, InterruptedException {
        Path report = Files.createFile(directory.resolve("report"));
        Process run = run("src/test/systemd/run", "target/onlink.jar", report.toString());
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor()).as(said + Files.readString(report)).isZero();
        assertThat(Files.readAllLines(report))
                .filteredOn(line -> !line.contains("it can still be activated by") && !line.startsWith("  "))
                .containsExactly("""
                        onlink-boot.service active
                        onlink-plugin.socket active
                        onlink-agent.service active
                        docker.service active
                        boot before agent: 1
                        agent before docker: 1
                        agent's word: answering on /run/docker/plugins/onlink.sock
                        docker found: br0 UP 192.168.22.217/24
                        docker found: {"Implements":["NetworkDriver","IpamDriver"]}
                        called while it is dead: {"Implements":["NetworkDriver","IpamDriver"]}
                        another agent: yes
                        stopped: inactive success
                        called while it is stopped: {"Implements":["NetworkDriver","IpamDriver"]}
                        started by the call: yes
                        address is back: yes
                        socket is back: yes
                        called on that: {"Implements":["NetworkDriver","IpamDriver"]}
                        another agent after it: yes
                        called then: {"Implements":["NetworkDriver","IpamDriver"]}
                        an agent that hangs is started anew: yes
                        called afterwards: {"Implements":["NetworkDriver","IpamDriver"]}
                        failed units:\s
                        end
                        Powering off.
                        """.split("\n"));
    }

    @Test
    void systemdUnderstandsTheUnits() throws IOException, InterruptedException {
        Path program = Files.createFile(directory.resolve("onlink"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        List<String> command = new java.util.ArrayList<>(List.of("systemd-analyze", "verify", "--man=no"));
        for (String unit : List.of("onlink-boot.service", "onlink-agent.service", "onlink-plugin.socket")) {
            Path copy = directory.resolve(unit);
            Files.writeString(
                    copy,
                    Files.readString(Path.of("packaging/systemd", unit))
                            .replace("/usr/bin/onlink", program.toString()));
            command.add(copy.toString());
        }
        Process verify = run(command.toArray(String[]::new));
        assertThat(new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .doesNotContain(directory.toString(), "onlink");
        assertThat(verify.waitFor()).isZero();
    }

    private static Process run(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }
}
