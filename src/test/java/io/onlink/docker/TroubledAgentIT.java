package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an agent may suffer while a real engine goes on: a disk that is full, another agent, a label of any length. */
class TroubledAgentIT {
    private static final String IMAGE = "busybox:test";
    private static final String COMPANION = "sleep 555";

    @AutoClose
    private static EngineHost host;

    @BeforeAll
    static void start() throws IOException {
        host = EngineHost.start();
    }

    @AfterEach
    void removeAll() throws IOException {
        host.revive();
        host.tryDocker("rm", "-f", "web", "goner");
    }

    /** The engine says once that a container left, and hears no refusal. */
    @Test
    void whoLeavesWhileTheDiskIsFullHasLeft() throws IOException {
        Path state = host.stateFile().getParent();
        host.stopAgent();
        host.inHost("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", state.toString());
        try {
            startAgentWithoutState();
            run("--label", "onlink.companion.one=" + COMPANION);
            host.docker("network", "connect", "Access-Segment", "web");
            host.docker("run", "-d", "--name", "goner", "--net", "Aside-Segment", IMAGE, "/bin/sleep", "600");
            host.await("their names", () -> leases("web", "Access-Segment") && leases("goner", "Aside-Segment"));
            host.await("the companion", () -> !companion().isEmpty());

            host.inHost("dd", "if=/dev/zero", "of=" + state.resolve("full"), "bs=4k");
            host.docker("network", "disconnect", "Access-Segment", "web");
            host.docker("rm", "-f", "goner");
            assertThat(host.agentLog()).contains("left its container, which only this agent knows", "SQLITE_FULL");
            // What has nothing to do with the disk goes on.
            List<String> before = companion();
            host.inHost(Stream.concat(Stream.of("kill", "-9"), before.stream()).toArray(String[]::new));
            host.await("another companion", () -> !companion().isEmpty() && Collections.disjoint(companion(), before));
            assertThat(host.ipIn("web", "-br", "addr")).contains("192.168.22.").doesNotContain("192.168.52.");

            host.inHost("rm", state.resolve("full").toString());
            host.await(
                    "their addresses to be free",
                    () -> !leases("web", "Access-Segment") && !leases("goner", "Aside-Segment"));
            assertThat(host.ipIn("web", "-br", "addr")).contains("192.168.22.").doesNotContain("192.168.52.");
            assertThat(host.agentLog()).doesNotContain("in a way it should not");
            host.docker("network", "connect", "Access-Segment", "web");
            assertThat(host.ipIn("web", "-br", "addr")).contains("192.168.52.");
        } finally {
            host.tryDocker("rm", "-f", "web", "goner");
            host.stopAgent();
            host.inHost("umount", state.toString());
            host.startAgent();
        }
    }

    /** As after a power cut that the disk's file system answered with "read-only" until somebody mended it. */
    @Test
    void whatIsMendedWhileItRunsIsWrittenAgain() throws IOException {
        Path state = host.stateFile().getParent();
        host.stopAgent();
        host.inHost("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", state.toString());
        try {
            startAgentWithoutState();
            run();
            host.killAgent();
            host.inHost("mount", "-o", "remount,ro", state.toString());
            host.startAgent();
            assertThat(host.tryDocker("network", "connect", "Access-Segment", "web")
                            .output())
                    .contains("SQLITE_READONLY");

            host.inHost("mount", "-o", "remount,rw", state.toString());
            host.docker("network", "connect", "Access-Segment", "web");
            assertThat(leases("web", "Access-Segment")).isTrue();
        } finally {
            host.tryDocker("rm", "-f", "web");
            host.stopAgent();
            host.inHost("umount", state.toString());
            host.startAgent();
        }
    }

