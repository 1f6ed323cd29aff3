package io.onlink.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.apply.HostChange;
import io.onlink.apply.RandomHost;
import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
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
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.UpperLink;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is put right and what is left to others, over random hosts that somebody has meddled with. */
class OwnTest {
    private static final int SEEDS = Integer.getInteger("onlink.seeds", 500);

    private static final InterfaceAddress FOREIGN = InterfaceAddress.parse("10.200.0.1/24");
    private static final Route FOREIGN_ROUTE =
            Route.via(IpNetwork.parse("172.29.0.0/16"), Route.MAIN, IpAddress.parse("10.200.0.9"), "eth9");

    private static final String FILE = """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [10.0.0.11/24, "2001:db8::11/64"]
                routes: [{ to: default, via: 10.0.0.1 }, { to: default, via: "2001:db8::1" }]
            """;

    @Test
    void whatIsTakenAwayComesBackAndWhatIsAddedStays() {
        int repaired = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Applied applied = Applied.of(new RandomHost(seed));
            Random random = new Random(seed);
            for (int times = 1 + random.nextInt(3); times > 0; times--) {
                applied.meddle(random);
            }
            repaired += applied.differences().isEmpty() ? 0 : 1;
            applied.repair(applied.subjects());
            assertThat(applied.differences()).as("seed %d", seed).isEmpty();
            assertThat(applied.leftForApply()).as("seed %d", seed).allMatch(OwnTest::isOfOthers);
        }
        assertThat(repaired).isGreaterThan(SEEDS / 2);
    }

    @Test
    void eachPartCanBePutRightByItself() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Applied applied = Applied.of(new RandomHost(seed));
            Random random = new Random(seed);
            applied.meddle(random);
            applied.meddle(random);
            for (Subject subject : applied.differences().keySet()) {
                applied.repair(Set.of(subject));
            }
            // A part may have waited for one that came after it.
            for (Subject subject : applied.differences().keySet()) {
                applied.repair(Set.of(subject));
            }
            assertThat(applied.differences()).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void aPartThatIsNotToBeTouchedIsNot() {
        Applied applied = Applied.of(FILE);
        applied.change(state -> {
            takeAddresses(state, "br0", Family.IPV4);
            takeAddresses(state, "br0", Family.IPV6);
        });
        assertThat(applied.differences().keySet())
                .containsExactlyInAnyOrder(
                        new Subject.Addressing("br0", Family.IPV4), new Subject.Addressing("br0", Family.IPV6));
        applied.repair(Set.of(new Subject.Addressing("br0", Family.IPV6)));
        assertThat(applied.differences().keySet()).containsExactly(new Subject.Addressing("br0", Family.IPV4));
    }

    /** The kernel makes it with the address, once. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/24", "2001:db8::/64"})
    void aConnectedRouteThatWasDeletedByItselfIsMadeUpFor(String network) {
        Applied applied = Applied.of(FILE);
        Route connected = applied.routeTo(network);
        applied.kernel.connected.delete(connected);
        assertThat(applied.told()).containsExactly("route " + network + " by br0 is gone");
        assertThat(applied.leftForApply()).hasSize(1);
        applied.repair(applied.subjects());
        assertThat(applied.routeTo(network)).matches(connected::hasSameEffectAs);
        assertThat(applied.leftForApply()).isEmpty();
        HostChange back = HostChange.back(applied.kernel, applied.found);
        back.plan().steps().forEach(applied.kernel::perform);
        assertThat(applied.kernel.observe().routes()).isEmpty();
    }

    @Test
    void aDifferenceIsToldInALine() {
        Applied applied = Applied.of(FILE);
        applied.change(state -> takeAddresses(state, "br0", Family.IPV4));
        assertThat(applied.told())
                .containsExactly("address 10.0.0.11/24 is gone from br0; route default via 10.0.0.1 by br0 is gone");
        applied.repair(applied.subjects());
        applied.change(state -> state.put(state.links.get("eth0").withMaster(null)));
        assertThat(applied.told()).containsExactly("eth0 is no port of br0");
        applied.repair(applied.subjects());
        applied.change(state -> state.sysctls.put("net/ipv6/conf/eth0/disable_ipv6", "0"));
        assertThat(applied.told()).containsExactly("net.ipv6.conf.eth0.disable_ipv6 is 0, not 1");
        applied.repair(applied.subjects());
        applied.change(state -> state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("10.0.0.11/24"))));
        assertThat(applied.told()).containsExactly("address 10.0.0.11/24 does not belong on eth0");
        applied.repair(applied.subjects());
        applied.change(state -> setMac(state, "br0"));
        assertThat(applied.told()).containsExactly("br0 has MAC 02:00:00:00:00:77, not 02:00:00:00:00:01");
    }

    @Test
    void theHostsFirewallIsAPartOfItsOwn() {
        Applied applied = Applied.of(FILE + "firewall: { front: { allow: [tcp/22] } }\n");
        Firewall written = applied.kernel.observe().firewall();
        assertThat(written.closed()).containsOnlyKeys("br0");
        Map<String, Firewall> meddling = Map.of(
                "is gone",
                Firewall.NONE,
                "has other rules",
                new Firewall(written.closed(), false),
                "lets in what it should not",
                Firewall.of(new TreeMap<>(Map.of("br0", List.of()))));
        meddling.forEach((words, firewall) -> {
            applied.change(state -> {
                state.firewall = firewall;
                takeAddresses(state, "br0", Family.IPV4);
            });
            assertThat(applied.told()).hasSize(2).anyMatch(told -> told.contains(words));
            applied.repair(Set.of(new Subject.HostFirewall()));
            assertThat(applied.kernel.observe().firewall()).isEqualTo(written);
            assertThat(applied.differences().keySet()).containsExactly(new Subject.Addressing("br0", Family.IPV4));
            applied.repair(applied.subjects());
        });
        Applied without = Applied.of(FILE);
        without.change(state -> state.firewall = written);
        assertThat(without.told()).singleElement().asString().contains("does not belong here");
        without.repair(without.subjects());
        assertThat(without.kernel.observe().firewall()).isEqualTo(Firewall.NONE);
    }

    @Test
    void aNicThatSomebodyGaveAnotherMacGetsItsOwnBack() {
        Applied applied = Applied.of(FILE);
        applied.change(state -> setMac(state, "eth0"));
        // Not the bridge follows: its address is the one that all neighbours know.
        assertThat(applied.told()).containsExactly("eth0 has MAC 02:00:00:00:00:77, not 02:00:00:00:00:01");
    }

    @Test
    void aRouteInThePlaceOfOursIsInTheWay() {
        Applied applied = Applied.of(FILE);
        applied.change(state ->
                state.routes.replaceAll(route -> route.destination().isDefault() && route.family() == Family.IPV4
                        ? Route.via(route.destination(), Route.MAIN, IpAddress.parse("10.0.0.99"), "br0")
                        : route));
        assertThat(applied.told())
                .containsExactly(
                        "route default via 10.0.0.99 by br0 stands in the place of route default via 10.0.0.1 by br0");
    }

    /** As of a DHCP client on another NIC; 'onlink apply' goes on refusing the file. */
    @Test
    void anothersRouteInThePlaceOfOursStaysBehindIt() {
        Applied applied = Applied.of(FILE);
        Route ours = applied.routeTo("0.0.0.0/0");
        Route theirs = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("10.9.0.1"), "eth1");
        applied.change(state -> {
            state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse("10.9.0.11/24")));
            state.routes.replaceAll(route -> route.equals(ours) ? theirs : route);
            takeAddresses(state, "br0", Family.IPV6);
        });
        assertThat(applied.told())
                .containsExactlyInAnyOrder(
                        "route default via 10.0.0.1 by br0 is gone",
                        "address 2001:db8::11/64 is gone from br0; route default via 2001:db8::1 by br0 is gone");
        applied.repair(applied.subjects());
        assertThat(applied.differences()).isEmpty();
        assertThat(applied.misfits()).isEmpty();
        assertThat(applied.kernel.observe().routes())
                .filteredOn(route -> route.destination().equals(IpNetwork.DEFAULT_IPV4))
                .containsExactly(ours, theirs);
        assertThatThrownBy(applied::leftForApply).hasMessageContaining("this host has a route to default by eth1");
        applied.change(state -> {
            state.routes.remove(theirs);
            state.routes.addFirst(theirs);
        });
        assertThat(applied.differences()).isEmpty();
        assertThat(applied.misfits()).singleElement().asString().contains("default by eth1");
    }

    /** The kernel would send half of what is theirs by ours. */
    @Test
    void anothersIpv6RouteInThePlaceOfOursIsReported() {
        Applied applied = Applied.of(FILE);
        Route ours = applied.routeTo("::/0");
        Route theirs = Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8:9::1"), "eth1");
        applied.change(state -> {
            state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse("2001:db8:9::11/64")));
            state.routes.replaceAll(route -> route.equals(ours) ? theirs : route);
            takeAddresses(state, "br0", Family.IPV4);
        });
        assertThat(applied.differences().keySet()).containsExactly(new Subject.Addressing("br0", Family.IPV4));
        applied.repair(applied.subjects());
        assertThat(applied.misfits()).singleElement().asString().contains("default by eth1");
        assertThat(applied.routeTo("::/0")).isEqualTo(theirs);
    }

    @Test
    void aPartThatDoesNotFitDoesNotKeepTheOthersFromBeingPutRight() {
        Applied applied = Applied.of(FILE + """
                  back: { bridge: br1, uplink: eth1, addresses: [10.9.0.11/24] }
                ethernets: { eth2: { addresses: [10.8.0.11/24] } }
                vrfs: { mgmt0: { table: 10, interfaces: [eth2] } }
                firewall: { front: { allow: [tcp/22] } }
                """);
        Firewall written = applied.kernel.observe().firewall();
        // A card was pulled, somebody has put another one into his own bridge, and there is much amiss beside.
        applied.change(state -> {
            state.remove("eth2");
            state.put(new Bridge(LinkAttributes.named("virbr0").withUp(true), Bridge.Options.SEGMENT));
            state.put(state.links.get("eth1").withMaster("virbr0"));
            state.firewall = Firewall.NONE;
            takeAddresses(state, "br0", Family.IPV4);
            takeAddresses(state, "br1", Family.IPV4);
        });
        NetworkState before = applied.kernel.observe();
        assertThat(applied.misfits()).isNotEmpty().anyMatch(why -> why.contains("no link eth2"));
        applied.repair(applied.subjects());
        NetworkState after = applied.kernel.observe();
        assertThat(after.firewall()).isEqualTo(written);
        assertThat(after.addressesOf("br0")).anyMatch(address -> address.family() == Family.IPV4);
        assertThat(after.link("mgmt0")).isEqualTo(before.link("mgmt0"));
        assertThat(after.rules()).containsAll(before.rules());
        assertThat(applied.differences()).isEmpty();
        assertThatThrownBy(applied::leftForApply).hasMessageContaining("no link eth2");
    }

    /** Whatever does not fit, nothing of it is touched, and all else is put right. */
    @Test
    void aNicThatIsPulledIsNobodysLoss() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Applied applied = Applied.of(new RandomHost(seed));
            Random random = new Random(seed);
            List<String> nics = applied.found.links().stream()
                    .filter(link -> link.startsWith("eth") && !link.contains("."))
                    .toList();
            String pulled = nics.get(random.nextInt(nics.size()));
            applied.change(state -> pull(state, pulled));
            applied.meddle(random);
            assertThat(applied.misfits()).as("seed %d", seed).isNotEmpty();
            applied.repair(applied.subjects());
            assertThat(applied.differences()).as("seed %d", seed).isEmpty();
        }
    }

    /** What lies on it goes with it. */
    private static void pull(NetworkState.Builder state, String name) {
        for (Link link : List.copyOf(state.links.values())) {
            if (link instanceof UpperLink upper && name.equals(upper.parent())) {
                pull(state, link.name());
            }
        }
        state.remove(name);
    }

    private static void setMac(NetworkState.Builder state, String name) {
        Link link = state.links.get(name);
        state.put(link.withAttributes(link.attributes().withMac(MacAddress.parse("02:00:00:00:00:77"))));
    }

    /** As the kernel does: the routes that need them go along. */
    private static void takeAddresses(NetworkState.Builder state, String link, Family family) {
        state.addresses.removeIf(
                address -> address.link().equals(link) && address.family() == family && !address.isKernelMade());
        state.routes.removeIf(route -> route.uses(link) && route.family() == family);
    }

    private static boolean isOfOthers(Step step) {
        return switch (step) {
            case Step.DeleteAddress(Address address) -> address.address().equals(FOREIGN);
            case Step.DeleteRoute(Route route) ->
                route.destination().equals(FOREIGN_ROUTE.destination()) && !route.uses("other0");
            // A virtual machine's, as somebody may want it.
            case Step.SetMaster(String link, var _, var _) -> link.equals("veth1");
            default -> false;
        };
    }

    /** A host with a file applied, on a kernel that refuses where Linux would silently take something away. */
    private static final class Applied {
        private final HostFile file;
        private final Found found;
        private FakeKernel kernel;

        private Applied(HostFile file, FakeKernel kernel) {
            this.file = file;
            this.kernel = kernel;
            HostChange change = HostChange.to(file, kernel, Found.untouched(), false);
            change.plan().steps().forEach(kernel::perform);
            this.found = change.found();
        }

        static Applied of(RandomHost host) {
            FakeKernel kernel = new FakeKernel(host.state());
            return new Applied(HostFile.parse("host.yaml", host.file()), kernel);
        }

        static Applied of(String text) {
            NetworkState.Builder state = new NetworkState.Builder();
            for (int i = 0; i < 3; i++) {
                state.put(new OtherLink(
                        LinkAttributes.named("eth" + i)
                                .withMac(MacAddress.parse("02:00:00:00:00:0" + (i + 1)))
                                .withMtu(1500)
                                .withUp(true),
                        ""));
                state.sysctls.put(NetworkState.disableIpv6("eth" + i), "0");
            }
            return new Applied(HostFile.parse("host.yaml", text), new FakeKernel(state.build()));
        }

        void change(Consumer<NetworkState.Builder> culprit) {
            NetworkState.Builder state = kernel.observe().toBuilder();
            culprit.accept(state);
            kernel = new FakeKernel(state.build());
        }

        Route routeTo(String network) {
            return kernel.observe().routes().stream()
                    .filter(route -> route.destination().equals(IpNetwork.parse(network)))
                    .findFirst()
                    .orElseThrow();
        }

        /** One thing that people and programs do. */
        void meddle(Random random) {
            List<String> links = new ArrayList<>(new TreeSet<>(found.links()));
            links.retainAll(kernel.observe().links().keySet());
            String link = links.get(random.nextInt(links.size()));
            change(state -> {
                switch (random.nextInt(11)) {
                    case 0 -> takeAddresses(state, link, Family.IPV4);
                    case 1 -> takeAddresses(state, link, Family.IPV6);
                    case 2 -> state.routes.removeIf(route -> route.uses(link) && !route.isKernelMade());
                    case 3 -> setDown(state, link);
                    case 4 -> release(state, link);
                    case 5 -> turnSysctls(state, link);
                    case 6 -> state.rules.removeIf(rule -> rule.equals(Rule.l3mdev(rule.family())));
                    case 7 -> deleteBridge(state, link);
                    case 8 -> state.firewall = Firewall.NONE;
                    case 9 -> state.firewall = new Firewall(state.firewall.closed(), false);
                    default -> addForeign(state, link);
                }
            });
        }

        private static void setDown(NetworkState.Builder state, String link) {
            state.put(state.links.get(link).withUp(false));
            state.routes.removeIf(route -> route.uses(link));
        }

        private static void release(NetworkState.Builder state, String link) {
            String master = state.links.get(link).master();
            if (master != null && state.links.get(master) instanceof Bridge) {
                state.put(state.links.get(link).withMaster(null));
            }
        }

        private static void turnSysctls(NetworkState.Builder state, String link) {
            String name = NetworkState.disableIpv6(link);
            // The kernel takes all IPv6 from a link on which it is turned off.
            if ("0".equals(state.sysctls.replace(name, "0".equals(state.sysctls.get(name)) ? "1" : "0"))) {
                state.addresses.removeIf(address -> address.link().equals(link) && address.family() == Family.IPV6);
                state.routes.removeIf(route -> route.uses(link) && route.family() == Family.IPV6);
            }
        }

        private static void deleteBridge(NetworkState.Builder state, String link) {
            if (state.links.get(link) instanceof Bridge) {
                state.remove(link);
                for (Link port : List.copyOf(state.links.values())) {
                    if (link.equals(port.master())) {
                        state.put(port.withMaster(null));
                    }
                }
            }
        }

        private static void addForeign(NetworkState.Builder state, String link) {
            boolean hasAddresses = state.addresses.stream()
                    .anyMatch(address -> address.link().equals(link) && address.family() == Family.IPV4);
            boolean isThere = state.addresses.stream()
                    .anyMatch(address -> address.address().equals(FOREIGN));
            if (hasAddresses && !isThere && state.links.get(link).isUp()) {
                state.addresses.add(Address.permanent(link, FOREIGN));
                state.routes.add(
                        Route.via(FOREIGN_ROUTE.destination(), Route.MAIN, IpAddress.parse("10.200.0.9"), link));
            }
        }

        Set<Subject> subjects() {
            HostChange change = change();
            return own(change).subjects(found.links());
        }

        Map<Subject, Difference> differences() {
            HostChange change = change();
            Own own = own(change);
            return Difference.between(change.observed(), own.right(own.subjects(found.links())));
        }

        List<String> told() {
            return differences().values().stream().map(Difference::describe).toList();
        }

        void repair(Set<Subject> subjects) {
            HostChange change = change();
            Plan.between(change.observed(), own(change).right(subjects)).steps().forEach(kernel::perform);
        }

        List<Step> leftForApply() {
            return HostChange.to(file, kernel, found, false).plan().steps();
        }

        List<String> misfits() {
            return change().misfits();
        }

        private HostChange change() {
            return HostChange.asFarAsItFits(file, kernel, found);
        }

        private static Own own(HostChange change) {
            return new Own(change.observed(), change.desired());
        }
    }
}
