package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.agent.Store;
import io.onlink.attach.Endpoint;
import io.onlink.attach.SegmentNetwork;
import io.onlink.cli.LabHost.Said;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What plan, apply and down say of a host whose containers run, or whose state was lost. Needs root. */
@Timeout(240)
class AttachedContainersIT {
    private static final String PORT = "onl0123456789a";
    private static final String SERVICE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
                routes:
                  - { to: default, via: 192.168.22.1 }
                containers:
                  pool: [192.168.22.222-192.168.22.239]
            """;
    private static final String ACCESS = """
              Access-Segment:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24]
                containers:
                  pool: [192.168.52.222-192.168.52.239]
            """;
    private static final String BOTH = SERVICE + ACCESS;

    @TempDir
    private Path temporary;

    @AutoClose
    private LabHost host;

    @BeforeEach
    void aHostWithTwoSegments() throws IOException, InterruptedException {
        Path file = write("both.yaml", BOTH);
        host = LabHost.up("attached", file);
        Said said = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
    }

    @Test
    void aDamagedStateKeepsNobodyFromApplying() throws IOException, InterruptedException {
        Files.writeString(host.state().path().resolve("onlink.db"), "no database");
        Files.writeString(host.state().appliedFile(), "segments: [");
        Path file = write("removed.yaml", SERVICE);
        Said said = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(host.onlink("plan", "-f", file.toString()).exitCode()).isZero();
    }

    @Test
    void aSegmentWhoseContainersRunDoesNotGo() throws IOException, InterruptedException {
        attach();
        assertIsRefused(write("removed.yaml", SERVICE));
        assertIsRefused(write("renamed.yaml", BOTH.replace("Access-Segment", "Inner-Segment")));
        assertThat(host.output("host", "ip", "link", "show", "dev", PORT)).contains("master br1");

        // Nor where the agent's state was lost: the port says what it is.
        Files.delete(host.state().path().resolve("onlink.db"));
        Path removed = write("removed.yaml", SERVICE);
        Said said = host.onlink("apply", "--yes", "-f", removed.toString());
        assertThat(said.exitCode()).as(said.text()).isEqualTo(3);
        assertThat(said.text()).contains("containers run on it: " + PORT + " on br1");

        said = host.onlink("apply", "--yes", "--force", "-f", removed.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(said.text())
                .contains("note: segment Access-Segment is none for containers any more, and its Docker network stays"
                        + " until it is removed: docker network rm Access-Segment\n");
        assertThat(host.run("host", "ip", "link", "show", "dev", "br1").exitCode())
                .isNotZero();
        // The container that was cut off still runs.
        said = host.onlink("apply", "--yes", "-f", removed.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
    }

    @Test
    void aContainerThatWasCutOffIsShown() throws IOException, InterruptedException {
        attach();
        assertThat(host.onlink("status").text()).matches("(?s).*web +Access-Segment .* +" + PORT + " +up\n.*");

        // Renamed where the bridge stays, it is one of its ports still.
        force(write("renamed.yaml", BOTH.replace("Access-Segment", "Inner-Segment")));
        Said status = host.onlink("status");
        assertThat(status.text())
                .matches("(?s).*web +Access-Segment .* +" + PORT + " +no segment\n.*")
                .contains(
                        "no segment: container web on Access-Segment: it is still a port of br1, but the host file has"
                                + " no segment Access-Segment any more");
        assertThat(status.exitCode()).isEqualTo(1);

        force(write("removed.yaml", SERVICE));
        status = host.onlink("status");
        assertThat(status.text())
                .matches("(?s).*web +Access-Segment .* +" + PORT + " +cut off\n.*")
                .contains(
                        "cut off: container web on Access-Segment: the host file has no segment Access-Segment any more")
                .contains("(docker restart web)");
        assertThat(status.exitCode()).isEqualTo(1);
        assertThat(host.onlink("status", "--json").text()).contains("\"state\" : \"cut off\"", "\"next\" : \"the host");

        force(temporary.resolve("both.yaml"));
        assertThat(host.onlink("status").text())
                .contains("cut off: container web on Access-Segment: " + PORT + " is no port of br1;");
    }

    @Test
    void aSegmentWhoseContainersRunIsNotAttachedOtherwise() throws IOException, InterruptedException {
        attach();
        Path file = write("macvlan.yaml", BOTH.replace("bridge: br1", "attach: macvlan"));
        String refusal =
                "macvlan.yaml:11:3: segments.Access-Segment: attach: bridge becomes attach: macvlan, and containers run on it: container web; nothing was changed: stop them";
        Said plan = host.onlink("plan", "-f", file.toString());
        assertThat(plan.text()).contains("'onlink apply' refuses: ").contains(refusal);
        assertThat(plan.exitCode()).isEqualTo(2);
        Said apply = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(apply.exitCode()).as(apply.text()).isEqualTo(3);
        assertThat(apply.text()).contains(refusal);
        assertThat(host.output("host", "ip", "link", "show", "dev", PORT)).contains("master br1");

        force(file);
        assertThat(host.onlink("status").text())
                .contains("cut off: container web on Access-Segment: it was attached when the segment had a bridge;");
    }

    /** Their links lie on the uplink, and are in the containers: the host sees none of them. */
    @Test
    void theUplinkOfContainersWithoutABridgeStays() throws IOException, InterruptedException {
        String macvlan = BOTH.replace("bridge: br1", "attach: macvlan");
        force(write("macvlan.yaml", macvlan));
        putEndpoint(Files.createFile(temporary.resolve("sandbox")));
        host.output("host", "ip", "link", "add", "eth9", "type", "veth", "peer", "name", "eth9x");
        host.output("host", "ip", "link", "set", "eth9", "up");
        host.output("host", "ip", "link", "set", "eth9x", "up");

        Said moved = host.onlink(
                "apply",
                "--yes",
                "-f",
                write("moved.yaml", macvlan.replace("uplink: eth1", "uplink: eth9"))
                        .toString());
        assertThat(moved.exitCode()).as(moved.text()).isEqualTo(3);
        assertThat(moved.text())
                .contains(
                        "segments.Access-Segment: uplink eth1 becomes eth9, and containers run on it: container web;");

        // The kernel gives a NIC to a bridge or to macvlan links, not to both: no force helps.
        host.output("host", "ip", "link", "add", "link", "eth1", "name", "of-web", "type", "macvlan");
        Process sandbox = host.leave("unshare", "--net", "sleep", "600");
        host.output(
                "host",
                "sh",
                "-c",
                "while ip link show of-web; do ip link set of-web netns %d; sleep 0.1; done".formatted(sandbox.pid()));
        Said bridged = host.onlink(
                "apply",
                "--yes",
                "--force",
                "-f",
                temporary.resolve("both.yaml").toString());
        assertThat(bridged.exitCode()).as(bridged.text()).isEqualTo(3);
        assertThat(bridged.text())
                .contains(
                        "segments.Access-Segment: attach: macvlan becomes attach: bridge, and containers run on it: container web;")
                .doesNotContain("--force");
        assertThat(host.output("host", "ip", "addr", "show", "dev", "eth1")).contains("192.168.52.217/24");
        sandbox.destroy();
    }

    private void force(Path file) throws IOException, InterruptedException {
        Said said = host.onlink("apply", "--yes", "--force", "-f", file.toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
    }

    private void assertIsRefused(Path file) throws IOException, InterruptedException {
        String refusal =
                "the file has no segment Access-Segment any more, and containers run on it: container web; nothing was changed: stop them, or";
        Said plan = host.onlink("plan", "-f", file.toString());
        assertThat(plan.text()).contains("'onlink apply' refuses: " + refusal);
        assertThat(plan.exitCode()).isEqualTo(2);
        Said apply = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(apply.exitCode()).as(apply.text()).isEqualTo(3);
        assertThat(apply.text()).contains(refusal).contains("or give --force");
    }

    @Test
    void theHostDoesNotGetTheAddressOfAContainerThatRuns() throws IOException, InterruptedException {
        attach();
        Path file = write(
                "stolen.yaml",
                BOTH.replace("52.217/24]", "52.217/24, 192.168.52.222/24]").replace("52.222-", "52.223-"));
        Said said = host.onlink("apply", "--yes", "-f", file.toString());
        assertThat(said.exitCode()).as(said.text()).isEqualTo(3);
        assertThat(said.text())
                .contains(
                        "stolen.yaml:11:3: segments.Access-Segment: 192.168.52.222/24 belongs to container web, which runs on this host; nothing was changed");
        assertThat(host.output("host", "ip", "addr", "show", "dev", "br1")).doesNotContain("192.168.52.222");
    }

    @Test
    void whatChangesForContainersAloneIsSaid() throws IOException, InterruptedException {
        Path file = write("isolated.yaml", BOTH + "      isolated: true\n");
        String words = "containers of Access-Segment: isolated (the agent takes it up)\n";
        Said plan = host.onlink("plan", "-f", file.toString());
        assertThat(plan).isEqualTo(new Said(2, "  ~ " + words + "The host itself is as the file says.\n"));
        assertThat(host.onlink("plan", "--json", "-f", file.toString()).text())
                .containsPattern(
                        "\"containers\" : \\[ \\{\\s+\"segment\" : \"Access-Segment\",\\s+\"keys\" : \\[ \"isolated\"");
        Said apply = host.onlink("apply", "--yes", "--confirm", "600", "-f", file.toString());
        assertThat(apply.exitCode()).as(apply.text()).isZero();
        assertThat(apply.text())
                .contains(words)
                .contains("note: --confirm: the host itself does not change, so nothing waits for 'onlink confirm'\n");
        assertThat(host.onlink("plan", "-f", file.toString()))
                .isEqualTo(new Said(0, "Nothing to do: the host is as the file says.\n"));
    }

    /** While nobody has set a bridge's own MTU it is the least of its ports'. */
    @Test
    void aPortsMtuIsPutBackThatTookItsBridgesWithIt() throws IOException, InterruptedException {
        attach();
        Path log = Files.createFile(temporary.resolve("agent.log"));
        Process agent = host.startAgent(log, temporary.resolve("run"));
        try {
            await(() -> Files.readString(log).contains("the Docker plugin answers"));
            host.output("host", "ip", "link", "set", "dev", PORT, "mtu", "1400");
            await(() -> host.output("host", "ip", "link", "show", "dev", PORT).contains(" mtu 1500 ")
                    && host.output("host", "ip", "link", "show", "dev", "br1").contains(" mtu 1500 "));
        } finally {
            agent.destroy();
            agent.waitFor();
        }
        assertThat(Files.readString(log))
                .contains("drift: br1 has MTU 1400, not 1500")
                .contains("drift: container web on Access-Segment: " + PORT + " has MTU 1400, not 1500");
        assertThat(host.onlink("status", "--run-dir", temporary.resolve("run").toString())
                        .text())
                .containsPattern("container web on Access-Segment: " + PORT + " has MTU 1400, not 1500 +- +put right");
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void await(Condition condition) throws IOException, InterruptedException {
        while (!condition.holds()) {
            Thread.sleep(50);
        }
    }

    @Test
    void downSaysWhereWhatItWouldGoBackToWasDeleted() throws IOException, InterruptedException {
        for (String name : List.of("applied.yaml", "found.json")) {
            Files.delete(host.state().path().resolve(name));
        }
        Said down = host.onlink("down", "--yes");
        assertThat(down.exitCode()).as(down.text()).isEqualTo(3);
        assertThat(down.text())
                .contains("remembers nothing of this host")
                .contains("br0 ('Onlink: Service-Segment'), br1 ('Onlink: Access-Segment')")
                .contains("'onlink apply -f FILE'");
        assertThat(host.onlink(
                                "apply",
                                "--yes",
                                "-f",
                                temporary.resolve("both.yaml").toString())
                        .exitCode())
                .isZero();
        assertThat(host.onlink("status").text()).contains("No drift");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(temporary.resolve(name), text);
    }

    /** As the agent would: a port with a name of an endpoint's, and the endpoint in its state. */
    private void attach() throws IOException, InterruptedException {
        putEndpoint(Path.of("/var/run/docker/netns/of-a-test"));
        host.output("host", "ip", "link", "add", PORT, "type", "veth", "peer", "name", "c1");
        host.output("host", "ip", "link", "set", PORT, "master", "br1", "up");
        host.output("host", "ip", "link", "set", "c1", "up");
    }

    private void putEndpoint(Path sandbox) {
        try (Store store = Store.open(host.state().path().resolve("onlink.db"), InstantSource.system())) {
            store.put(new SegmentNetwork("network", "Access-Segment"), List.of());
            store.put(new Endpoint(
                    "0123456789abcdef",
                    "network",
                    "Access-Segment",
                    InterfaceAddress.parse("192.168.52.222/24"),
                    null,
                    MacAddress.parse("02:42:c0:a8:34:de"),
                    null,
                    sandbox.toString(),
                    "web",
                    Instant.now()));
        }
    }
}
