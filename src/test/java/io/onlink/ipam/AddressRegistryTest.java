package io.onlink.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.agent.Store;
import io.onlink.attach.Endpoint;
import io.onlink.attach.SegmentNetwork;
import io.onlink.docker.IpamDriver.LeasedAddress;
import io.onlink.docker.IpamDriver.ReleaseAddress;
import io.onlink.docker.IpamDriver.RequestAddress;
import io.onlink.docker.IpamDriver.RequestPool;
import io.onlink.docker.Options;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Which address a container gets, on the store that the agent uses. */
class AddressRegistryTest {
    private static final HostFile FILE = HostFile.parse("host.yaml", """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:face::217:1/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:face::1" }
                containers:
                  pool: [192.168.22.222-192.168.22.225, "2001:db8:face::222:0/112"]
              Access-Segment:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24, "2001:db8:cafe::217:1/64"]
                containers:
                  pool: ["2001:db8:cafe::222:0/112"]
              Host-Segment:
                bridge: br2
                uplink: eth2
                addresses: [192.168.62.217/24]
            """);
    private static final List<Subnet> SUBNETS = FILE.segments().values().stream()
            .flatMap(segment -> Subnet.of(segment).stream())
            .toList();
    private static final Subnet SERVICE = SUBNETS.get(0);
    private static final Subnet SERVICE_6 = SUBNETS.get(1);
    private static final Subnet ACCESS = SUBNETS.get(2);

    @TempDir
    private Path directory;

    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final Map<String, String> holders = new HashMap<>();

    /** Dead endpoints that are joined when somebody wants what they have. */
    private final Set<String> joinedAgain = new HashSet<>();

    private Store store;

    /** Who is seen to start; null if nobody is. */
    private String asking;

