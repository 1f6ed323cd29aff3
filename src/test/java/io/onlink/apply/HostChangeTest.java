package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.coexistence.OtherPrograms;
import io.onlink.desired.ContainerPort;
import io.onlink.desired.Found;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Veth;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds for every plan, over random hosts and random files, on a kernel stricter than Linux. */
class HostChangeTest {
    @TempDir
    private Path directory;

    /** Of each seed, by {@link #aFailedStepUndoesThoseBeforeIt}. */
    private static final int FAILING_STEPS = 2;

    /** Nor does a journal age, however busy the machine is: the fake kernel has a clock of its own. */
    private static final InstantSource NO_TIME_PASSES = InstantSource.fixed(Instant.parse("2999-01-01T00:00:00Z"));

    private static final int SEEDS = Integer.getInteger("onlink.seeds", 10_000);

    @Test
    void afterApplyThePlanIsEmpty() {
        forEachSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            Found found = apply(kernel, host.file(), Found.untouched());
            // The second run may be by a program that knows what was found, or one whose memory was lost.
            assertThat(found.links()).isNotEmpty();
        });
    }

    @Test
    void downGivesTheHostBackAsItWasFound() {
        forEachSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            NetworkState before = kernel.observe();
            Found found = apply(kernel, host.file(), Found.untouched());
            down(kernel, found);
            assertThat(comparable(kernel.observe())).isEqualTo(comparable(before));
        });
    }

    @Test
    void whatRoutersToldIsOnTheBridgeAndRunsOutThere() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            NetworkState before = kernel.observe();
            HostFile file = HostFile.parse("host.yaml", host.file());
            HostChange change = change(kernel, file);
            perform(kernel, change);
            for (Segment segment : file.segments().values()) {
                assertThat(told(kernel.observe(), segment.link()))
                        .containsAll(told(before, segment.uplink()).stream()
                                .map(what -> what.replace(segment.uplink(), segment.link()))
                                .toList());
                assertThat(told(kernel.observe(), segment.uplink())).isEmpty();
            }
            for (int minutes = 0; minutes < 70; minutes += 7) {
                kernel.tick(7 * 60);
                assertThat(HostChange.to(file, kernel, change.found(), false)
                                .plan()
                                .steps())
                        .as("after %d minutes", minutes)
                        .noneMatch(step -> step instanceof Step.AddAddress(Address address) && address.isLearned());
            }
        });
    }

    /** Addresses and routes that run out, as long as they are good for. */
    private static List<String> told(NetworkState state, String link) {
        return Stream.concat(
                        state.addresses().stream()
                                .filter(a -> a.link().equals(link) && a.isLearned())
                                .map(a -> a.address() + " " + a.lifetime().valid()),
                        state.routes().stream()
                                .filter(r -> r.isLearned() && r.uses(link))
                                .map(r -> r.destination() + " " + r.nextHops() + " " + r.advertised()))
                .sorted()
                .toList();
    }

    @Test
    void everySegmentHasTheLinkLocalAddressOfItsMac() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            HostFile file = HostFile.parse("host.yaml", host.file());
            perform(kernel, change(kernel, file));
            NetworkState after = kernel.observe();
            for (Segment segment : file.segments().values()) {
                MacAddress mac = Objects.requireNonNull(after.link(segment.link()))
                        .attributes()
                        .mac();
                assertThat(linkLocals(after, segment.link()))
                        .containsExactly(Objects.requireNonNull(mac).linkLocal());
                assertThat(after.addressesOf(segment.uplink())).noneMatch(address -> address.family() == Family.IPV6);
            }
        });
    }

    private static List<IpAddress> linkLocals(NetworkState state, String link) {
        return state.addressesOf(link).stream()
                .map(Address::ip)
                .filter(IpAddress::isIpv6LinkLocal)
                .toList();
    }

    @Test
    void whatTheFileDeclaresDoesNotRunOut() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            HostFile file = HostFile.parse("host.yaml", host.file());
            perform(kernel, change(kernel, file));
            kernel.tick(1_000_000);
            Stream.concat(
                            file.segments().values().stream()
                                    .flatMap(s -> s.addresses().stream().map(a -> a + " " + s.link())),
                            file.ethernets().values().stream()
                                    .flatMap(e -> e.addresses().stream().map(a -> a + " " + e.name())))
                    .forEach(declared -> assertThat(kernel.observe().addresses())
                            .anyMatch(a -> (a.address() + " " + a.link()).equals(declared)));
        });
    }

    @Test
    void downGivesTheHostBackAfterSeveralFiles() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            NetworkState before = kernel.observe();
            Found found = Found.untouched();
            for (int i = 0; i < 3; i++) {
                found = apply(kernel, host.file(), found);
            }
            down(kernel, found);
            // An address that went with one file and came with the next is not taken away once more for these.
            assertThat(comparable(withoutDetails(kernel.observe()))).isEqualTo(comparable(withoutDetails(before)));
        });
    }

    /** Some steps of each host's plan, each failing once. */
    @Test
    void aFailedStepUndoesThoseBeforeIt() {
        forEachFifthSeed(host -> {
            HostFile file = HostFile.parse("host.yaml", host.file());
            FakeKernel kernel = new FakeKernel(host.state());
            NetworkState before = kernel.observe();
            HostChange change = change(kernel, file);
            int steps = change.plan().steps().size();
            for (int trial = 0; trial < FAILING_STEPS; trial++) {
                int fail = 1 + host.random().nextInt(steps);
                if (change.plan().steps().get(fail - 1) instanceof Step.Announce) {
                    continue;
                }
                kernel.failAt(fail);
                assertThatThrownBy(() -> run(kernel, change))
                        .isInstanceOf(KernelException.class)
                        .hasMessageContaining("step " + fail + " of " + steps)
                        .hasMessageContaining("EIO")
                        .hasMessageContaining("\nthe host is as it was before");
                assertThat(comparable(kernel.observe())).isEqualTo(comparable(before));
            }
        });
    }

    @Test
    void aPlanNamesOnlyWhatTheFileNames() {
        forEachFifthSeed(host -> {
            HostFile file = HostFile.parse("host.yaml", host.file());
            HostChange change = change(new FakeKernel(host.state()), file);
            String plan = change.plan().toString();
            assertThat(plan).doesNotContain("other0").doesNotContain("veth1");
        });
    }

    @Test
    void theSameInputGivesTheSamePlan() {
        forEachFifthSeed(host -> {
            HostFile file = HostFile.parse("host.yaml", host.file());
            Plan one = change(new FakeKernel(host.state()), file).plan();
            Plan other = change(new FakeKernel(host.state()), file).plan();
            assertThat(one).isEqualTo(other);
        });
    }

    @Test
    void whatWasFoundSurvivesBeingWrittenDown() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            Found found =
                    change(kernel, HostFile.parse("host.yaml", host.file())).found();
            String json = StateJson.mapper().writeValueAsString(found);
            assertThat(StateJson.mapper().readValue(json, Found.class)).isEqualTo(found);
        });
    }

    @Test
    void whatAnOlderVersionWroteDownIsRead() {
        Found found = Found.untouched();
        String json = StateJson.mapper().writeValueAsString(found);
        String older = json.replaceFirst("\"redirects\" : \\[ \\],\\s*", "")
                .replaceFirst("(?s)\"firewall\" : \\{.*?\\},\\s*(?=\"sysctls)", "");
        assertThat(older).doesNotContain("firewall").contains("sysctls");
        assertThat(older).isNotEqualTo(json);
        assertThat(StateJson.mapper().readValue(older, Found.class)).isEqualTo(found);
    }

    /** Of a bridge that was not told so it is true. */
    @Test
    void whatAnOlderVersionDidNotKnowOfABridgeIsOff() {
        Bridge bridge =
                new Bridge(LinkAttributes.named("br0"), new Bridge.Options(false, 0, false, false, false, true, false));
        String json = StateJson.mapper().writeValueAsString(bridge);
        String older = json.replaceFirst("\"noLinkLocalLearning\" : false,\\s*", "");
        assertThat(older).isNotEqualTo(json);
        assertThat(StateJson.mapper().readValue(older, Bridge.class)).isEqualTo(bridge);
    }

    /** While a link has the host's addresses it is never more open than both before and after. */
    @Test
    void theFirewallIsClosedBeforeAnythingMovesAndOpenedAfterwards() {
        forEachFifthSeed(host -> {
            FakeKernel kernel = new FakeKernel(host.state());
            Found found = apply(kernel, host.file(), Found.untouched());
            HostChange change = HostChange.to(HostFile.parse("host.yaml", host.file()), kernel, found, false);
            Firewall before = change.observed().firewall();
            Firewall after = change.desired().firewall();
            List<Step> steps = change.plan().steps();
            List<Step> others = steps.stream()
                    .filter(step -> !(step instanceof Step.SetFirewall) && !(step instanceof Step.Announce))
                    .toList();
            for (Step step : steps) {
                kernel.perform(step);
                if (others.contains(step)) {
                    Firewall now = kernel.observe().firewall();
                    assertThat(now.closed()).containsAllEntriesOf(after.closed());
                    assertThat(now.closed().keySet())
                            .containsAll(before.closed().keySet());
                }
            }
            assertThat(kernel.observe().firewall()).isEqualTo(after);
        });
    }

    @Test
    void aKernelWithoutFirewallIsRefusedAndLeftAlone() {
        String file = """
                version: 1
                segments:
                  Segment0: { bridge: br0, uplink: eth0, addresses: [10.0.0.11/24] }
                firewall:
                  Segment0: { allow: [tcp/22] }
                """;
        RandomHost host = firstHostWith("eth0");
        FakeKernel kernel = new FakeKernel(host.state(), Set.of("bridge", "veth", FakeKernel.WITHOUT_FIREWALL));
        HostFile parsed = HostFile.parse("host.yaml", file);
        assertThatThrownBy(() -> HostChange.to(parsed, kernel, Found.untouched(), false))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("host.yaml:5:3: firewall.Segment0")
                .hasMessageContaining("--skip-unsupported");
        HostChange change = HostChange.to(parsed, kernel, Found.untouched(), true);
        assertThat(change.leftOut()).singleElement().asString().contains("everybody gets in");
        assertThat(change.plan().toString()).doesNotContain("nft").contains("br0");
        run(kernel, change);
    }

    @Test
    void aKernelWithoutVrfIsRefusedAndLeftAlone() {
        String file = """
                version: 1
                segments:
                  Segment0: { bridge: br0, uplink: eth0, addresses: [10.0.0.11/24] }
                ethernets:
                  eth1: { addresses: [10.1.0.11/24] }
                vrfs:
                  mgmt0: { table: 10, interfaces: [eth1], routes: [{ to: default, via: 10.1.0.1 }] }
                """;
        RandomHost host = firstHostWith("eth1");
        FakeKernel kernel = new FakeKernel(host.state(), Set.of("bridge", "veth"));
        HostFile parsed = HostFile.parse("host.yaml", file);
        assertThatThrownBy(() -> HostChange.to(parsed, kernel, Found.untouched(), false))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("mgmt0")
                .hasMessageContaining("CONFIG_NET_VRF");
        HostChange change = HostChange.to(parsed, kernel, Found.untouched(), true);
        assertThat(change.leftOut()).singleElement().asString().contains("mgmt0");
        assertThat(change.plan().toString()).doesNotContain("mgmt0").contains("br0");
        run(kernel, change);
    }

    private void run(FakeKernel kernel, HostChange change) {
        StateDirectory state =
                new StateDirectory(directory.resolve(Thread.currentThread().getName()), new UnsyncedDisk());
        var _ = new Transaction(
                        state,
                        kernel,
                        () -> () -> {},
                        step -> {},
                        NO_TIME_PASSES,
                        OtherPrograms.ofThisHost(command -> {}),
                        () -> Duration.ZERO)
                .run(change, new Journal.Outcome(change.found(), "version: 1"), () -> {}, Optional.empty());
        assertThat(state.readJournal()).isEmpty();
    }

    /** Without a journal: these tests are about the plan, and a disk takes its time. */
    private static void perform(FakeKernel kernel, HostChange change) {
        change.plan().steps().forEach(kernel::perform);
        kernel.passTime();
        assertThat(Plan.between(kernel.observe(), change.desired()).steps()).isEmpty();
    }

    @Test
    void aChangeThatCannotBeRememberedIsTakenBack() {
        RandomHost host = new RandomHost(0);
        FakeKernel kernel = new FakeKernel(host.state());
        NetworkState before = kernel.observe();
        HostChange change = change(kernel, HostFile.parse("host.yaml", host.file()));
        // Where the next journal would be written: as from a disk that is full, since the test's root may write all.
        Transaction transaction = new Transaction(
                new StateDirectory(directory),
                kernel,
                () -> () -> {},
                step -> assertThatCode(() -> Files.createDirectories(directory.resolve("journal.json.new/x")))
                        .doesNotThrowAnyException(),
                NO_TIME_PASSES);
        assertThatThrownBy(() -> transaction.run(
                        change, new Journal.Outcome(change.found(), "version: 1"), () -> {}, Optional.empty()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("--state-dir")
                .hasMessageContaining("\nthe host is as it was before");
        assertThat(comparable(kernel.observe())).isEqualTo(comparable(before));
    }

    @Test
    void aRouteThatWouldComeBackIsNotOneToDelete() {
        RandomHost host = firstHostWith("eth1");
        NetworkState.Builder plain = new NetworkState.Builder();
        plain.put(Objects.requireNonNull(host.state().link("eth0"))
                .withMaster(null)
                .withUp(true));
        plain.put(Objects.requireNonNull(host.state().link("eth1"))
                .withMaster(null)
                .withUp(true));
        plain.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("10.0.0.11/24")));
        plain.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("10.0.0.1"), "eth0"));
        FakeKernel kernel = new FakeKernel(plain.build());
        String file = """
                version: 1
                segments:
                  Segment0:
                    bridge: br0
                    uplink: %s
                    addresses: [10.0.0.11/24]
                    routes: [{ to: default, via: 10.0.0.1 }]
                """;
        Found found = apply(kernel, file.formatted("eth0"), Found.untouched());
        HostFile moved = HostFile.parse("host.yaml", file.formatted("eth1"));
        assertThatThrownBy(() -> HostChange.to(moved, kernel, found, false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("eth0, which this file does not name any more")
                .hasMessageContaining("name eth0 under ethernets");
        apply(kernel, file.formatted("eth1") + "ethernets:\n  eth0: { addresses: [10.7.0.1/24] }\n", found);
    }

    @Test
    void containersComeBackIntoABridgeThatWasDeletedOrNamedOtherwise() {
        NetworkState.Builder plain = new NetworkState.Builder();
        plain.put(Objects.requireNonNull(firstHostWith("eth0").state().link("eth0"))
                .withMaster(null)
                .withUp(true));
        FakeKernel kernel = new FakeKernel(plain.build());
        String file = "version: 1\nsegments: { front: { bridge: %s, uplink: eth0, addresses: [10.0.0.11/24] } }\n";
        Found found = apply(kernel, file.formatted("br0"), Found.untouched());
        String port = "onl0123456789a";
        containerStarts(kernel, port, "br0");

        delete(kernel, "br0", port, "eth0");
        found = apply(kernel, file.formatted("br0"), found);
        assertThat(kernel.observe().link(port).master()).isEqualTo("br0");
        found = apply(kernel, file.formatted("br1"), found);
        assertThat(kernel.observe().link(port).master()).isEqualTo("br1");
        down(kernel, found);
        assertThat(kernel.observe().link(port).master()).isNull();
    }

    @Test
    void containersThatComeAndGoMeanwhileDoNoHarm() {
        NetworkState.Builder plain = new NetworkState.Builder();
        plain.put(Objects.requireNonNull(firstHostWith("eth0").state().link("eth0"))
                .withMaster(null)
                .withUp(true));
        FakeKernel kernel = new FakeKernel(plain.build(), Set.of("bridge", "veth", "vrf"), Set.of(Feature.REDIRECT));
        String file = "version: 1\nsegments: { front: { bridge: %s, uplink: eth0, addresses: [10.0.0.11/24] } }\n";
        Found found = apply(kernel, file.formatted("br0"), Found.untouched());
        containerStarts(kernel, "onl00000000001", "br0");
        containerStarts(kernel, "onl00000000002", "br0");
        // Seen in the middle of its start.
        kernel.perform(new Step.SetUp("onl00000000001", false));
        HostChange change = HostChange.to(HostFile.parse("host.yaml", file.formatted("br1")), kernel, found, false);
        Consumer<Step> meanwhile = step -> {
            if (step instanceof Step.CreateLink(Link made) && made instanceof Bridge) {
                containerEnds(kernel, "onl00000000001", "br0");
                // And the engine makes a network of its own.
                Link own = new Bridge(LinkAttributes.named("docker1"), Bridge.Options.SEGMENT);
                kernel.perform(new Step.CreateLink(own));
                kernel.perform(
                        new Step.AddAddress(Address.permanent("docker1", InterfaceAddress.parse("172.18.0.1/16"))));
                containerStarts(kernel, "onl00000000003", "docker1");
            }
        };
        StateDirectory state = new StateDirectory(directory);
        var _ = new Transaction(state, kernel, () -> () -> {}, meanwhile, InstantSource.system())
                .run(change, new Journal.Outcome(change.found(), "version: 1"), () -> {}, Optional.empty());
        NetworkState after = kernel.observe();
        assertThat(after.links()).containsKeys("br1", "docker1", "onl00000000002", "onl00000000003");
        assertThat(after.links()).doesNotContainKeys("onl00000000001");
        assertThat(after.link("onl00000000002").master()).isEqualTo("br1");
    }

    private static void containerStarts(FakeKernel kernel, String name, String bridge) {
        LinkAttributes port = LinkAttributes.named(name).withAlias(ContainerPort.alias("front", name.substring(3)));
        kernel.perform(new Step.CreateLink(new Veth(port, LinkAttributes.named(name.replace("onl", "onp")))));
        kernel.perform(new Step.SetMaster(name, null, bridge));
        kernel.perform(new Step.SetUp(name, true));
    }

    private static void containerEnds(FakeKernel kernel, String name, String bridge) {
        kernel.perform(new Step.SetMaster(name, bridge, null));
        kernel.perform(new Step.DeleteLink(kernel.observe().link(name)));
    }

    /** As by hand: the kernel frees the ports of a bridge that goes. */
    private static void delete(FakeKernel kernel, String bridge, String... ports) {
        for (String port : ports) {
            kernel.perform(new Step.SetMaster(port, bridge, null));
        }
        NetworkState state = kernel.observe();
        state.addresses().stream()
                .filter(address -> address.link().equals(bridge) && !address.isKernelMade())
                .forEach(address -> kernel.perform(new Step.DeleteAddress(address)));
        kernel.perform(new Step.SetUp(bridge, false));
        kernel.perform(new Step.DeleteLink(kernel.observe().link(bridge)));
    }

    private static RandomHost firstHostWith(String link) {
        for (long seed = 0; ; seed++) {
            RandomHost host = new RandomHost(seed);
            if (host.state().link(link) != null) {
                return host;
            }
        }
    }

    private static HostChange change(FakeKernel kernel, HostFile file) {
        return HostChange.to(file, kernel, Found.untouched(), false);
    }

    private static Found apply(FakeKernel kernel, String text, Found found) {
        HostFile file = HostFile.parse("host.yaml", text);
        HostChange change = HostChange.to(file, kernel, found, false);
        perform(kernel, change);
        HostChange again = HostChange.to(file, kernel, change.found(), false);
        assertThat(again.plan().steps()).as("second plan for\n%s", text).isEmpty();
        assertThat(again.found()).isEqualTo(change.found());
        return change.found();
    }

    private static void down(FakeKernel kernel, Found found) {
        HostChange back = HostChange.back(kernel, found);
        perform(kernel, back);
    }

    private static void forEachSeed(Consumer<RandomHost> property) {
        forEach(LongStream.range(0, SEEDS), property);
    }

    /** For what has more to do with the file than with the host it meets, and for what makes several changes of each host. */
    private static void forEachFifthSeed(Consumer<RandomHost> property) {
        forEach(LongStream.range(0, SEEDS).filter(seed -> seed % 5 == 0), property);
    }

    private static void forEach(LongStream all, Consumer<RandomHost> property) {
        Long only = Long.getLong("onlink.seed");
        LongStream seeds = only == null ? all.parallel() : LongStream.of(only);
        seeds.forEach(seed -> {
            try {
                property.accept(new RandomHost(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed %d (again: -Dtest=HostChangeTest -Donlink.seed=%d): %s"
                                .formatted(seed, seed, e.getMessage()),
                        e);
            }
        });
    }

    /** Without what of an address does nothing on the wire and can be set at its making only. */
    private static NetworkState withoutDetails(NetworkState state) {
        NetworkState.Builder builder = state.toBuilder();
        builder.addresses.replaceAll(address -> new Address(
                address.link(),
                address.address(),
                address.peer(),
                null,
                address.scope(),
                address.flags(),
                address.lifetime(),
                0,
                address.metric(),
                null));
        return builder.build();
    }

    /** A state without what the kernel decides alone, and routes without order but for those of IPv4 in one place. */
    private static Object comparable(NetworkState state) {
        Map<String, Link> links = new TreeMap<>(state.links());
        List<Address> addresses =
                state.addresses().stream().filter(a -> !a.isKernelMade()).toList();
        // In IPv4 the order within a network counts.
        Map<String, List<Address>> ipv4 = addresses.stream()
                .filter(a -> a.family() == Family.IPV4)
                .collect(Collectors.groupingBy(
                        a -> a.link() + a.address().network(), TreeMap::new, Collectors.toList()));
        // In IPv6 that of all of a link's addresses.
        Map<String, List<Address>> ipv6 = addresses.stream()
                .filter(a -> a.family() == Family.IPV6)
                .collect(Collectors.groupingBy(Address::link, TreeMap::new, Collectors.toList()));
        Map<Object, List<Route>> routes = state.routes().stream()
                .filter(r -> !r.isKernelMade())
                .collect(Collectors.groupingBy(r -> r.family() == Family.IPV4 ? r.place() : r));
        Set<Neighbour> neighbours =
                state.neighbours().stream().filter(Neighbour::isSetByHand).collect(Collectors.toSet());
        return List.of(
                links,
                ipv4,
                ipv6,
                routes,
                Set.copyOf(state.rules()),
                neighbours,
                state.firewall(),
                state.sysctls(),
                automatic(state));
    }

    /** Whatever is left of their lifetimes: what routers told, and the link-local addresses. */
    private static Object automatic(NetworkState state) {
        Set<String> addresses = state.addresses().stream()
                .filter(a -> a.isLearned() || (a.ip().isIpv6LinkLocal() && a.isKernelMade()))
                .map(a -> a.address() + " on " + a.link())
                .collect(Collectors.toSet());
        Set<String> routes = state.routes().stream()
                .filter(Route::isLearned)
                .map(r -> r.destination() + " " + r.nextHops() + " in " + r.table())
                .collect(Collectors.toSet());
        return List.of(addresses, routes);
    }
}
