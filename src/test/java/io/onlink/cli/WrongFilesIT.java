package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.lab.Machine;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Files that are valid and cut the host off, each on a LAN of its own. The administrator has come by ssh from the office,
 * behind the router; from there and from a machine beside the host somebody pings all the while. What the host's own kernel
 * says plays no part in whether it is back. Most of the time is spent waiting for answers that do not come, so the cases run
 * side by side. Needs root.
 */
@Execution(ExecutionMode.CONCURRENT)
class WrongFilesIT {
    private static final Path FOLDERS = Path.of("src/test/resources/golden/wrong-files");
    private static final Duration LONGEST = Duration.ofSeconds(10);
    /** Two pings that are answered are 50 ms apart; on a busy machine sometimes more. */
    private static final Duration NOT_DARK = Duration.ofSeconds(2);

    private static final Machine NEAR = new Machine(
            "near",
            "Service-Segment",
            List.of(IpAddress.parse("192.168.22.50"), IpAddress.parse("2001:470:fe36:face::50")));
    private static final String OFFICE = "192.168.40.10";
    private static final String OFFICE_IPV6 = "2001:470:fe36:beef::10";
    private static final String SWITCH = "switch-Service-Segment";
    private static final Pattern TAKEN_BACK = Pattern.compile(
            "the host is as it was before, (\\d+) ms after the failure at (\\d\\d:\\d\\d:\\d\\d\\.\\d{3})");

    private static final Pattern KERNELS_OWN = Pattern.compile("\"dst\":\"(fe80::/64|ff00::/8)\"");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final AtomicInteger LABS = new AtomicInteger();
    private static final List<String> MEASURED = Collections.synchronizedList(new ArrayList<>());

    /** What is on the wire that the file does not know of. */
    interface Fault {
        void put(LabHost host) throws IOException, InterruptedException;
    }

    /** A folder with a file and what is said of it, where the administrator sits, and what is wrong around it. */
    record Row(String name, String sshClient, Fault fault) {
        Row(String name, String sshClient) {
            this(name, sshClient, host -> {});
        }

        private Path folder() {
            return FOLDERS.resolve(name);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row("wrong-router", OFFICE),
                new Row("wrong-router-ipv6", OFFICE),
                new Row("router-that-passes-nothing-on", OFFICE),
                new Row("router-forgotten", OFFICE),
                new Row("wrong-uplink", OFFICE),
                new Row("prefix-too-short", OFFICE),
                new Row("prefix-too-short-ipv6", OFFICE_IPV6),
                new Row("vlan-that-is-not-there", OFFICE, host -> {
                    plugSpareNic(host);
                    filterSwitch(
                            host, "iifname spare ether type != 8021q drop", "oifname spare ether type != 8021q drop");
                }),
                new Row("port-that-never-forwards", OFFICE, host -> {
                    plugSpareNic(host);
                    // Once the kernel has noticed the carrier, it would set it to forwarding itself.
                    while (!host.output(SWITCH, "bridge", "link", "show", "dev", "spare")
                            .contains("state forwarding")) {
                        Thread.sleep(50);
                    }
                    // As after a violation of port security: the link is up, and nothing goes through. A blocked port
                    // would not stay blocked: without spanning tree the kernel makes it forward at once.
                    host.output(SWITCH, "bridge", "link", "set", "dev", "spare", "state", "disabled");
                }),
                new Row("port-that-knows-another-mac", OFFICE, host -> {
                    plugSpareNic(host);
                    filterSwitch(host, "iifname spare ether saddr != 00:50:56:00:00:01 drop", "");
                }),
                new Row("route-that-hides-the-client", OFFICE),
                new Row("route-that-hides-the-client-by-a-dead-router", OFFICE));
    }

