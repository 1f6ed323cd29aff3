package io.onlink.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.libc.TestNamespace;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A host and its router in namespaces of their own, with a peer's address behind the router. The host's bridges are made
 * by hand, rightly and wrongly. Needs root.
 */
class VerifierIT {
    private static final String FILE = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8::1" }
            verify:
              peers: [172.16.1.2, "2001:db8:1::2"]
            """;
    private static final HostFile HOST_FILE = HostFile.parse("host.yaml", FILE);
    private static final int TARGETS = 8;

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace router = new TestNamespace();
    private final LinuxVerifier verifier = host.call(() -> LinuxVerifier.open(Duration.ofSeconds(3)));

    @BeforeEach
    void connect() {
        for (TestNamespace namespace : List.of(host, router)) {
            namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
            namespace.ip("link set lo up");
        }
        host.ip("link add eth0 address 02:00:00:00:00:d9 type veth peer name lan0 netns " + router.name());
        router.ip("link set lan0 address 02:00:00:00:00:01 up");
        router.ip("addr add 192.168.22.1/24 dev lan0");
        router.ip("addr add 2001:db8::1/64 dev lan0 nodad");
        router.ip("addr add 172.16.1.2/32 dev lo");
        router.ip("addr add 2001:db8:1::2/128 dev lo");
        host.ip("link set eth0 up");
        addressesAndRoutesOn("eth0");
    }

    @AfterEach
    void close() {
        verifier.close();
        host.close();
        router.close();
    }

    @Test
    void aHostThatMovesToItsBridgeRightlyPasses() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        assertThat(before.silent()).isEmpty();
        assertThat(before.answered())
                .hasSize(TARGETS - 2) // the used default routes' routers are the declared ones
                .contains(
                        "ARP for 192.168.22.1 from eth0 (192.168.22.217): answered by 02:00:00:00:00:01",
                        "neighbour discovery for 2001:db8::1 from eth0 (2001:db8::217): answered by 02:00:00:00:00:01",
                        "ICMP echo to 172.16.1.2 from the host's routes: answered",
                        "ICMPv6 echo to 2001:db8:1::2 from the host's routes: answered");
        moveToBridge();
        assertThat(verifier.after(before)).isEqualTo(new Verdict.Passed(List.of()));
        // And the way back, as `onlink down` goes it.
        Baseline onBridge = verifier.before(HOST_FILE, List.of());
        host.ip("link del br0");
        addressesAndRoutesOn("eth0");
        assertThat(verifier.after(onBridge)).isEqualTo(new Verdict.Passed(List.of()));
    }

    /** The bridge of so many howtos: on what both sides remember, pings go on for up to 45 s, and then never again. */
    @Test
    void addressesLeftOnThePortFailThoughAPingStillWorks() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        host.exec("ping", "-qc1", "-W5", "192.168.22.1");
        host.exec("ping", "-qc1", "-W5", "2001:db8::1");
        enslave();
        host.exec("ping", "-qc1", "-W5", "192.168.22.1");
        host.exec("ping", "-qc1", "-W5", "2001:db8::1");
        Verdict.Failed failed = failed(verifier.after(before));
        assertThat(failed.failures()).hasSize(TARGETS - 2);
        assertThat(failed.explanation())
                .contains(
                        "ARP for 192.168.22.1 from eth0 (192.168.22.217): no answer\n"
                                + "  before the change: ARP for 192.168.22.1 from eth0 (192.168.22.217): answered by 02:00:00:00:00:01\n"
                                + "  likely cause: eth0 is a port of br0, and"
                                + " what a port receives goes to the bridge: the address 192.168.22.217 must be on br0",
                        "neighbour discovery for 2001:db8::1 from eth0 (2001:db8::217): no answer");
    }

    /** Half a repair: the same addresses on the bridge too. The routes of eth0 still come first, and lead into the void. */
    @Test
    void addressesOnPortAndBridgeFailByTheirRoutes() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        enslave();
        host.ip("addr add 192.168.22.217/24 dev br0");
        host.ip("addr add 2001:db8::217/64 dev br0 nodad");
        Verdict.Failed failed = failed(verifier.after(before));
        assertThat(failed.failures())
                .anySatisfy(failure -> {
                    assertThat(failure.probe()).isEqualTo("ICMP echo to 192.168.22.1 from br0 (192.168.22.217)");
                    assertThat(failure.likelyCause())
                            .isEqualTo("a route leads elsewhere: 192.168.22.1 is reached by '192.168.22.0/24 dev eth0',"
                                    + " but the host's address on its network is on br0");
                })
                // The bridge itself is fine, but the default route asks by the port.
                .noneSatisfy(failure -> assertThat(failure.probe()).startsWith("ARP for 192.168.22.1 from br0"))
                .anySatisfy(failure -> assertThat(failure.probe()).startsWith("ARP for 192.168.22.1 from eth0"));
    }

    /** The change may be what brings it up. */
    @Test
    void aLinkThatIsDownIsSilent() {
        host.ip("link set eth0 down");
        Baseline before = verifier.before(HOST_FILE, List.of());
        assertThat(before.answered()).isEmpty();
        assertThat(before.silent())
                .contains(
                        "ARP for 192.168.22.1 from eth0 (192.168.22.217): this host says: ENETDOWN (Network is down)");
    }

    @Test
    void aBridgeWithoutItsUplinkFails() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        moveToBridge();
        host.ip("link set eth0 nomaster");
        assertThat(failed(verifier.after(before)).failures())
                .hasSize(TARGETS - 2)
                .anySatisfy(failure -> {
                    assertThat(failure.probe()).isEqualTo("ARP for 192.168.22.1 from br0 (192.168.22.217)");
                    assertThat(failure.likelyCause())
                            .isEqualTo("br0 has no NIC as a port: is its uplink a port of br0?");
                });
    }

    @Test
    void aPortThatNeverForwardsFails() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        moveToBridge();
        host.ip("link set br0 type bridge stp_state 1 forward_delay 3000");
        host.ip("link set eth0 down");
        host.ip("link set eth0 up");
        assertThat(failed(verifier.after(before)).explanation())
                .contains("eth0, the port of br0, is listening and not forwarding: is spanning tree on?");
    }

    @Test
    void anotherRouterThatIsNotThereFailsThoughTheOldOneAnswers() {
        HostFile wrong = HostFile.parse("host.yaml", FILE.replace("via: 192.168.22.1 ", "via: 192.168.22.254 "));
        Baseline before = verifier.before(wrong, List.of());
        assertThat(before.silent()).contains("ARP for 192.168.22.254 from eth0 (192.168.22.217): no answer");
        moveToBridge();
        host.ip("route replace default via 192.168.22.254 dev br0");
        Verdict.Failed failed = failed(verifier.after(before));
        assertThat(failed.failures())
                .extracting(Verdict.Failure::probe)
                .containsExactlyInAnyOrder(
                        "ARP for 192.168.22.254 from br0 (192.168.22.217)",
                        "ICMP echo to 172.16.1.2 from the host's routes");
        assertThat(failed.explanation())
                .contains(
                        "  before the change: ARP for 192.168.22.1 from eth0 (192.168.22.217): answered by 02:00:00:00:00:01\n")
                .contains("the route 'default dev br0' leads through 192.168.22.254, which does not answer ARP");
    }

    @Test
    void aRouterThatIsThereButPassesNothingOnFailsByThePeerBehindTheRightOne() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        host.ip("route replace unreachable 172.16.1.2");
        Verdict.Failed failed = failed(verifier.after(before));
        assertThat(failed.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.reply()).isEqualTo("this host says: EHOSTUNREACH (No route to host)");
            assertThat(failure.likelyCause()).isEqualTo("a route of type unreachable keeps 172.16.1.2 from being sent");
        });
    }

    @Test
    void aForgottenDefaultRouteFails() {
        HostFile noRoutes = HostFile.parse("host.yaml", FILE.replaceAll("(?m)^ {4}routes:\n( {6}- .*\n)+", ""));
        Baseline before = verifier.before(noRoutes, List.of());
        moveToBridge();
        host.ip("route del default");
        assertThat(failed(verifier.after(before)).failures())
                .extracting(Verdict.Failure::probe)
                .containsExactlyInAnyOrder(
                        "no probe: there is no default route of IPv4 any more",
                        "ICMP echo to 172.16.1.2 from the host's routes");
    }

    @Test
    void aRouterThatWasSilentBeforeIsReportedAndNotBlamed() {
        router.ip("link set lan0 down");
        Baseline before = verifier.before(HOST_FILE, List.of(IpAddress.parse("192.168.22.99")));
        assertThat(before.answered()).isEmpty();
        moveToBridge();
        Verdict verdict = verifier.after(before);
        assertThat(verdict).isInstanceOf(Verdict.Passed.class);
        assertThat(verdict.notes())
                .anyMatch(
                        note -> note.startsWith("ARP for 192.168.22.1 from br0 (192.168.22.217): no answer, as before"))
                .anyMatch(note -> note.startsWith("ICMP echo to 192.168.22.99 from br0"));
    }

    /** Many routers drop pings: the echo is then no proof, and ARP still is. */
    @Test
    void aRouterThatAnswersArpAndNoEchoPasses() {
        router.exec("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1", "net.ipv6.icmp.echo_ignore_all=1");
        Baseline before = verifier.before(HOST_FILE, List.of());
        assertThat(before.answered()).hasSize(2).allMatch(said -> said.matches("(ARP|neighbour discovery) for .*"));
        assertThat(before.silent()).contains("ICMP echo to 192.168.22.1 from eth0 (192.168.22.217): no answer");
        moveToBridge();
        assertThat(verifier.after(before)).isInstanceOf(Verdict.Passed.class);
        host.ip("link set eth0 nomaster");
        assertThat(failed(verifier.after(before)).failures()).hasSize(2);
    }

    @Test
    void aRouterThatStopsAnsweringEchoIsToldFromOneThatIsGone() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        router.exec("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1");
        assertThat(failed(verifier.after(before)).failures())
                .extracting(Verdict.Failure::likelyCause)
                .contains(
                        "the router answers ARP but no echo: it leads the answer elsewhere, or a filter on it or on this"
                                + " host drops the echo");
    }

    @Test
    void aLinkLocalRouterIsAskedOnItsLink() {
        router.ip("addr add fe80::1/64 dev lan0 nodad");
        HostFile linkLocal = HostFile.parse("host.yaml", FILE.replace("via: \"2001:db8::1\"", "via: \"fe80::1\""));
        host.ip("-6 route replace default via fe80::1 dev eth0");
        Baseline before = verifier.before(linkLocal, List.of());
        assertThat(before.silent()).isEmpty();
        moveToBridge();
        host.ip("-6 route replace default via fe80::1 dev br0");
        assertThat(verifier.after(before)).isEqualTo(new Verdict.Passed(List.of()));
    }

    @Test
    void anotherOwnerOfTheRoutersAddressIsNoted() {
        Baseline before = verifier.before(HOST_FILE, List.of());
        router.ip("link set lan0 address 02:00:00:00:00:02");
        router.ip("addr replace 2001:db8::1/64 dev lan0 nodad");
        assertThat(verifier.after(before).notes())
                .contains("ARP for 192.168.22.1 from eth0 (192.168.22.217): answered by 02:00:00:00:00:02 now, by"
                        + " 02:00:00:00:00:01 before the change: is it the same LAN?");
    }

    /** A carrier that comes after the first try: the tries that follow find it. */
    @Test
    void aLinkThatComesUpLateIsWaitedFor() throws InterruptedException {
        Baseline before = verifier.before(HOST_FILE, List.of());
        moveToBridge();
        router.ip("link set lan0 down");
        Thread late = Thread.ofPlatform().start(() -> {
            // The kernel has to have given the first try up to be no help: there is no event to wait for.
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(700).toNanos());
            router.ip("link set lan0 up");
            router.ip("addr replace 2001:db8::1/64 dev lan0 nodad");
        });
        Verdict verdict = verifier.after(before);
        late.join();
        assertThat(verdict).isInstanceOf(Verdict.Passed.class);
    }

    private void addressesAndRoutesOn(String link) {
        host.ip("addr add 192.168.22.217/24 dev " + link);
        host.ip("addr add 2001:db8::217/64 dev " + link + " nodad");
        host.ip("route add default via 192.168.22.1 dev " + link);
        host.ip("-6 route add default via 2001:db8::1 dev " + link);
    }

    private void enslave() {
        host.ip("link add br0 address 02:00:00:00:00:d9 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
        host.ip("link set br0 up");
        host.ip("link set eth0 master br0");
    }

    private void moveToBridge() {
        enslave();
        host.ip("addr flush dev eth0");
        host.ip("-6 route flush dev eth0");
        addressesAndRoutesOn("br0");
    }

    private static Verdict.Failed failed(Verdict verdict) {
        assertThat(verdict).isInstanceOf(Verdict.Failed.class);
        return (Verdict.Failed) verdict;
    }
}
