package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.desired.Found;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.TestNamespace;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import io.onlink.model.Route;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A host that has what it has of IPv6 from a router that advertises; the router's messages are real. Needs root. */
class AutomaticIpv6IT {
    private static final String OWN = "2001:db8:1:0:250:56ff:fe00:22d9";
    private static final String OWN_LINK_LOCAL = "fe80::250:56ff:fe00:22d9";
    private static final String ROUTER = "fe80::1";

    private static final Advertisement ADVERTISEMENT = new Advertisement(
            IpAddress.parse(ROUTER),
            MacAddress.parse("52:54:00:00:00:01"),
            1800,
            Route.Preference.HIGH,
            IpNetwork.parse("2001:db8:1::/64"),
            true,
            7200,
            3600,
            IpNetwork.parse("2001:db8:77::/48"));

    private static final String SEGMENT = """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
            """;

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace router = new TestNamespace();
    private final LinuxKernel kernel = host.call(LinuxKernel::open);

    @TempDir
    private Path state;

    @BeforeEach
    void aHostAndARouter() {
        host.ip("link set lo up");
        host.ip("link add eth0 address 00:50:56:00:22:d9 type veth peer name lan netns " + router.name());
        host.exec("sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra_rt_info_max_plen=64");
        router.ip("link set lan address 52:54:00:00:00:01 addrgenmode none up");
        router.ip("addr add fe80::1/64 dev lan nodad");
        router.ip("addr add 2001:db8:1::1/64 dev lan nodad");
        host.ip("link set eth0 up");
        await(() -> host.ip("-6 addr show dev eth0 scope link -tentative").contains(OWN_LINK_LOCAL));
    }

    @AfterEach
    void close() {
        kernel.close();
        host.close();
        router.close();
    }

    @Test
    void whatARouterToldGoesAlongAndComesBack() {
        hear(ADVERTISEMENT);
        await(() -> isReached(OWN));
        HostChange change = change(SEGMENT);
        make(change, change.found());

        assertThat(isReached(OWN)).isTrue();
        assertThat(addresses("eth0")).isEmpty();
        assertThat(addresses("br0")).containsExactlyInAnyOrder(OWN, OWN_LINK_LOCAL);
        assertThat(host.ip("-6 addr show dev br0")).doesNotContain("tentative", "dadfailed");
        JsonNode own = address("br0", OWN);
        assertThat(own.get("valid_life_time").asInt()).isBetween(7100, 7200);
        assertThat(own.get("preferred_life_time").asInt()).isBetween(3500, 3600);
        assertThat(own.get("mngtmpaddr").asBoolean()).isTrue();
        assertThat(address("br0", OWN_LINK_LOCAL).get("valid_life_time").asLong())
                .isEqualTo(0xffff_ffffL);
        assertThat(host.ip("-6 route show default"))
                .contains("via " + ROUTER + " dev br0 metric 1025 expires 1", "pref high")
                .doesNotContain("eth0");
        assertThat(host.ip("-6 route show 2001:db8:77::/48"))
                .contains("via " + ROUTER + " dev br0", "expires", "pref high");
        assertThat(host.ip("-6 route show 2001:db8:1::/64")).contains("dev br0 proto kernel metric 256 expires 7");
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();

        // The kernel takes what we put there for its own, and goes on with it.
        hear(ADVERTISEMENT.withRouter(1200).withValid(9000));
        assertThat(host.ip("-6 route show default"))
                .contains("via " + ROUTER + " dev br0 proto ra metric 1024 expires 1")
                .doesNotContain("1025");
        assertThat(address("br0", OWN).get("valid_life_time").asInt()).isBetween(8900, 9000);
        assertThat(expires("2001:db8:77::/48")).isBetween(1190, 1200);
        assertThat(addresses("br0")).containsExactlyInAnyOrder(OWN, OWN_LINK_LOCAL);
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();

        make(HostChange.back(kernel, change.found()), Found.untouched());
        assertThat(isReached(OWN)).isTrue();
        assertThat(addresses("eth0")).containsExactlyInAnyOrder(OWN, OWN_LINK_LOCAL);
        assertThat(host.ip("-6 addr show dev eth0")).doesNotContain("tentative", "dadfailed");
        assertThat(host.ip("-6 route show default")).contains("via " + ROUTER + " dev eth0", "expires 1");
        hear(ADVERTISEMENT);
        assertThat(host.ip("-6 route show default"))
                .contains("via " + ROUTER + " dev eth0 proto ra metric 1024 expires 1")
                .doesNotContain("1025");
        assertThat(host.ip("-6 addr show dev eth0 -tentative")).contains(OWN);
    }