    /** Its link is made anew before the engine is asked, and frames pass there: that does not say that it is connected. */
    @Test
    void whoLeftWhileNoAgentRanStaysSoWhoeverDeletedItsLink() throws IOException {
        run();
        host.docker("network", "connect", "Access-Segment", "web");
        String link = links("br1");
        host.killAgent();
        host.tryDocker("network", "disconnect", "-f", "Access-Segment", "web");
        host.inHost("ip", "link", "delete", link);
        int silent = host.agentLog().length();
        // The engine answers the agent late.
        Path socket = host.engineSocket();
        Path aside = socket.resolveSibling("aside.sock");
        Files.move(socket, aside);
        try {
            host.startAgent();
            host.await(
                    "the link",
                    () -> host.agentLog().substring(silent).contains("made anew on br1, and eth1 in the container"));
        } finally {
            Files.move(aside, socket);
        }
        host.await(
                "the engine to be asked",
                () -> host.agentLog()
                        .substring(silent)
                        .contains("is gone from the engine: its link and addresses are free"));
        assertThat(host.ipIn("web", "-br", "addr")).contains("192.168.22.").doesNotContain("192.168.52.");
        assertThat(links("br1")).isEmpty();
    }

    /** Of the containers in a bridge. */
    private static String links(String bridge) {
        return host.inHost("sh", "-c", "ip -o link show master " + bridge + " | grep -oE 'onl[0-9a-f]{11}'")
                .strip();
    }

    /** As by a slip of the pen: it has no right to the socket, so it has none to what is the other's. */
    @Test
    void anotherAgentIsRefusedBeforeItTouchesAnything() {
        run();
        String guard = host.inHost("nft", "-a", "list", "table", "bridge", "onlink");
        assertThat(host.onlink(
                        "agent", "-f", host.hostFile().toString(), "--run-dir", host.runDirectory() + "-of-another"))
                .contains("another process answers on the plugin socket");
        // With the handles of its rules: one that was put back has others.
        assertThat(host.inHost("nft", "-a", "list", "table", "bridge", "onlink"))
                .isEqualTo(guard);
    }

    /** The other's start waits for the guard, which has to be through with this one in time for the engine. */
    @Test
    void aLabelWithThousandsOfItemsKeepsNobodyFromStarting() {
        run("--label", "onlink.allow=" + items("tcp/"));
        host.docker("run", "--rm", "--name", "goner", "--net", "Service-Segment", IMAGE, "/bin/sleep", "0");
        host.await(
                "the last item",
                () -> host.inHost("nft", "list", "table", "bridge", "onlink").contains("tcp . 19999"));

        host.docker("rm", "-f", "web");
        int before = host.agentLog().length();
        run("--label", "onlink.allow=" + items("tpc/"));
        host.await(
                "the wrong items", () -> host.agentLog().substring(before).contains("there is no protocol 'tpc' here"));
        assertThat(host.agentLog().substring(before).lines().filter(line -> line.contains("'tpc'")))
                .allMatch(line -> line.contains("(and 9997 more), and gets nothing in"))
                .hasSizeLessThan(10);
    }

    /** Every other port, so that no two are a range. */
    private static String items(String protocol) {
        return IntStream.range(0, 10_000).mapToObj(i -> protocol + (2 * i + 1)).collect(Collectors.joining(","));
    }

    private static void startAgentWithoutState() throws IOException {
        int others = host.agentLog().length();
        host.startAgent();
        for (String network : List.of("Service-Segment", "Access-Segment", "Aside-Segment")) {
            host.await(
                    network + " in its new state",
                    () -> host.agentLog()
                            .substring(others)
                            .contains("Docker network %s is on segment %s: taken into the agent's state"
                                    .formatted(network, network)));
        }
    }

    private static void run(String... options) {
        host.docker(Stream.of(
                        Stream.of("run", "-d", "--name", "web", "--net", "Service-Segment"),
                        Stream.of(options),
                        Stream.of(IMAGE, "/bin/sleep", "600"))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    /** Whether a container has an address of a segment now. */
    private static boolean leases(String container, String segment) {
        return host.onlink("leases")
                .lines()
                .anyMatch(line -> line.startsWith(segment + " ")
                        && line.contains(" " + container + " ")
                        && line.contains(" in use "));
    }

    /** The numbers of its processes. */
    private static List<String> companion() {
        return host.docker("top", "web")
                .lines()
                .filter(line -> line.endsWith(COMPANION))
                .map(line -> line.split(" +", 3)[1])
                .toList();
    }
}
