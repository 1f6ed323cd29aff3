package io.onlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.KernelException;
import io.onlink.libc.Descriptor;
import io.onlink.libc.Libc;
import io.onlink.libc.TestNamespace;
import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table in a real kernel, with {@code nft} as the witness. */
class GuardTableIT {
    private static final GuardedPort PORT = GuardGoldenTest.OPEN;

    private final TestNamespace namespace = new TestNamespace();
    private GuardTable guard;

    @BeforeEach
    void open() {
        guard = namespace.call(GuardTable::open);
    }

    @AfterEach
    void close() {
        guard.close();
        namespace.close();
    }

    @Test
    void everyChangeEndsInTheTableOfItsPorts() {
        guard.replaceAll(List.of(PORT));
        String one = listed();
        guard.protect(closed(PORT));
        assertThat(listed()).isNotEqualTo(one);
        guard.protect(PORT);
        assertThat(listed()).isEqualTo(one);
        guard.release(List.of(PORT.link()));
        guard.release(List.of(PORT.link()));
        guard.protect(PORT);
        guard.protect(PORT);
        assertThat(listed()).isEqualTo(one);
        guard.protect(closed(named("onl0123456789b")));
        guard.protect(closed(named("onl0123456789c")));
        guard.release(List.of("onl0123456789b", "onl0123456789c", "onl0123456789d"));
        assertThat(listed()).isEqualTo(one);
        guard.protect(closed(PORT));
        assertThat(listed()).contains("tcp . 80");
        guard.replaceAll(List.of());
        assertThat(namespace.exec("nft", "list", "ruleset")).isEmpty();
    }

    @Test
    void whatSomebodyTookAwayIsThereAgainWithTheNextChange() {
        GuardedPort other = named("onl0123456789b");
        guard.replaceAll(List.of(PORT, other));
        namespace.exec("nft", "flush", "ruleset");
        guard.protect(closed(other));
        assertThat(listed()).contains(PORT.link(), other.link());
        namespace.exec("nft", "delete table bridge onlink");
        guard.release(List.of(other.link()));
        assertThat(listed()).contains(PORT.link()).doesNotContain(other.link());
    }

    /** The library would end the whole program. */
    @Test
    void withTooManyFilesOpenNothingIsOpened() {
        List<Descriptor> many = new ArrayList<>();
        try {
            for (int i = 0; i < 1024; i++) {
                many.add(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0));
            }
            assertThatThrownBy(() -> namespace.call(GuardTable::open))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("libnftables can wait at the first 1024 only");
            guard.replaceAll(List.of(PORT));
            assertThat(listed()).contains(PORT.link());
        } finally {
            many.forEach(Descriptor::close);
        }
    }

    @Test
    void othersTablesAreNotTouched() {
        namespace.exec("nft", "add table inet firewalld; add chain inet firewalld c; add rule inet firewalld c drop");
        namespace.exec("nft", "add table bridge other; add set bridge other endpoints { type ifname; }");
        String others = namespace.exec("nft", "list", "ruleset");
        guard.replaceAll(List.of(PORT));
        guard.replaceAll(List.of());
        assertThat(namespace.exec("nft", "list", "ruleset")).isEqualTo(others);
    }

    @Test
    void aTableOfAnotherVersionIsReplaced() {
        namespace.exec("nft", "add table bridge onlink; add set bridge onlink endpoints { type ether_addr; }");
        guard.replaceAll(List.of(PORT));
        assertThat(listed()).contains(PORT.link());
    }

    @Test
    void nothingIsHalfDone() {
        guard.replaceAll(List.of(PORT));
        String before = listed();
        GuardedPort nameless = new GuardedPort("onl\"", PORT.mac(), PORT.addresses(), false, Admission.OPEN);
        assertThatThrownBy(() -> guard.replaceAll(List.of(nameless))).isInstanceOf(KernelException.class);
        assertThatThrownBy(() -> guard.protect(nameless)).isInstanceOf(KernelException.class);
        assertThat(listed()).isEqualTo(before);
    }

    @Test
    void changesOfOthersAreToldAndOwnOnesAreNot() throws InterruptedException {
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        // As in the agent: the guard's context has not said anything yet, and so has no port id.
        try (RulesetMonitor _ = namespace.call(() -> RulesetMonitor.start(new Told(told)))) {
            guard.replaceAll(List.of(PORT));
            guard.protect(closed(PORT));
            guard.replaceAll(List.of(PORT));
            namespace.exec("nft", "add table inet other");
            assertThat(told).isEmpty();
            for (String change : List.of(
                    "flush chain bridge onlink from-endpoint",
                    "add element bridge onlink mac-source { \"x\" . 02:00:00:00:00:01 }",
                    "flush ruleset")) {
                namespace.exec("nft", change);
                assertThat(told.poll(20, TimeUnit.SECONDS)).as(change).isEqualTo("nft");
                guard.restore();
                assertThat(listed())
                        .contains(PORT.link(), "iifname . ether saddr != @mac-source")
                        .doesNotContain("\"x\"");
            }
            assertThat(told).isEmpty();
        }
    }

    @Test
    void iptablesIsToldOf() throws InterruptedException {
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        try (RulesetMonitor _ = namespace.call(() -> RulesetMonitor.start(new Told(told)))) {
            namespace.exec("iptables-nft", "-N", "DOCKER-USER");
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("iptables");
        }
    }

    @Test
    void whatIsMissingIsSeen() {
        assertThat(guard.isIntact()).isTrue();
        guard.replaceAll(List.of(PORT));
        for (String damage : List.of(
                "flush set bridge onlink honest-ipv6",
                "flush chain bridge onlink from-arp",
                "delete table bridge onlink")) {
            assertThat(guard.isIntact()).isTrue();
            namespace.exec("nft", damage);
            assertThat(guard.isIntact()).as(damage).isFalse();
            guard.restore();
        }
    }

    private record Told(LinkedBlockingQueue<String> queue) implements RulesetMonitor.Listener {
        @Override
        public void changed(String program) {
            queue.add(program);
        }

        @Override
        public void hostFirewallChanged(String program) {}

        @Override
        public void iptablesChanged() {
            queue.add("iptables");
        }

        @Override
        public void noticesLost() {
            throw new AssertionError("so few were lost");
        }
    }

    private static GuardedPort named(String link) {
        return new GuardedPort(link, PORT.mac(), PORT.addresses(), PORT.isolated(), PORT.admission());
    }

    private static GuardedPort closed(GuardedPort port) {
        Admission some =
                new Admission(true, List.of(Allowance.parse("tcp/80"), Allowance.parse("icmp from 10.0.0.0/8")));
        return new GuardedPort(port.link(), port.mac(), port.addresses(), true, some);
    }

    private String listed() {
        return namespace.exec("nft", "list", "table", "bridge", "onlink");
    }
}