    /** The bridge asks for routers itself, and dnsmasq answers within a millisecond. */
    @Test
    void aRouterThatIsHeardInTheMiddleIsThereOnce() {
        hear(ADVERTISEMENT);
        HostChange change = change(SEGMENT);
        make(change, change.found(), () -> {}, step -> {
            if (step instanceof Step.AddRoute(Route route)
                    && route.isLearned()
                    && route.destination().isDefault()) {
                advertise(ADVERTISEMENT);
                await(() -> host.ip("-6 route show default dev br0").contains("proto ra"));
            }
        });
        assertThat(host.ip("-6 route show default"))
                .containsOnlyOnce("default")
                .contains("dev br0 proto ra metric 1024 expires 1");
        advertise(ADVERTISEMENT.withRouter(0));
        await(() -> host.ip("-6 route show default").isEmpty());
    }

    /** Docker does so, and moby#43466 is the host that lost its default route by it. */
    @Test
    void aHostThatForwardsStillHearsItsRouter() {
        hear(ADVERTISEMENT);
        String file = SEGMENT + "    containers: { pool: [192.168.22.222-192.168.22.239] }\n";
        HostChange change = change(file);
        make(change, change.found());
        assertThat(sysctl("br0/accept_ra")).isEqualTo("2");
        host.exec("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        hear(ADVERTISEMENT.withRouter(1700));
        assertThat(host.ip("-6 route show default")).contains("via " + ROUTER + " dev br0 proto ra");
        assertThat(change(file, change.found()).plan().toString()).isEmpty();
    }

    @Test
    void aRouterThatIsNotObeyedIsForgotten() {
        hear(ADVERTISEMENT);
        HostChange change = change(SEGMENT + "    accept-ra: false\n");
        make(change, change.found());
        hear(ADVERTISEMENT);
        assertThat(addresses("br0")).containsExactly(OWN_LINK_LOCAL);
        assertThat(host.ip("-6 route show default")).isEmpty();
        make(HostChange.back(kernel, change.found()), Found.untouched());
        hear(ADVERTISEMENT);
        assertThat(host.ip("-6 route show default")).contains("via " + ROUTER + " dev eth0 proto ra");
    }

    @Test
    void aNetworkThatIsNotOnTheLinkIsNotThere() {
        hear(ADVERTISEMENT.withNetworkOnLink(false));
        HostChange change = change(SEGMENT);
        make(change, change.found());
        assertThat(addresses("br0")).contains(OWN);
        assertThat(host.ip("-6 route show 2001:db8:1::/64")).isEmpty();
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();
    }

    @Test
    void aTemporaryAddressStaysForItsConnectionsOnly() {
        host.exec("sysctl", "-qw", "net.ipv6.conf.eth0.use_tempaddr=2");
        hear(ADVERTISEMENT);
        String temporary = addressInfo("eth0")
                .valueStream()
                .filter(address -> address.path("temporary").asBoolean())
                .map(address -> address.get("local").asString())
                .findFirst()
                .orElseThrow();
        await(() -> isReached(temporary));
        HostChange change = change(SEGMENT);
        make(change, change.found());
        assertThat(address("br0", temporary).get("preferred_life_time").asInt()).isZero();
        assertThat(isReached(temporary)).isTrue();
        assertThat(sysctl("br0/use_tempaddr")).isEqualTo("2");
        assertThat(host.ip("-6 addr show dev br0 temporary")).contains("2001:db8:1:");
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();
    }

    @Test
    void aChangeThatIsTakenBackGivesBackWhatTheRouterTold() {
        hear(ADVERTISEMENT);
        HostChange change = change(SEGMENT);
        assertThatThrownBy(() -> make(change, change.found(), () -> {
                    throw new VerificationException("nobody answers");
                }))
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("the host is as it was before");
        assertThat(addresses("eth0")).containsExactlyInAnyOrder(OWN, OWN_LINK_LOCAL);
        assertThat(isReached(OWN)).isTrue();
        assertThat(host.ip("-6 route show default")).contains("via " + ROUTER + " dev eth0", "expires 1");
    }

    /** What the kernel gave the bridge of its random MAC address stays for ever where nobody takes it away. */
    @Test
    void aBridgeMadeByHandLosesItsOldLinkLocalAddress() {
        host.ip("link add br0 address 02:00:00:00:00:99 type bridge");
        host.ip("link set br0 up");
        host.ip("link set eth0 master br0");
        await(() -> host.ip("-6 addr show dev br0 scope link").contains("fe80::ff:fe00:99"));
        HostChange change = change(SEGMENT);
        make(change, change.found());
        assertThat(addresses("br0")).containsExactly(OWN_LINK_LOCAL);
        assertThat(addresses("eth0")).isEmpty();
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();
    }

    /** RFC 7217: a bridge has no permanent MAC address, so that of the same secret it would make other addresses than a NIC. */
    @Test
    void addressesThatHideTheMacAddressStayWhatTheyWere() {
        hideTheMacAddress();
        hear(ADVERTISEMENT);
        List<String> found = addresses("eth0");
        assertThat(found).hasSize(2).doesNotContain(OWN, OWN_LINK_LOCAL);
        HostChange change = change(SEGMENT);
        make(change, change.found());
        assertThat(addresses("eth0")).isEmpty();
        assertThat(addresses("br0")).containsExactlyInAnyOrderElementsOf(found);
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();

        hear(ADVERTISEMENT.withRouter(1200));
        assertThat(addresses("br0")).containsExactlyInAnyOrderElementsOf(found);
        assertThat(address("br0", found.getFirst()).get("valid_life_time").asInt())
                .isGreaterThan(7198);
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();

        make(HostChange.back(kernel, change.found()), Found.untouched());
        hear(ADVERTISEMENT);
        assertThat(addresses("eth0")).containsExactlyInAnyOrderElementsOf(found);
    }

    @Test
    void aMacAddressThatWasHiddenStaysHiddenFromARouterThatComesLater() {
        hideTheMacAddress();
        List<String> found = addresses("eth0");
        HostChange change = change(SEGMENT);
        make(change, change.found());
        assertThat(addresses("br0")).containsExactlyElementsOf(found);
        hear(ADVERTISEMENT);
        assertThat(addresses("br0")).hasSize(2).containsAll(found).doesNotContain(OWN);
        assertThat(change(SEGMENT, change.found()).plan().toString()).isEmpty();
        make(HostChange.back(kernel, change.found()), Found.untouched());
        assertThat(addresses("eth0")).containsAll(found).doesNotContain(OWN, OWN_LINK_LOCAL);
    }

    private void hideTheMacAddress() {
        host.ip("link set eth0 down");
        host.exec("sysctl", "-qw", "net.ipv6.conf.eth0.stable_secret=2001:db8:5ec:2e7::1");
        host.ip("link set eth0 up");
        await(() -> host.ip("-6 addr show dev eth0 scope link -tentative").contains("fe80::"));
    }

    /** With snooping the bridge passes multicast only where it was asked for; who asks nobody, gets all. */
    @Test
    void neighboursFindEachOtherThroughABridgeThatSnoopsAndHearsNoQuerier() {
        String file = SEGMENT + "    multicast-snooping: true\n";
        HostChange change = change(file);
        make(change, change.found());
        try (TestNamespace guest = new TestNamespace()) {
            host.ip("link add guest type veth peer name eth0 netns " + guest.name());
            host.ip("link set guest master br0 up");
            guest.ip("link set eth0 up");
            guest.ip("addr add 2001:db8:1::222/64 dev eth0 nodad");
            // A hundredth of a second each: who joined a group a moment ago is forgotten.
            host.exec(
                    "sh",
                    "-c",
                    "ip link set br0 type bridge mcast_membership_interval 10 mcast_last_member_interval 10");
            assertThat(host.ip("-d link show br0")).contains("mcast_snooping 1", "mcast_querier 0");
            await(() -> !host.exec("bridge", "mdb", "show", "dev", "br0").contains("port guest"));
            await(() -> isReached("2001:db8:1::222"));
            router.ip("-6 neigh flush all");
            assertThat(isReached("2001:db8:1::222")).isTrue();
            guest.ip("-6 neigh flush all");
            guest.exec("ping", "-c1", "-W5", "2001:db8:1::1");
        }
        make(HostChange.back(kernel, change.found()), Found.untouched());
        HostChange plain = change(SEGMENT);
        make(plain, plain.found());
        assertThat(host.ip("-d link show br0")).contains("mcast_snooping 0");
    }

    @Test
    void aDeclaredAddressIsMadePermanentWhereItIs() {
        host.ip("addr add 192.168.22.217/24 dev eth0 valid_lft 600 preferred_lft 300");
        host.ip("route add default via 192.168.22.1 dev eth0");
        String file = """
                version: 1
                ethernets:
                  eth0: { addresses: [192.168.22.217/24] }
                """;
        HostChange change = change(file);
        assertThat(change.plan().toString())
                .isEqualTo("ip addr change 192.168.22.217/24 broadcast 192.168.22.255 dev eth0");
        make(change, change.found());
        assertThat(address("eth0", "192.168.22.217").get("valid_life_time").asLong())
                .isEqualTo(0xffff_ffffL);
        assertThat(host.ip("route show default")).contains("via 192.168.22.1");
        assertThat(change(file, change.found()).plan().toString()).isEmpty();
        make(HostChange.back(kernel, change.found()), Found.untouched());
        assertThat(address("eth0", "192.168.22.217").get("valid_life_time").asInt())
                .isBetween(500, 600);
    }

    private void hear(Advertisement advertisement) {
        advertise(advertisement);
        // Veth delivers within the sending call, the kernel works on it in its soft interrupt right after.
        await(() ->
                isReached("2001:db8:1::1") || !host.ip("-6 addr show tentative").contains("tentative"));
    }

    private void advertise(Advertisement advertisement) {
        int index = JsonMapper.shared()
                .readTree(router.ip("-j link show lan"))
                .get(0)
                .get("ifindex")
                .asInt();
        router.call(() -> {
            advertisement.send(index);
            return index;
        });
    }

    private boolean isReached(String address) {
        try {
            router.exec("ping", "-c1", "-W1", address);
            return true;
        } catch (AssertionError silent) {
            return false;
        }
    }

    private int expires(String destination) {
        return JsonMapper.shared()
                .readTree(host.ip("-j -6 route show " + destination))
                .get(0)
                .get("expires")
                .asInt();
    }

    private String sysctl(String name) {
        return host.exec("cat", "/proc/sys/net/ipv6/conf/" + name).strip();
    }

    private List<String> addresses(String link) {
        List<String> addresses = new ArrayList<>();
        addressInfo(link).forEach(address -> addresses.add(address.get("local").asString()));
        return addresses;
    }

    private JsonNode addressInfo(String link) {
        return JsonMapper.shared()
                .readTree(host.ip("-j -6 addr show dev " + link))
                .path(0)
                .path("addr_info");
    }

    private JsonNode address(String link, String ip) {
        JsonNode all = JsonMapper.shared()
                .readTree(host.ip("-j addr show dev " + link))
                .path(0)
                .path("addr_info");
        for (JsonNode address : all) {
            if (address.get("local").asString().equals(ip)) {
                return address;
            }
        }
        throw new AssertionError(link + " has no " + ip + ": " + all);
    }

    private static void await(BooleanSupplier condition) {
        Instant limit = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("a condition that should come true").isBefore(limit);
            Thread.onSpinWait();
        }
    }

    private HostChange change(String file) {
        return change(file, Found.untouched());
    }

    private HostChange change(String file, Found found) {
        return HostChange.to(HostFile.parse("host.yaml", file), kernel, found, false);
    }

    private void make(HostChange change, Found found) {
        make(change, found, () -> {});
    }

    private void make(HostChange change, Found found, Runnable verification) {
        make(change, found, verification, step -> {});
    }

    private void make(HostChange change, Found found, Runnable verification, Consumer<Step> meanwhile) {
        StateDirectory directory = new StateDirectory(state);
        var _ = new Transaction(directory, kernel, () -> () -> {}, meanwhile, InstantSource.system())
                .run(change, new Journal.Outcome(found, "version: 1"), verification, Optional.empty());
    }
}
