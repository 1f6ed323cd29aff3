package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.JavaCommand;
import io.onlink.apply.Journal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Somebody is logged in over the NIC that becomes a bridge's port: whose yes counts, what he would lose, and what becomes of
 * the change when he is lost. A real sshd on the lab's host, the client behind the routers. Needs root.
 */
class SshIT {
    private static final Path FILE = Path.of("src/test/resources/golden/wrong-files/right.yaml");

    @TempDir
    private Path keys;

    @AutoClose
    private LabHost host;

    private Process sshd;

    @BeforeEach
    void aHostWithSshd() throws IOException, InterruptedException {
        host = LabHost.up("sshconfirm", FILE);
        for (String key : List.of("host", "user")) {
            host.output(
                    "client",
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    keys.resolve(key).toString());
        }
        Path configuration = Files.writeString(keys.resolve("sshd_config"), """
                ListenAddress 0.0.0.0
                ListenAddress ::
                HostKey %1$s/host
                AuthorizedKeysFile %1$s/user.pub
                PermitRootLogin yes
                StrictModes no
                UsePAM no
                PidFile none
                """.formatted(keys));
        host.output("host", "mkdir", "-p", "/run/sshd");
        sshd = host.start(
                "host",
                keys.resolve("sshd.log"),
                List.of("/usr/sbin/sshd", "-D", "-e", "-f", configuration.toString()));
        while (!host.output("host", "ss", "-Hltn").contains(":22 ")) {
            assertThat(sshd.isAlive())
                    .as(Files.readString(keys.resolve("sshd.log")))
                    .isTrue();
            Thread.sleep(50);
        }
    }