    private ClaimTurns turns = new ClaimTurns(Duration.ZERO, Duration.ZERO);
    private AddressRegistry registry;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("onlink.db"), () -> now);
        registry = registry(SUBNETS);
    }

    private AddressRegistry registry(List<Subnet> subnets) {
        return new AddressRegistry(
                () -> subnets,
                store,
                new Holders(),
                detached -> Optional.ofNullable(asking),
                turns,
                AddressProbe.NONE,
                () -> now);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private final class Holders implements LeaseHolders {
        @Override
        public Optional<String> holder(String endpoint) {
            return Optional.ofNullable(holders.get(endpoint));
        }

        @Override
        public boolean takeFromDead(String endpoint, Runnable taking) {
            if (joinedAgain.remove(endpoint)) {
                holders.put(endpoint, "container web");
            }
            if (holder(endpoint).isPresent()) {
                return false;
            }
            taking.run();
            return true;
        }
    }

    @Test
    void aPoolIsFoundByItsSubnet() {
        assertThat(registry.requestPool(pool("192.168.22.0/24", "{}")).subnet()).isEqualTo(SERVICE.network());
        assertThat(registry.requestPool(pool("2001:db8:face::/64", "{}")).subnet())
                .isEqualTo(SERVICE_6.network());
    }

    /** An engine asks for ever for one that it did not name and that overlaps a network of the host's. */
    @Test
    void aSubnetHasToBeNamed() {
        assertThatThrownBy(() -> registry.requestPool(pool("", "{\"onlink.segment\":\"Access-Segment\"}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "segment Access-Segment has to name its IPv4 network: add --subnet 192.168.52.0/24");
        assertThatThrownBy(() -> registry.requestPool(new RequestPool(
                        "OnlinkLocal", "", "", options("{\"onlink.segment\":\"Access-Segment\"}"), true)))
                .hasMessageContaining("its IPv6 network: add --subnet 2001:db8:cafe::/64");
    }

    @Test
    void optionsThatThereAreNotAreRefused() {
        assertThatThrownBy(() -> registry.requestPool(pool("192.168.22.0/24", "{\"onlink.segmnt\":\"x\"}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("onlink.segmnt: there is no such option");
    }

    @Test
    void twoNetworksOfOneSegmentShareThePool() {
        assertThat(registry.requestPool(pool("192.168.22.0/24", "{}")))
                .isEqualTo(registry.requestPool(pool("192.168.22.0/24", "{}")));
    }

    @Test
    void segmentsInTwoVrfsMayHaveTheSameSubnet() {
        List<Subnet> twins = HostFile.parse("host.yaml", """
                        version: 1
                        segments:
                          Red:
                            bridge: br0
                            uplink: eth0
                            addresses: [192.168.22.217/24]
                            containers: { pool: [192.168.22.222-192.168.22.225] }
                          Blue:
                            bridge: br1
                            uplink: eth1
                            addresses: [192.168.22.217/24]
                            containers: { pool: [192.168.22.222-192.168.22.225] }
                        vrfs:
                          red: { table: 10, interfaces: [br0] }
                          blue: { table: 20, interfaces: [br1] }
                        """).segments().values().stream()
                .flatMap(segment -> Subnet.of(segment).stream())
                .toList();
        AddressRegistry both = registry(twins);
        assertThatThrownBy(() -> both.requestPool(pool("192.168.22.0/24", "{}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("more than one segment (Red, Blue)")
                .hasMessageContaining("--ipam-opt onlink.segment=NAME");
        for (String segment : List.of("Red", "Blue")) {
            String id = both.requestPool(pool("192.168.22.0/24", "{\"onlink.segment\":\"%s\"}".formatted(segment)))
                    .id();
            both.requestAddress(new RequestAddress(id, IpAddress.parse("192.168.22.5"), Options.NONE));
        }
        assertThat(store.leases()).extracting(Lease::segment).containsExactlyInAnyOrder("Red", "Blue");
    }

    @Test
    void aSegmentWithoutContainersIsNoDockerNetwork() {
        assertThat(SUBNETS).hasSize(4);
        assertThatThrownBy(() -> registry.requestPool(pool("192.168.62.0/24", "{}")))
                .hasMessageContaining("--subnet 192.168.62.0/24 is not that of a segment");
    }

    @Test
    void whoComesByANetworkWhoseSegmentIsGoneIsToldToRemoveIt() {
        String id = registry.requestPool(pool("192.168.52.0/24", "{}")).id();
        RequestAddress asked = new RequestAddress(id, IpAddress.parse("192.168.52.5"), Options.NONE);
        assertThatThrownBy(() -> registry(List.of(SERVICE)).requestAddress(asked))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the host file has no segment Access-Segment with 'containers' any more")
                .hasMessageContaining("docker network rm Access-Segment");
        Subnet other =
                new Subnet("Access-Segment", SERVICE_6.network(), SERVICE_6.gateway(), new TreeMap<>(), List.of());
        assertThatThrownBy(() -> registry(List.of(SERVICE, other)).requestAddress(asked))
                .hasMessageContaining("segment Access-Segment has no network 192.168.52.0/24 any more");
    }

    @Test
    void otherSubnetsAreRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> registry.requestPool(pool("10.0.0.0/8", "{}")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("10.0.0.0/8")
                .hasMessageContaining("Service-Segment (192.168.22.0/24)")
                .hasMessageContaining("Access-Segment (192.168.52.0/24)");
        assertThatThrownBy(() -> registry.requestPool(pool("", "{}"))).hasMessageContaining("--subnet");
        assertThatThrownBy(() -> registry.requestPool(pool("192.168.22.5/24", "{}")))
                .hasMessageContaining("the network is 192.168.22.0/24");
        assertThatThrownBy(() -> registry.requestPool(
                        new RequestPool("", "192.168.22.0/24", "192.168.23.0/28", Options.NONE, false)))
                .hasMessageContaining("--ip-range 192.168.23.0/28");
    }

    @Test
    void theGatewayIsTheRouterAndNoLease() {
        String pool = poolId(SERVICE);
        assertThat(gateway(pool, null)).isEqualTo("192.168.22.1/24");
        assertThat(gateway(pool, "192.168.22.1")).isEqualTo("192.168.22.1/24");
        assertThat(gateway(poolId(ACCESS), null)).isEqualTo("192.168.52.217/24");
        assertThatThrownBy(() -> gateway(pool, "192.168.22.9")).hasMessageContaining("here 192.168.22.1");
        assertThat(store.leases()).isEmpty();
    }

    @Test
    void aFreeAddressMayBeAnyOfTheNetwork() {
        assertThat(claim(SERVICE, "192.168.22.5")).isEqualTo("192.168.22.5/24");
        assertThat(claim(SERVICE_6, "2001:db8:face::5")).isEqualTo("2001:db8:face::5/64");
    }

    @Test
    void noContainerGetsAnAddressThatIsSomebodyElses() {
        assertRefused(SERVICE, "192.168.22.217", "the host's own");
        assertRefused(SERVICE, "192.168.22.1", "a router's");
        assertRefused(SERVICE, "192.168.22.0", "network's own");
        assertRefused(SERVICE, "192.168.22.255", "broadcast");
        assertRefused(SERVICE, "192.168.23.5", "not in 192.168.22.0/24");
        assertRefused(SERVICE_6, "2001:db8:face::", "anycast");
        assertThat(claim(SERVICE_6, "2001:db8:face::ffff")).isNotNull();
    }

    @Test
    void anAddressInUseNamesItsHolder() {
        claim(SERVICE, "192.168.22.222");
        endpoint("e1", "192.168.22.222/24");
        holders.put("e1", "container web");
        assertRefused(SERVICE, "192.168.22.222", "in use by container web");
    }

    @Test
    void theLeaseOfAnEndpointThatIsNoMoreIsGivenAway() {
        claim(SERVICE, "192.168.22.222");
        endpoint("e1", "192.168.22.222/24");
        assertThat(claim(SERVICE, "192.168.22.222")).isEqualTo("192.168.22.222/24");
    }

    @Test
    void theLeaseOfAnEndpointThatIsJoinedAgainIsNotGivenAway() {
        claim(SERVICE, "192.168.22.222");
        endpoint("e1", "192.168.22.222/24");
        joinedAgain.add("e1");
        assertRefused(SERVICE, "192.168.22.222", "in use by a container that starts just now");
        holders.remove("e1");
        joinedAgain.add("e1");
        assertThat(claim(SERVICE, null)).isEqualTo("192.168.22.223/24");
    }

    @Test
    void aClaimOfWhichNothingCameExpires() {
        claim(SERVICE, "192.168.22.222");
        assertRefused(SERVICE, "192.168.22.222", "starts just now");
        now = now.plus(AddressRegistry.CLAIM_LIFETIME);
        assertThat(claim(SERVICE, "192.168.22.222")).isEqualTo("192.168.22.222/24");
    }

    @Test
    void theSameClaimantMayAskAgain() {
        String pool = poolId(SERVICE);
        Options mac = options("{\"com.docker.network.endpoint.macaddress\":\"02:42:c0:a8:16:de\"}");
        IpAddress address = IpAddress.parse("192.168.22.222");
        registry.requestAddress(new RequestAddress(pool, address, mac));
        assertThat(registry.requestAddress(new RequestAddress(pool, address, mac))
                        .address())
                .hasToString("192.168.22.222/24");
    }

    @Test
    void anAuxiliaryAddressLastsAsLongAsItsNetwork() {
        claim(SERVICE, "192.168.22.9");
        store.put(new SegmentNetwork("n2", "Service-Segment"), List.of(IpAddress.parse("192.168.22.9")));
        now = now.plusSeconds(3600);
        assertRefused(SERVICE, "192.168.22.9", "--aux-address of Docker network n2");
        store.removeNetwork("n2");
        assertThat(claim(SERVICE, "192.168.22.9")).isNotNull();
    }

    @Test
    void aLateReleaseDoesNotTakeTheNextHoldersAddress() {
        claim(SERVICE, "192.168.22.222");
        endpoint("e1", "192.168.22.222/24");
        holders.put("e1", "container web");
        release(SERVICE, "192.168.22.222");
        assertRefused(SERVICE, "192.168.22.222", "container web");
        store.removeEndpoint("e1");
        release(SERVICE, "192.168.22.222");
        assertThat(claim(SERVICE, "192.168.22.222")).isNotNull();
    }

    @Test
    void aLateReleaseDoesNotTakeTheNextClaimantsAddress() {
        claim(SERVICE, "192.168.22.222");
        now = now.plus(AddressRegistry.CLAIM_LIFETIME);
        claim(SERVICE, "192.168.22.222");
        release(SERVICE, "192.168.22.222");
        assertRefused(SERVICE, "192.168.22.222", "a container that starts just now");
        // The second is the present claimant's.
        release(SERVICE, "192.168.22.222");
        assertThat(claim(SERVICE, "192.168.22.222")).isNotNull();
    }

    @Test
    void aReleaseThatNeverComesIsNotWaitedForForLong() {
        claim(SERVICE, "192.168.22.222");
        now = now.plus(AddressRegistry.CLAIM_LIFETIME);
        registry.forgetDeadClaims();
        now = now.plusSeconds(121);
        claim(SERVICE, "192.168.22.222");
        release(SERVICE, "192.168.22.222");
        assertThat(store.leases()).isEmpty();
    }

    @Test
    void releasingTwiceDoesNoHarm() {
        claim(SERVICE, "192.168.22.222");
        release(SERVICE, "192.168.22.222");
        release(SERVICE, "192.168.22.222");
        assertThat(store.leases()).isEmpty();
    }

    @Test
    void thePoolGoesRound() {
        assertThat(any(SERVICE)).isEqualTo("192.168.22.222/24");
        release(SERVICE, "192.168.22.222");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.223/24");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.224/24");
        claim(SERVICE, "192.168.22.222");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.225/24");
        assertThatThrownBy(() -> any(SERVICE))
                .hasMessageContaining("192.168.22.222-192.168.22.225")
                .hasMessageContaining("is full")
                .hasMessageContaining("--ip");
        release(SERVICE, "192.168.22.223");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.223/24");
    }

    @Test
    void aSegmentWithoutAPoolWantsAnAddress() {
        assertThatThrownBy(() -> any(ACCESS)).hasMessageContaining("no pool").hasMessageContaining("--ip");
    }

    @Test
    void anIpRangeIsAPoolOfItsOwn() {
        String pool = registry.requestPool(
                        new RequestPool("", "192.168.22.0/24", "192.168.22.216/29", Options.NONE, false))
                .id();
        assertThat(request(pool, null)).isEqualTo("192.168.22.216/24");
        assertThat(request(pool, null)).isEqualTo("192.168.22.218/24");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.222/24");
    }

    @Test
    void aContainerHasItsPooledAddressesAgain() {
        String four = any(SERVICE);
        endpoint("e1", four);
        store.name("e1", "web", null);
        gone("e1", SERVICE, four);
        // Somebody else asks: he gets none that another had.
        assertThat(any(SERVICE)).isNotEqualTo(four);
        asking = "web";
        assertThat(any(SERVICE)).isEqualTo(four);
    }

    @Test
    void thePooledAddressBesideAFixedOneIsTheSameAtEveryStart() {
        turns = new ClaimTurns(Duration.ofSeconds(10), Duration.ofSeconds(10));
        store.close();
        open();
        List<String> given = new ArrayList<>();
        for (int start = 0; start < 3; start++) {
            for (String fixed : List.of("192.168.22.222", "192.168.22.223")) {
                claim(SERVICE, fixed);
                String six = any(SERVICE_6);
                turns.end("Service-Segment", IpAddress.parse(fixed));
                given.add(fixed + " " + six);
                endpoint("4" + fixed, fixed + "/24");
                endpoint("6" + fixed, six);
                store.name("4" + fixed, "container of " + fixed, null);
                store.name("6" + fixed, "container of " + fixed, null);
                gone("4" + fixed, SERVICE, fixed);
                gone("6" + fixed, SERVICE_6, six);
            }
        }
        assertThat(new HashSet<>(given)).hasSize(2);
    }

    @Test
    void aLateReleaseDoesNotMakeItUncertainWhoAsks() {
        turns = new ClaimTurns(Duration.ofSeconds(10), Duration.ofSeconds(10));
        store.close();
        open();
        claim(SERVICE, "192.168.22.222");
        String six = any(SERVICE_6);
        turns.end("Service-Segment", IpAddress.parse("192.168.22.222"));
        endpoint("4", "192.168.22.222/24");
        endpoint("6", six);
        store.name("4", "web", null);
        store.name("6", "web", null);
        store.removeEndpoint("4");
        store.removeEndpoint("6");
        claim(SERVICE, "192.168.22.222");
        release(SERVICE, "192.168.22.222");
        release(SERVICE_6, six.replaceFirst("/.*", ""));
        assertThat(any(SERVICE_6)).isEqualTo(six);
    }

    @Test
    void aFullPoolTakesFromTheContainerThatWasRemovedFirst() {
        for (String name : List.of("a", "b", "c", "d")) {
            String address = any(SERVICE);
            endpoint(name, address);
            store.name(name, name, null);
            gone(name, SERVICE, address);
        }
        store.containers(List.of("a", "c", "d"));
        now = now.plusSeconds(60);
        store.containers(List.of("c", "d"));
        assertThat(any(SERVICE)).isEqualTo("192.168.22.223/24");
        assertThat(any(SERVICE)).isEqualTo("192.168.22.222/24");
    }

    @Test
    void whatTheUserNamedForAContainerIsNobodyElses() {
        for (String address : List.of("192.168.22.222", "192.168.22.223", "192.168.22.224", "192.168.22.225")) {
            claim(SERVICE, address);
            endpoint(address, address + "/24");
            store.name(address, "container of " + address, null);
            gone(address, SERVICE, address);
        }
        assertThatThrownBy(() -> any(SERVICE)).hasMessageContaining("is full").hasMessageContaining("onlink leases");
        store.containers(List.of());
        assertThat(any(SERVICE)).isNotNull();
    }

    /** As the engine does at a container's end. */
    private void gone(String endpoint, Subnet subnet, String address) {
        store.removeEndpoint(endpoint);
        release(subnet, address.replaceFirst("/.*", ""));
    }

    @Test
    void aHugePoolIsNotEnumerated() {
        String pool = registry.requestPool(
                        new RequestPool("", "2001:db8:face::/64", "2001:db8:face::/64", Options.NONE, true))
                .id();
        assertThat(request(pool, null)).isEqualTo("2001:db8:face::2/64");
    }

    /** Claims, releases, ends of containers and restarts of the agent in any order: never twice, never somebody else's. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noAddressIsEverGivenTwice(long seed) {
        Random random = new Random(seed);
        List<String> held = new ArrayList<>();
        Set<String> distinct = new HashSet<>();
        for (int i = 0; i < 150; i++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> keep(random.nextBoolean() ? SERVICE : SERVICE_6, null, held, distinct);
                case 2 -> keep(SERVICE, "192.168.22." + random.nextInt(215, 230), held, distinct);
                case 3 -> {
                    if (!held.isEmpty()) {
                        String address = held.remove(random.nextInt(held.size()));
                        distinct.remove(address);
                        store.endpoints().stream()
                                .filter(endpoint -> endpoint.addresses()
                                        .anyMatch(a -> a.ip().toString().equals(address)))
                                .forEach(endpoint -> store.removeEndpoint(endpoint.id()));
                        release(address.contains(":") ? SERVICE_6 : SERVICE, address);
                    }
                }
                default -> {
                    store.close();
                    open();
                }
            }
            now = now.plusSeconds(random.nextInt(60));
        }
        assertThat(held).isNotEmpty();
    }

    private void keep(Subnet subnet, String wanted, List<String> held, Set<String> distinct) {
        String given;
        try {
            given = request(poolId(subnet), wanted);
        } catch (ConfigurationException refused) {
            assertThat(wanted == null && subnet.equals(SERVICE_6))
                    .as("the large pool is never full: %s", refused.getMessage())
                    .isFalse();
            return;
        }
        InterfaceAddress address = InterfaceAddress.parse(given);
        assertThat(subnet.refusal(address.ip())).isEmpty();
        assertThat(distinct.add(address.ip().toString()))
                .as("%s given twice", address)
                .isTrue();
        held.add(address.ip().toString());
        String endpoint = "e" + given;
        endpoint(endpoint, given);
        holders.put(endpoint, "container of " + given);
    }

    private void endpoint(String id, String address) {
        store.put(new SegmentNetwork("n1", "Service-Segment"), List.of());
        InterfaceAddress with = InterfaceAddress.parse(address);
        boolean ipv4 = with.ip().toString().indexOf(':') < 0;
        store.put(new Endpoint(
                id,
                "n1",
                "Service-Segment",
                ipv4 ? with : null,
                ipv4 ? null : with,
                MacAddress.parse("02:42:00:00:00:01"),
                null,
                null,
                null,
                now));
    }

    private void assertRefused(Subnet subnet, String address, String reason) {
        assertThatThrownBy(() -> claim(subnet, address))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(address)
                .hasMessageContaining(reason);
    }

    private String any(Subnet subnet) {
        return request(poolId(subnet), null);
    }

    private String claim(Subnet subnet, String address) {
        return request(poolId(subnet), address);
    }

    private String request(String pool, String address) {
        return text(registry.requestAddress(
                new RequestAddress(pool, address == null ? null : IpAddress.parse(address), Options.NONE)));
    }

    private void release(Subnet subnet, String address) {
        registry.releaseAddress(new ReleaseAddress(poolId(subnet), IpAddress.parse(address)));
    }

    private String gateway(String pool, String address) {
        return text(registry.requestAddress(new RequestAddress(
                pool,
                address == null ? null : IpAddress.parse(address),
                options("{\"RequestAddressType\":\"com.docker.network.gateway\"}"))));
    }

    private String poolId(Subnet subnet) {
        return registry.requestPool(pool(subnet.network().toString(), "{}")).id();
    }

    private static RequestPool pool(String subnet, String options) {
        return new RequestPool("OnlinkLocal", subnet, "", options(options), subnet.contains(":"));
    }

    private static Options options(String json) {
        return JsonMapper.shared().readValue(json, Options.class);
    }

    private static String text(LeasedAddress leased) {
        return leased.address().toString();
    }
}
