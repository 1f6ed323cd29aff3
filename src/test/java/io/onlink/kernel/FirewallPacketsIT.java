package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.KernelException;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Allowance;
import io.onlink.model.Firewall;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The host's own firewall in a real kernel: packets from another namespace, and {@code nft} as the witness. Needs root. */
class FirewallPacketsIT {
    private static final List<String> LINKS = List.of("br0", "eth2", "eth0.20", "vlan4094-of-nic");

    private final TestNamespace namespace = new TestNamespace();
    private LinuxKernel kernel;

    @BeforeEach
    void open() {
        kernel = namespace.call(LinuxKernel::open);
    }

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Test
    void whoIsNotNamedDoesNotGetInAndWhoWasInStays() throws IOException {
        try (FirewalledHost host = new FirewalledHost(namespace, kernel)) {
            host.checkWhoGetsIn();
        }
    }

    @Test
    void whatTheHostAsksIsAnswered() throws IOException {
        try (FirewalledHost host = new FirewalledHost(namespace, kernel)) {
            host.checkWhatTheHostAsks();
        }
    }

    /** From each to the next by what differs; the witness is a table written at once. */
    @Test
    void whatIsWrittenIsReadAndEveryChangeEndsInItsTable() {
        Random random = new Random(4);
        Firewall now = Firewall.NONE;
        for (int round = 0; round < 60; round++) {
            Firewall next = random(random);
            assertThat(kernel.refusalOf(next)).isEmpty();
            if (next.equals(now)) {
                continue;
            }
            kernel.perform(new Step.SetFirewall(now, next));
            assertThat(kernel.observe().firewall()).isEqualTo(next);
            assertThat(listed(namespace)).isEqualTo(writtenAtOnce(next));
            now = next;
        }
    }

    private static String writtenAtOnce(Firewall firewall) {
        try (TestNamespace other = new TestNamespace();
                LinuxKernel there = other.call(LinuxKernel::open)) {
            if (firewall.isThere()) {
                there.perform(new Step.SetFirewall(Firewall.NONE, firewall));
            }
            return listed(other);
        }
    }

    /** A set lists its elements in the order in which they came. */
    private static String listed(TestNamespace where) {
        return where.exec("nft", "list", "ruleset")
                .lines()
                .map(line -> line.replaceAll("elements = \\{|[,}]$", "").strip())
                .filter(line -> !line.isEmpty())
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static Firewall random(Random random) {
        NavigableMap<String, List<Allowance>> closed = new TreeMap<>();
        for (String link : LINKS) {
            if (random.nextInt(3) != 0) {
                closed.put(
                        link,
                        Stream.generate(() -> allowance(random))
                                .limit(random.nextInt(6))
                                .map(Allowance::parse)
                                .toList());
            }
        }
        return Firewall.of(closed);
    }

    private static String allowance(Random random) {
        int first = 1 + random.nextInt(40);
        String source = List.of(
                        "",
                        " from 0.0.0.0/0",
                        " from ::/0",
                        " from 10.0.0.0/8",
                        " from 10.%d.0.0/16".formatted(random.nextInt(3)),
                        " from 192.168.1.%d/32".formatted(random.nextInt(9)),
                        " from 2001:db8::/32",
                        " from 2001:db8:%d::/48".formatted(random.nextInt(3)))
                .get(random.nextInt(8));
        return switch (random.nextInt(5)) {
            case 0 -> "icmp" + source;
            case 1 -> "tcp/" + first + source;
            case 2 -> "udp/%d-%d%s".formatted(first, first + random.nextInt(30), source);
            case 3 -> "sctp/%d-65535%s".formatted(first, source);
            default -> "tcp/%d-%d%s".formatted(first, first + random.nextInt(30), source);
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flush ruleset",
                "delete table inet onlink",
                "flush table inet onlink",
                "flush chain inet onlink input",
                "insert rule inet onlink input accept",
                "add rule inet onlink link accept",
                "add chain inet onlink other { type filter hook input priority -200; policy drop; }",
                "flush set inet onlink closed",
                "delete element inet onlink closed { \"eth2\" }",
                "add element inet onlink closed { \"eth9\" }",
                "add element inet onlink allowed-ipv4 { \"eth2\" . tcp . 23 . 0.0.0.0/0 }",
                "delete element inet onlink allowed-ipv4 { \"eth2\" . tcp . 22 . 0.0.0.0/0 }",
                "add element inet onlink allowed-ipv4 { \"eth9\" . tcp . 22 . 0.0.0.0/0 }",
                "add element inet onlink pinged-ipv6 { \"eth2\" . fe80::/10 }",
                "add element inet onlink allowed-ipv4 { \"eth2\" . tcp . 30 . 10.0.0.1-10.0.0.6 }",
                "add element inet onlink allowed-ipv4 { \"eth2\" . dccp . 30 . 10.0.0.1 }",
                "add chain inet onlink input { policy drop; }",
                "add table inet onlink { flags dormant; }",
                "add set inet onlink more { type ifname; }"
            })
    void whateverSomebodyElseMakesOfItIsSeenAndPutRight(String meddling) {
        kernel.perform(new Step.SetFirewall(Firewall.NONE, FirewalledHost.FIREWALL));
        String written = listed(namespace);
        NetworkState wanted = kernel.observe();
        namespace.exec("nft", meddling);
        assertThat(kernel.observe().firewall()).isNotEqualTo(FirewalledHost.FIREWALL);
        Plan plan = Plan.between(kernel.observe(), wanted);
        assertThat(plan.steps()).hasSize(1);
        plan.steps().forEach(kernel::perform);
        assertThat(listed(namespace)).isEqualTo(written);
        namespace.exec("nft", meddling);
        NetworkState.Builder none = wanted.toBuilder();
        none.firewall = Firewall.NONE;
        Plan.between(kernel.observe(), none.build()).steps().forEach(kernel::perform);
        assertThat(namespace.exec("nft", "list", "ruleset")).isEmpty();
    }

    @Test
    void whatIsPrintedCanBeTyped() {
        Step create = new Step.SetFirewall(Firewall.NONE, FirewalledHost.FIREWALL);
        namespace.exec("bash", "-c", create.command());
        assertThat(kernel.observe().firewall()).isEqualTo(FirewalledHost.FIREWALL);
        Step delete = new Step.SetFirewall(FirewalledHost.FIREWALL, Firewall.NONE);
        namespace.exec("bash", "-c", delete.command());
        assertThat(kernel.observe().firewall()).isEqualTo(Firewall.NONE);
    }

    @Test
    void othersTablesAreNotTouchedAndARefusedChangeChangesNothing() {
        namespace.exec("nft", "add table inet firewalld; add chain inet firewalld c; add rule inet firewalld c drop");
        namespace.exec("nft", "add table ip onlink; add set ip onlink closed { type ifname; }");
        String others = namespace.exec("nft", "list", "ruleset");
        kernel.perform(new Step.SetFirewall(Firewall.NONE, FirewalledHost.FIREWALL));
        String written = listed(namespace);
        Firewall stale = Firewall.of(new TreeMap<>(Map.of("br7", List.of(Allowance.parse("tcp/1")))));
        assertThatThrownBy(() -> kernel.perform(
                        new Step.SetFirewall(stale, Firewall.of(new TreeMap<>(Map.of("br8", List.of()))))))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("change the host's firewall");
        assertThat(listed(namespace)).isEqualTo(written);
        kernel.perform(new Step.SetFirewall(FirewalledHost.FIREWALL, Firewall.NONE));
        assertThat(namespace.exec("nft", "list", "ruleset")).isEqualTo(others);
    }
}
