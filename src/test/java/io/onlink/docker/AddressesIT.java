package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which addresses a container has, and has again, on a real engine: it never says for whom it asks. */
class AddressesIT {
    private static final String IMAGE = "busybox:test";

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

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        String all = host.docker("ps", "-aq");
        if (!all.isBlank()) {
            host.docker(Stream.concat(Stream.of("rm", "-f"), all.lines()).toArray(String[]::new));
        }
    }

    @Test
    void aPooledAddressIsKeptForTheContainersName() throws IOException {
        run("other");
        run("web");
        List<String> before = addresses("web");
        assertThat(before).hasSize(2);
        // Stopped, and so in question when somebody asks.
        host.docker("stop", "-t", "0", "other");

        host.docker("restart", "-t", "0", "web");
        assertThat(addresses("web")).as("after a restart").isEqualTo(before);
        host.docker("stop", "-t", "0", "web");
        run("third");
        assertThat(addresses("third")).as("of another").doesNotContainAnyElementsOf(before);
        host.docker("start", "web");
        assertThat(addresses("web")).as("after stop and start").isEqualTo(before);
        host.docker("rm", "-f", "web");
        run("web");
        assertThat(addresses("web")).as("made anew").isEqualTo(before);
        host.stopEngine();
        host.stopAgent();
        host.startAgent();
        host.startEngine();
        host.docker("start", "web");
        assertThat(addresses("web")).as("after engine and agent").isEqualTo(before);
        assertThat(host.onlink("leases"))
                .containsPattern("Service-Segment +%s +web +in use +pool +02:42:c0".formatted(before.getFirst()))
                .containsPattern(" other +kept +pool ");
        host.docker("rm", "-f", "other");
        host.await("told as removed", () -> host.onlink("leases").matches("(?s).* other +removed +pool .*"));
        assertThat(host.onlink("leases", "--json")).contains("\"container\" : \"web\"");
    }

    @Test
    void thePooledIpv6AddressBesideAFixedIpv4AddressIsKept() throws IOException {
        List<String> names = List.of("one", "two", "three", "four");
        for (String name : names) {
            host.docker(
                    "create",
                    "--name",
                    name,
                    "--restart",
                    "always",
                    "--stop-signal",
                    "KILL",
                    "--net",
                    "Service-Segment",
                    "--ip",
                    "192.168.22.10" + names.indexOf(name),
                    IMAGE,
                    "/bin/sleep",
                    "600");
            host.docker("start", name);
        }
        List<List<String>> before = names.stream().map(AddressesIT::addresses).toList();
        // All at once.
        host.docker("restart", "-t", "0", "one", "two", "three", "four");
        assertThat(names.stream().map(AddressesIT::addresses).toList()).isEqualTo(before);
        host.stopEngine();
        host.startEngine();
        host.await("all", () -> host.docker("ps", "-q").lines().count() == 4);
        assertThat(names.stream().map(AddressesIT::addresses).toList()).isEqualTo(before);
        host.docker("rename", "one", "renamed");
        host.docker("restart", "-t", "0", "renamed");
        assertThat(addresses("renamed")).isEqualTo(before.getFirst());
    }

    private static void run(String name) {
        host.docker("run", "-d", "--name", name, "--net", "Service-Segment", IMAGE, "/bin/sleep", "600");
    }

    private static List<String> addresses(String container) {
        return List.of(host.docker(
                        "inspect",
                        "-f",
                        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}",
                        container)
                .strip()
                .split(" ", -1));
    }
}