    @AfterAll
    static void printWhatWasMeasured() {
        MEASURED.forEach(System.out::println);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aFileThatCutsTheHostOffIsTakenBack(Row row) throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("wrongfiles-" + LABS.incrementAndGet(), FOLDERS.resolve("right.yaml"), NEAR)) {
            openOffice(host);
            row.fault.put(host);
            List<String> before = state(host);
            List<Witness> witnesses = witnesses(host);
            try {
                assertAllAnswered(witnesses, Instant.EPOCH);
                Instant begun = Instant.now();
                LabHost.Said said = host.onlinkFrom(
                        row.sshClient,
                        "apply",
                        "--yes",
                        "-f",
                        row.folder().resolve("host.yaml").toAbsolutePath().toString());
                Instant ended = Instant.now();
                assertThat(said.exitCode()).as(said.text()).isEqualTo(6);
                assertGolden(row.folder(), withoutSteps(said.text()));
                awaitDuplicateDetection(host);
                assertSame(before, state(host));
                assertBackInTime(row, witnesses, begun, failedCheck(said.text(), begun), ended);
            } finally {
                for (Witness witness : witnesses) {
                    witness.close();
                }
            }
            assertThat(host.isReached("192.168.22.217")).isTrue();
            assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
            assertThat(host.state().readJournal()).isEmpty();
            assertThat(host.state().readApplied()).isEmpty();
        }
    }

    @Test
    void aPeerThatWasSilentBeforeIsReportedAndNotBlamed() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("wrongfiles-" + LABS.incrementAndGet(), FOLDERS.resolve("right.yaml"), NEAR)) {
            openOffice(host);
            Path folder = FOLDERS.resolve("peer-that-was-silent-before");
            assertGolden(folder, withoutSteps(assertStays(host, folder.resolve("host.yaml"))));
        }
    }

    @Test
    void aSlowAnswerAndALostOneAreWaitedFor() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("wrongfiles-" + LABS.incrementAndGet(), FOLDERS.resolve("right.yaml"), NEAR)) {
            openOffice(host);
            try (SlowCable _ = SlowCable.at(host, SWITCH, "port1", Duration.ofMillis(400))) {
                // The routers are known before, as on every host that is in use.
                assertThat(host.run("host", "ping", "-c3", "-w20", OFFICE).exitCode())
                        .isZero();
                assertThat(host.run("host", "ping", "-c3", "-w20", OFFICE_IPV6).exitCode())
                        .isZero();
                // Who answers within the first look's two seconds is a matter of which frames are lost.
                assertStays(host, FOLDERS.resolve("right.yaml"));
            }
        }
    }

    /** The bridge has the MAC address of the NIC, so a switch or hypervisor that lets no other one through has no objection. */
    @Test
    void aPortThatKnowsTheNicsMacAddressLetsTheBridgeThrough() throws IOException, InterruptedException {
        try (LabHost host = LabHost.up("wrongfiles-" + LABS.incrementAndGet(), FOLDERS.resolve("right.yaml"), NEAR)) {
            openOffice(host);
            filterSwitch(host, "iifname port1 ether saddr != 00:50:56:00:00:01 drop", "");
            assertThat(assertStays(host, FOLDERS.resolve("right.yaml"))).contains("6 answered before and answer now.");
        }
    }

    private static String assertStays(LabHost host, Path file) throws IOException, InterruptedException {
        LabHost.Said said = host.onlinkFrom(
                OFFICE, "apply", "--yes", "-f", file.toAbsolutePath().toString());
        assertThat(said.exitCode()).as(said.text()).isZero();
        assertThat(host.isReached("192.168.22.217")).isTrue();
        assertThat(host.isReached("2001:470:fe36:face::217:1")).isTrue();
        assertThat(host.onlink("plan", "-f", file.toAbsolutePath().toString()).exitCode())
                .isZero();
        return said.text();
    }

    private static void assertBackInTime(Row row, List<Witness> witnesses, Instant begun, Instant failed, Instant ended)
            throws IOException, InterruptedException {
        List<String> dark = new ArrayList<>();
        for (Witness witness : witnesses) {
            Instant back = witness.answerAfter(failed).orElseThrow();
            assertThat(Duration.between(failed, back)).as(witness.name()).isLessThan(LONGEST);
            Duration silence = witness.longestSilenceSince(begun);
            if (silence.compareTo(NOT_DARK) > 0) {
                dark.add("%s %d ms, back %d ms after the failed check"
                        .formatted(
                                witness.name(),
                                silence.toMillis(),
                                Duration.between(failed, back).toMillis()));
            }
            // And stays.
            assertThat(witness.answerAfter(ended.plusSeconds(1)))
                    .as(witness.name())
                    .isPresent();
        }
        MEASURED.add(row.folder().getFileName() + ": dark: " + String.join("; ", dark));
        assertThat(dark).as("a row in which nobody is cut off proves nothing").isNotEmpty();
    }

    private static Instant failedCheck(String said, Instant begun) {
        Matcher matcher = TAKEN_BACK.matcher(said);
        assertThat(matcher.find()).as(said).isTrue();
        ZoneId zone = ZoneId.systemDefault();
        Instant failed = LocalDate.ofInstant(begun, zone)
                .atTime(LocalTime.parse(matcher.group(2)))
                .atZone(zone)
                .toInstant();
        return failed.isBefore(begun) ? failed.plus(Duration.ofDays(1)) : failed;
    }

    private static void assertGolden(Path folder, String said) throws IOException {
        String masked = said.replaceAll(
                        "\\d+ ms after the failure at [\\d:.]+", "MILLISECONDS ms after the failure at TIME")
                .replaceAll("\\d+ steps done", "All steps done")
                // Whether the kernel has given up on a neighbour by then is a matter of milliseconds.
                .replaceAll("this host says: (host|address) unreachable", "no answer");
        Path expected = folder.resolve("said.txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(expected, masked);
        }
        assertThat(masked).isEqualTo(Files.readString(expected));
    }

    /** What steps there are is for other tests to say. */
    private static String withoutSteps(String said) {
        return said.lines().filter(line -> !line.matches(" {2}[-+~>:] .*")).collect(Collectors.joining("\n", "", "\n"));
    }

    private static List<Witness> witnesses(LabHost host) throws IOException {
        return List.of(
                Witness.at(host, "client", OFFICE, "192.168.22.217"),
                Witness.at(host, "client", OFFICE_IPV6, "2001:470:fe36:face::217:1"),
                Witness.at(host, "near", "192.168.22.50", "192.168.22.217"),
                Witness.at(host, "near", "2001:470:fe36:face::50", "2001:470:fe36:face::217:1"));
    }

    private static void assertAllAnswered(List<Witness> witnesses, Instant moment)
            throws IOException, InterruptedException {
        for (Witness witness : witnesses) {
            assertThat(witness.answerAfter(moment)).as(witness.name()).isPresent();
        }
    }

    /** The client's second address: a network behind the router that looks like one of ours. */
    private static void openOffice(LabHost host) throws IOException, InterruptedException {
        host.output("client", "ip", "addr", "add", OFFICE + "/32", "dev", "lo");
        host.output("client", "ip", "addr", "add", OFFICE_IPV6 + "/128", "dev", "lo");
        host.output("router-Service-Segment", "ip", "route", "add", OFFICE, "via", "198.51.100.10");
        host.output("router-Service-Segment", "ip", "route", "add", OFFICE_IPV6, "via", "2001:db8:ffff::10");
    }

    /** eth2 of the host, on the same switch as eth0. */
    private static void plugSpareNic(LabHost host) throws IOException, InterruptedException {
        String peer =
                "link add spare type veth peer name eth2 address 00:50:56:00:09:02 netns " + host.namespace("host");
        host.output(SWITCH, ("ip " + peer).split(" "));
        host.output(SWITCH, "ip", "link", "set", "spare", "master", "switch", "up");
        host.output("host", "ip", "link", "set", "eth2", "up");
        // The carrier is noticed within a second, and the address made then.
        while (!host.output("host", "ip", "-6", "addr", "show", "dev", "eth2").contains("fe80::")) {
            Thread.sleep(50);
        }
        awaitDuplicateDetection(host);
    }

    private static void awaitDuplicateDetection(LabHost host) throws IOException, InterruptedException {
        while (host.output("host", "ip", "-6", "addr", "show").contains("tentative")) {
            Thread.sleep(50);
        }
    }

    private static void filterSwitch(LabHost host, String in, String out) throws IOException, InterruptedException {
        host.output(SWITCH, "nft", """
                table bridge port {
                  chain in { type filter hook prerouting priority 0
                    %s
                  }
                  chain out { type filter hook postrouting priority 0
                    %s
                  }
                }
                """.formatted(in, out));
    }

    private static void assertSame(List<String> before, List<String> after) {
        // First what differs: the whole has some hundred lines.
        assertThat(after.stream().filter(line -> !before.contains(line))).isEmpty();
        assertThat(before.stream().filter(line -> !after.contains(line))).isEmpty();
        assertThat(after).isEqualTo(before);
    }

    /** All that the kernel shows of the host's links, addresses, routes, rules and their settings, in its order. */
    private static List<String> state(LabHost host) throws IOException, InterruptedException {
        List<String> state = new ArrayList<>();
        for (String objects : List.of("link", "addr", "-4 rule", "-6 rule", "-4 route show table all")) {
            state.addAll(objects(host, objects));
        }
        // Each link with IPv6 has these two from the kernel, in the order in which IPv6 was turned on on them.
        objects(host, "-6 route show table all").stream()
                .sorted(Comparator.comparing(route -> KERNELS_OWN.matcher(route).find() ? route : ""))
                .forEach(state::add);
        host.output("host", "sysctl", "-a", "-r", "^net.ipv[46].*(conf|forward)")
                .lines()
                .forEach(state::add);
        return state;
    }

    /** An address that came back without duplicate detection remembers so: else it would be silent for a second. */
    private static List<String> objects(LabHost host, String objects) throws IOException, InterruptedException {
        String json = host.output("host", ("ip -j -d " + objects).split(" ")).replace("\"nodad\":true,", "");
        return JSON.readTree(json).valueStream().map(Object::toString).toList();
    }
}
