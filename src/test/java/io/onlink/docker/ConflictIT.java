package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An address that a machine outside has is no container's: the conflict table, on a real engine. */
class ConflictIT {
    private static final String IMAGE = "busybox:test";
    private static final String MAC = "02:00:5e:00:53:77";

    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterAll
    static void stop() throws IOException {
        if (host != null) {
            host.close();
        }
    }

    @BeforeEach
    void plugIn() {
        host.addMachine("machine0");
        host.inClient("ip", "link", "set", "machine0", "address", MAC);
    }

    @AfterEach
    void removeAll() {
        String all = host.docker("ps", "-aq");
        if (!all.isBlank()) {
            host.docker(Stream.concat(Stream.of("rm", "-f"), all.lines()).toArray(String[]::new));
        }
        host.inClient("ip", "link", "delete", "machine0");
    }

    @Test
    void anIpv4AddressThatIsHeld() {
        host.inClient("ip", "addr", "add", "192.168.22.50/24", "dev", "machine0");
        assertRefused("192.168.22.50", "--ip", "192.168.22.50");
        // And is free when it is.
        host.inClient("ip", "addr", "del", "192.168.22.50/24", "dev", "machine0");
        run("web", "--ip", "192.168.22.50");
        assertThat(host.clientReaches("192.168.22.50")).isTrue();
    }

    @Test
    void anIpv6AddressThatIsHeld() {
        host.inClient("ip", "addr", "add", "2001:db8:22::50/64", "dev", "machine0", "nodad");
        assertRefused("2001:db8:22::50", "--ip", "192.168.22.51", "--ip6", "2001:db8:22::50");
        host.inClient("ip", "addr", "del", "2001:db8:22::50/64", "dev", "machine0");
        run("web", "--ip", "192.168.22.51", "--ip6", "2001:db8:22::50");
        assertThat(host.clientReaches("2001:db8:22::50")).isTrue();
    }

    @Test
    void anAddressWhoseHolderAnswersLate() {
        // Java finds no link without an IPv4 address in another namespace.
        host.inClient("ip", "addr", "add", "192.0.2.1/32", "dev", "machine0");
        try (LateMachine machine = host.answerLate("machine0", "192.168.22.52", MAC)) {
            assertRefused("192.168.22.52", "--ip", "192.168.22.52");
            assertThat(machine.answers()).isPositive();
        }
    }

    @Test
    void anAddressOfThePoolThatIsHeldIsPassedOver() {
        run("first");
        String next = "192.168.22." + (number(address("first")) + 1);
        host.inClient("ip", "addr", "add", next + "/24", "dev", "machine0");
        assertRefused(next);
        run("second");
        assertThat(address("second")).isNotEqualTo(next);
    }

    /** Its own address, which the wire would say is in use while it is being stopped, is no obstacle. */
    @Test
    void aRestartIsNoConflict() {
        run("web", "--ip", "192.168.22.53");
        for (int start = 0; start < 3; start++) {
            host.docker("restart", "-t", "0", "web");
        }
        assertThat(host.clientReaches("192.168.22.53")).isTrue();
    }

    private static void assertRefused(String address, String... options) {
        HostProcesses.Result refused =
                host.tryDocker(command("refused", options).toArray(String[]::new));
        assertThat(refused.exitCode()).as(refused.output()).isNotZero();
        assertThat(refused.output())
                .contains(address + " on segment Service-Segment is in use outside")
                .contains(MAC);
        host.docker("rm", "-f", "refused");
        assertThat(host.onlink("leases")).doesNotContain(address + " ");
    }

    private static void run(String name, String... options) {
        host.docker(command(name, options).toArray(String[]::new));
    }

    private static Stream<String> command(String name, String... options) {
        return Stream.of(
                        Stream.of("run", "-d", "--name", name, "--net", "Service-Segment"),
                        Stream.of(options),
                        Stream.of(IMAGE, "/bin/sleep", "600"))
                .flatMap(part -> part);
    }

    private static String address(String container) {
        return host.docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)
                .strip();
    }

    private static int number(String address) {
        return Integer.parseInt(address.replaceFirst(".*\\.", ""));
    }
}
