package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.reconcile.Drift;
import io.onlink.reconcile.DriftFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Somebody changes options of a running container's port, by {@code bridge} and {@code ip}; the same tools are the witness. */
class PortOptionsIT {
    private static final String IMAGE = "busybox:test";
    private static final String WEB = "192.168.22.222";

    @AutoClose
    private static EngineHost host;

    private String port;
    private String right;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
        // As nobody applied the file here: set by hand it does not go down with a port's.
        for (String mtu : List.of("1499", "1500")) {
            host.inHostNetwork("ip", "link", "set", "dev", "br0", "mtu", mtu);
        }
    }

    @BeforeEach
    void startContainer() {
        run("web", WEB);
        port = host.containerPort("br0");
        host.await("the client reaches it", () -> host.clientReaches(WEB));
        right = options();
    }

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        host.tryDocker("rm", "-f", "web", "other");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            isolated on hairpin on guard on root_block on fastleave on               | hairpin on, guard on, root_block on, fastleave on, isolated on
            learning off flood off mcast_flood off bcast_flood off neigh_suppress on | learning off, flood off, mcast_flood off, bcast_flood off, neigh_suppress on
            mcast_to_unicast on vlan_tunnel on locked on                             | mcast_to_unicast on, vlan_tunnel on, locked on
            state 0                                                                  | state disabled
            """)
    void isPutBack(String words, String told) {
        change(words);
        awaitRight();
        awaitInLog("drift: container web on Service-Segment: %s has %s\n".formatted(port, told));
        awaitInLog("drift: put right: ip link set dev %s type bridge_slave ".formatted(port));
        assertThat(host.clientReaches(WEB)).isTrue();
    }

    /** It is said when it is done. */
    private static void awaitInLog(String what) {
        host.await(what, () -> host.agentLog().contains(what));
    }

    @Test
    void aSmallerMtuIsPutBack() {
        host.inHostNetwork("ip", "link", "set", "dev", port, "mtu", "1400");
        awaitRight();
        awaitInLog("drift: container web on Service-Segment: %s has MTU 1400, not 1500\n".formatted(port));
    }

    @Test
    void whatChangedWhileNoAgentRanIsPutBackAtItsStart() throws IOException {
        host.killAgent();
        change("flood off");
        host.inHostNetwork("ip", "link", "set", "dev", port, "mtu", "1400");
        host.startAgent();
        awaitRight();
    }

    /** Nor is what another program makes of its options a reason to leave it without its bridge. */
    @Test
    void aFightAboutThemEndsAndThePortStaysAPort() {
        host.await("the agent's giving up", () -> {
            change("hairpin on");
            return host.agentLog().contains("drift: GIVEN UP on options of %s of container web".formatted(port));
        });
        assertThat(new DriftFile(host.runDirectory()).read())
                .filteredOn(Drift::isOpen)
                .extracting(Drift::outcome)
                .containsExactly(Drift.Outcome.GIVEN_UP);
        host.inHostNetwork("ip", "link", "set", "dev", port, "nomaster");
        host.await("its bridge", () -> options().contains("state forwarding"));
    }

    @Test
    void isolationIsTakenUpWhileContainersRun() throws IOException {
        run("other", "192.168.22.223");
        String file = Files.readString(host.hostFile());
        host.await("each other", this::reachesOther);
        try {
            Files.writeString(host.hostFile(), file.replaceFirst("(?m)^( +)containers:\n", "$0$1  isolated: true\n"));
            host.await("isolation", () -> !reachesOther());
            assertThat(host.clientReaches(WEB)).isTrue();
        } finally {
            Files.writeString(host.hostFile(), file);
        }
        host.await("each other again", this::reachesOther);
    }

    private boolean reachesOther() {
        return host.tryDocker("exec", "web", "/bin/ping", "-c", "1", "-W", "1", "192.168.22.223")
                        .exitCode()
                == 0;
    }

    private static void run(String name, String address) {
        host.docker(
                "run",
                "-d",
                "--name",
                name,
                "--stop-signal",
                "KILL",
                "--net",
                "Service-Segment",
                "--ip",
                address,
                IMAGE,
                "/bin/sleep",
                "6000");
    }

    private void change(String words) {
        host.inHostNetwork(
                Stream.concat(Stream.of("bridge", "link", "set", "dev", port), Stream.of(words.split(" ", -1)))
                        .toArray(String[]::new));
    }

    /** State, options and MTU, as bridge(8) has them. */
    private String options() {
        return host.inHostNetwork("bridge", "-d", "link", "show", "dev", port);
    }

    private void awaitRight() {
        host.await("what is right:\n" + right, () -> options().equals(right));
    }
}
