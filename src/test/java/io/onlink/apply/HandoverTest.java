package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.ContainerPort;
import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Veth;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The steps by which a host is handed from one way of life to another, word for word, in {@code
 * src/test/resources/golden/plan}; {@code -Dgolden.update=true} rewrites them.
 */
class HandoverTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/plan");
    private static final Set<String> KINDS = Set.of("bridge", "veth", "vrf");
    private static final String FILE = """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:22::1" }
            """;

    private static final String ANOTHER_UPLINK =
            FILE.replace("eth0", "eth3") + "ethernets:\n  eth0: { addresses: [10.7.0.1/24] }\n";

    private final NetworkState.Builder host = new NetworkState.Builder();
    private Set<Feature> features = EnumSet.allOf(Feature.class);

    HandoverTest() {
        nic("eth0", 1);
        nic("eth3", 4);
        address("192.168.22.217/24");
        address("2001:db8:22::217/64");
        IpAddress router4 = IpAddress.parse("192.168.22.1");
        host.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, router4, "eth0"));
        host.routes.add(Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8:22::1"), "eth0"));
        host.neighbours.add(new Neighbour("eth0", router4, new MacAddress(0x00_50_56_00_01_01L), Neighbour.REACHABLE));
    }

    @Test
    void adoptionAndDown() {
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        HostChange back = HostChange.back(kernel, found);
        compare(back.plan(), "down");
        perform(kernel, back);
        assertThat(kernel.observe().redirects()).isEmpty();
    }

    @Test
    void aStrictReversePathFilterIsLoosenedForTheMoment() {
        host.sysctls.put("net/ipv4/conf/all/rp_filter", "1");
        host.sysctls.put("net/ipv4/conf/eth0/rp_filter", "1");
        FakeKernel kernel = kernel();
        NetworkState before = kernel.observe();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption-reverse-path-filter");
        assertThat(kernel.observe().sysctls())
                .containsEntry("net/ipv4/conf/br0/rp_filter", "0")
                .containsEntry("net/ipv4/conf/eth0/rp_filter", "1");
        perform(kernel, HostChange.back(kernel, found));
        assertThat(kernel.observe().sysctls()).isEqualTo(before.sysctls());
    }

    @Test
    void aKernelWithoutRedirectsDoesWithoutAndSaysSo() {
        features = EnumSet.of(Feature.LIVE_RENAME);
        FakeKernel kernel = kernel();
        HostChange change = HostChange.to(HostFile.parse("host.yaml", FILE), kernel, Found.untouched(), false);
        assertThat(change.leftOut()).singleElement().asString().contains("tcx");
        compare(change.plan(), "adoption-without-redirects");
        perform(kernel, change);
        HostChange again = HostChange.to(HostFile.parse("host.yaml", FILE), kernel, change.found(), false);
        assertThat(again.leftOut()).isEmpty();
    }

    @Test
    void anOlderKernelForwardsByNftables() {
        features = EnumSet.of(Feature.FORWARD, Feature.LIVE_RENAME);
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption-by-nftables");
        HostChange back = HostChange.back(kernel, found);
        assertThat(back.leftOut()).isEmpty();
        compare(back.plan(), "down-by-nftables");
        perform(kernel, back);
        assertThat(kernel.observe().redirects()).isEmpty();
    }

    @Test
    void aBridgeGetsAnotherName() {
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        containerStarts(kernel);
        found = apply(kernel, FILE.replace("br0", "lan0"), found, "another-name");
        assertThat(kernel.observe().link("onl0123456789a").master()).isEqualTo("lan0");
        apply(kernel, FILE, found, "another-name-back");
        assertThat(kernel.observe().link("onl0123456789a").master()).isEqualTo("br0");
    }

    @Test
    void aBridgeGetsAnotherNameInAnOlderKernel() {
        features = EnumSet.of(Feature.REDIRECT);
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        containerStarts(kernel);
        apply(kernel, FILE.replace("br0", "lan0"), found, "another-name-older-kernel");
        assertThat(kernel.observe().link("onl0123456789a").master()).isEqualTo("lan0");
    }

    /** There and back, the second from what a change that died left after each of its steps. */
    @Test
    void anotherUplinkTakesItsPlace() {
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        NetworkState before = kernel.observe();
        HostChange change = HostChange.to(HostFile.parse("host.yaml", ANOTHER_UPLINK), kernel, found, false);
        compare(change.plan(), "another-uplink");
        List<Step> steps = change.plan().steps();
        for (int done = 0; done <= steps.size(); done++) {
            FakeKernel dying = new FakeKernel(before, KINDS, features);
            steps.subList(0, done).forEach(dying::perform);
            NetworkState left = dying.observe();
            Plan back = Plan.between(left, change.wayBack().restoredIn(left), features);
            back.steps().forEach(dying::perform);
            assertThat(dying.observe().links()).isEqualTo(before.links());
            assertThat(dying.observe().redirects()).isEmpty();
            assertThat(dying.observe().sysctls()).isEqualTo(before.sysctls());
            assertNeverTwoUplinks(left, back.steps());
        }
        assertNeverTwoUplinks(before, steps);
        features = EnumSet.noneOf(Feature.class);
        Plan plain = Plan.between(before, change.desired());
        assertNeverTwoUplinks(before, plain.steps());
    }

    /** Whatever was made of the way out is undone by steps of which none is refused: a stub beside its uplink sends frames back. */
    @Test
    void aLeaveThatDiedIsTakenBackStubFirst() {
        for (Set<Feature> some : List.of(EnumSet.allOf(Feature.class), EnumSet.of(Feature.FORWARD))) {
            features = some;
            FakeKernel kernel = kernel();
            HostChange adoption = HostChange.to(HostFile.parse("host.yaml", FILE), kernel, Found.untouched(), false);
            NetworkState untouched = kernel.observe();
            adoption.plan().steps().forEach(kernel::perform);
            assertIsTakenBack(adoption, untouched, adoption.plan().steps().size());
            HostChange down = HostChange.back(kernel, adoption.found());
            int leaves = down.plan().steps().indexOf(new Step.SetMaster("eth0", "br0", null));
            assertIsTakenBack(down, kernel.observe(), leaves);
        }
    }

    private void assertIsTakenBack(HostChange change, NetworkState before, int most) {
        for (int done = 0; done <= most; done++) {
            FakeKernel dying = new FakeKernel(before, KINDS, features);
            change.plan().steps().subList(0, done).forEach(dying::perform);
            NetworkState left = dying.observe();
            Plan.between(left, change.wayBack().restoredIn(left), features)
                    .steps()
                    .forEach(dying::perform);
            assertThat(dying.observe().links()).isEqualTo(before.links());
            assertThat(dying.observe().redirects()).isEmpty();
        }
    }

    /** What an earlier file made a port, and this one does not name, is as it was found: both in the bridge were a storm. */
    @Test
    void theFirstUplinkComesBack() {
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        containerStarts(kernel);
        found = apply(kernel, ANOTHER_UPLINK, found, "another-uplink-of-containers");
        apply(kernel, FILE, found, "another-uplink-back");
        assertThat(kernel.observe().link("eth3").master()).isNull();
        assertThat(kernel.observe().link("onl0123456789a").master()).isEqualTo("br0");
        assertThat(kernel.observe().exchanges()).isEmpty();
    }

    /** With both of them in one bridge a broadcast would go round in circles. */
    private void assertNeverTwoUplinks(NetworkState from, List<Step> steps) {
        NetworkState.Builder now = from.toBuilder();
        for (Step step : steps) {
            if (step instanceof Step.SetMaster(String link, var _, var to) && now.links.containsKey(link)) {
                now.put(now.links.get(link).withMaster(to));
            }
            long uplinks = now.links.values().stream()
                    .filter(link -> link instanceof OtherLink && link.master() != null)
                    .count();
            assertThat(uplinks).as(step.command()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void anotherMtuIsPlanned() {
        FakeKernel kernel = kernel();
        Found found = apply(kernel, FILE, Found.untouched(), "adoption");
        kernel.perform(new Step.SetMtu("br0", 1500, 1400));
        HostChange change = HostChange.to(HostFile.parse("host.yaml", FILE), kernel, found, false);
        assertThat(change.plan().toString()).isEqualTo("ip link set dev br0 mtu 1500");
    }

    private FakeKernel kernel() {
        return new FakeKernel(host.build(), KINDS, features);
    }

    private void nic(String name, int number) {
        host.put(new OtherLink(
                LinkAttributes.named(name)
                        .withMac(new MacAddress(0x00_50_56_00_00_00L + number))
                        .withMtu(1500)
                        .withUp(true),
                ""));
    }

    private void address(String text) {
        host.addresses.add(Address.permanent("eth0", InterfaceAddress.parse(text)));
    }

    private static void containerStarts(FakeKernel kernel) {
        LinkAttributes port =
                LinkAttributes.named("onl0123456789a").withAlias(ContainerPort.alias("front", "0123456789a"));
        kernel.perform(new Step.CreateLink(new Veth(port, LinkAttributes.named("onp0123456789a"))));
        kernel.perform(new Step.SetMaster("onl0123456789a", null, "br0"));
        kernel.perform(new Step.SetUp("onl0123456789a", true));
    }

    private static Found apply(FakeKernel kernel, String text, Found found, String golden) {
        HostChange change = HostChange.to(HostFile.parse("host.yaml", text), kernel, found, false);
        compare(change.plan(), golden);
        perform(kernel, change);
        return change.found();
    }

    private static void perform(FakeKernel kernel, HostChange change) {
        change.plan().steps().forEach(kernel::perform);
        assertThat(Plan.between(kernel.observe(), change.desired()).toString()).isEmpty();
    }

    private static void compare(Plan plan, String name) {
        Path file = FOLDER.resolve(name + ".txt");
        String text = plan + "\n";
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.writeString(file, text);
            }
            assertThat(text).as(name).isEqualTo(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