    @Test
    void onlyAConnectionMadeAfterTheChangeCounts() throws IOException, InterruptedException {
        try (Shell old = new Shell(ssh("client", "192.168.22.217", "bash"))) {
            assertThat(old.run("echo $SSH_CONNECTION")).startsWith("198.51.100.10 ");
            Process applying = host.startJava("io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "600");
            awaitWaiting(applying);

            // It lived through the change, and that proves nothing; nor does it in disguise, as by sudo, nor from here
            // to here.
            assertThat(old.run(confirm())).contains("this ssh connection was there ", "Log in anew", "exit 3");
            assertThat(old.run("env -u SSH_CONNECTION " + confirm()))
                    .contains("this ssh connection was there ", "exit 3");
            assertThat(old.run(String.join(" ", login("192.168.22.217")) + " '" + confirm() + "' </dev/null"))
                    .contains("which is this host itself", "exit 3");
            assertThat(old.run("SSH_CONNECTION='198.51.100.10 1 192.168.22.217 22' " + confirm()))
                    .contains("cannot be told", "exit 3");
            assertThat(host.state().readJournal()).isPresent();

            LabHost.Said said = host.said(ssh("client", "2001:470:fe36:face::217:1", confirm()));
            assertThat(said.text()).contains("Confirmed: the change stays.", "exit 0");
            assertThat(applying.waitFor()).isZero();
            assertThat(host.state().readJournal()).isEmpty();
            assertThat(old.run("echo still here")).contains("still here");
        }
    }

    /** The client is reached from another address as well: no probe tells. */
    @Test
    void aChangeThatTakesTheConnectionsAddressAwayIsRefused() throws IOException, InterruptedException {
        Path moved = Files.writeString(
                keys.resolve("moved.yaml"), Files.readString(FILE).replace("192.168.22.217", "192.168.22.219"));
        String refused = "the change takes 192.168.22.217 away, and your ssh connection from 198.51.100.10 goes to it";
        try (Shell shell = new Shell(ssh("client", "192.168.22.217", "bash"))) {
            assertThat(shell.run(onlink("plan", "-f", moved.toString())))
                    .contains("'onlink apply' refuses: " + refused, "exit 2");
            // As by sudo.
            assertThat(shell.run("env -u SSH_CONNECTION " + onlink("apply", "--yes", "-f", moved.toString())))
                    .contains(refused, "Log in to one that stays (2001:470:fe36:face::217:1 or ", "exit 3");
            assertThat(host.state().readJournal()).isEmpty();
            assertThat(host.output("host", "ip", "-br", "addr", "show", "eth0")).contains("192.168.22.217/24");
            assertThat(shell.run(onlink("plan", "--allow-disconnect", "-f", moved.toString())))
                    .doesNotContain("refuses")
                    .contains("exit 2");
            assertThat(shell.run(onlink("plan"))).doesNotContain("refuses").contains("exit 2");
        }
        try (Shell shell = new Shell(ssh("client", "2001:470:fe36:face::217:1", "bash"))) {
            assertThat(shell.run(onlink("apply", "--yes", "-f", moved.toString())))
                    .contains("read back", "exit 0");
        }
        try (Shell shell = new Shell(ssh("client", "192.168.22.219", "bash"))) {
            assertThat(shell.run(onlink("down", "--yes"))).contains("the change takes 192.168.22.219 away", "exit 3");
        }
        // Nobody is logged in: nothing to lose.
        assertThat(host.onlink("down", "--yes").exitCode()).isZero();
    }

    /** The connection that is there stays, so neither he nor a probe would notice. */
    @Test
    void aFirewallThatWouldNotLetHimInAgainIsRefused() throws IOException, InterruptedException {
        Path closed = Files.writeString(
                keys.resolve("closed.yaml"),
                Files.readString(FILE) + "firewall:\n  Service-Segment: { allow: [tcp/80, icmp] }\n");
        try (Shell old = new Shell(ssh("client", "192.168.22.217", "bash"))) {
            assertThat(old.run(onlink("plan", "-f", closed.toString())))
                    .contains("'onlink apply' refuses: the firewall in the file would not let you in again", "exit 2");
            assertThat(old.run("env -u SSH_CONNECTION " + onlink("apply", "--yes", "-f", closed.toString())))
                    .contains(
                            "you came by ssh from 198.51.100.10 to port 22 of 192.168.22.217",
                            "Write \"tcp/22 from 198.51.100.10/32\" under firewall.Service-Segment.allow",
                            "exit 3");
            assertThat(host.state().readJournal()).isEmpty();
            assertThat(host.output("host", "nft", "list", "ruleset")).isEmpty();

            Process applying = host.startJava(
                    "io.onlink.cli.Onlink", "apply", "--yes", "--confirm", "15", "-f", closed.toString());
            awaitWaiting(applying);
            assertThat(old.run("echo still here")).contains("still here");
            Process anew = host.start("client", List.of("timeout", "3", "bash", "-c", "</dev/tcp/192.168.22.217/22"));
            assertThat(anew.waitFor()).isNotZero();
            assertThat(applying.waitFor()).isEqualTo(6);
            assertThat(host.output("host", "nft", "list", "ruleset")).isEmpty();
            assertThat(old.run("echo still here")).contains("still here");
        }
        String open = Files.readString(closed).replace("tcp/80", "\"tcp/22 from 198.51.100.10/32\"");
        Files.writeString(closed, open);
        try (Shell shell = new Shell(ssh("client", "192.168.22.217", "bash"))) {
            assertThat(shell.run(onlink("apply", "--yes", "-f", closed.toString())))
                    .contains("exit 0");
        }
        try (Shell shell = new Shell(ssh("client", "192.168.22.217", "bash"))) {
            assertThat(shell.run("echo in again")).contains("in again");
        }
    }

    /** As where the client's machine dies: sshd goes, and with it the terminal. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theConnectionIsLostInTheMiddleOfTheChange(boolean toBeConfirmed) throws IOException, InterruptedException {
        List<String> apply = new ArrayList<>(JavaCommand.of(JavaCommand.ONLINK, "apply", "--yes"));
        if (toBeConfirmed) {
            apply.addAll(List.of("--confirm", "2"));
        }
        List<String> login = new ArrayList<>(login("192.168.22.217"));
        login.addAll(List.of("-tt", "echo $PPID; exec " + String.join(" ", apply)));
        Process terminal = host.start("client", login);
        try (BufferedReader output = terminal.inputReader(StandardCharsets.UTF_8)) {
            ProcessHandle session =
                    ProcessHandle.of(Long.parseLong(output.readLine().strip())).orElseThrow();
            ProcessHandle applying = awaitStep(output, session);
            assertThat(host.state().readJournal()).isPresent();
            session.destroyForcibly();
            applying.onExit().join();
        }
        while (host.state().readJournal().isPresent()) {
            Thread.sleep(50);
        }
        // sshd's end may come to the command later than the last step: then all is made and verified.
        boolean stays = host.state().readApplied().isPresent();
        assertThat(stays && toBeConfirmed).isFalse();
        assertThat(host.onlink("plan").exitCode()).isEqualTo(stays ? 0 : 2);
        assertThat(host.isReached("192.168.22.217")).isTrue();
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
    }

    /** Until the first has been told; the command is the session's only child. */
    private static ProcessHandle awaitStep(BufferedReader output, ProcessHandle session) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = output.readLine(); line == null || !line.contains("ip link "); line = output.readLine()) {
            assertThat(line).as(said.toString()).isNotNull();
            said.append(line).append('\n');
        }
        return session.children().findFirst().orElseThrow();
    }

    private void awaitWaiting(Process applying) throws InterruptedException {
        while (applying.isAlive()
                && host.state()
                        .readJournal()
                        .filter(journal -> journal.phase() == Journal.Phase.WAITING)
                        .isEmpty()) {
            Thread.sleep(50);
        }
        assertThat(applying.isAlive()).isTrue();
    }

    private static String confirm() {
        return onlink("confirm");
    }

    private static String onlink(String... arguments) {
        return String.join(" ", JavaCommand.of(JavaCommand.ONLINK, arguments)) + " 2>&1; echo exit $?";
    }

    private List<String> login(String address) {
        return List.of(
                "ssh",
                "-q",
                "-i",
                keys.resolve("user").toString(),
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "root@" + address);
    }

    private Process ssh(String member, String address, String command) throws IOException {
        List<String> words = new ArrayList<>(login(address));
        words.add(command);
        return host.start(member, words);
    }

    /** Commands one after the other over one connection. */
    private record Shell(Process process, BufferedReader output) implements AutoCloseable {
        private static final String END = "--end of command--";

        private Shell(Process process) {
            this(process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
        }

        private String run(String command) throws IOException {
            OutputStream input = process.getOutputStream();
            input.write((command + "\necho; echo '" + END + "'\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
            StringBuilder said = new StringBuilder();
            for (String line = output.readLine(); !END.equals(line); line = output.readLine()) {
                assertThat(line)
                        .as(command + ": the connection ended after: " + said)
                        .isNotNull();
                said.append(line).append('\n');
            }
            return said.toString();
        }

        @Override
        public void close() {
            process.destroy();
        }
    }
}
