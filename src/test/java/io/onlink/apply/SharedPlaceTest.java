package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several routes of one destination, table and metric: the kernel uses the first, and replaces the first. */
class SharedPlaceTest {
    private static final Route BY_ETH0 = to("10.0.0.1", "eth0");
    private static final Route BY_ETH1 = to("10.9.0.1", "eth1");
    private static final Route FIRST = BY_ETH0;
    private static final Route SECOND = to("10.0.0.2", "eth0");

    private static final String WITHOUT_ROUTE = """
            version: 1
            segments:
              front: { bridge: br0, uplink: eth0, addresses: [10.0.0.11/24, "2001:db8::11/64"]%s }
            """;

    private static final String BY_ROUTER = WITHOUT_ROUTE.formatted(", routes: [{ to: default, via: 10.0.0.%d%s }]");

    @Test
    void aRouteThatCameMeanwhileStaysInFrontOfTheOneThatIsGivenBack() {
        Host host = new Host(BY_ETH0);
        host.apply(BY_ROUTER.formatted(1, ", metric: 100"));
        host.add(BY_ETH1);
        assertThat(host.down()).noneMatch(step -> step instanceof Step.ReplaceRoute);
        assertThat(host.defaults()).containsExactly(BY_ETH1, BY_ETH0);
    }

    @Test
    void bothOrdersComeBack() {
        for (List<Route> found : List.of(List.of(BY_ETH0, BY_ETH1), List.of(BY_ETH1, BY_ETH0))) {
            Host host = new Host(found.toArray(Route[]::new));
            host.apply(WITHOUT_ROUTE.formatted(""));
            assertThat(host.defaults()).containsExactly(BY_ETH1);
            host.down();
            assertThat(host.defaults()).isEqualTo(found);
        }
    }

    @Test
    void twoOfOneNicComeBack() {
        for (int router = 1; router <= 3; router++) {
            Host host = new Host(FIRST, SECOND);
            host.apply(BY_ROUTER.formatted(router, ""));
            assertThat(host.defaults()).hasSize(1);
            host.down();
            assertThat(host.defaults()).containsExactly(FIRST, SECOND);
        }
    }

    /** From wherever a change died, with the other NIC's route in front or behind. */
    @Test
    void noWayBackTakesARouteOfOthers() {
        for (List<Route> found :
                List.of(List.of(BY_ETH0, BY_ETH1), List.of(BY_ETH1, BY_ETH0), List.of(FIRST, SECOND))) {
            int steps = new Host(found.toArray(Route[]::new))
                    .change(WITHOUT_ROUTE.formatted(""))
                    .plan()
                    .steps()
                    .size();
            for (int done = 0; done <= steps; done++) {
                Host host = new Host(found.toArray(Route[]::new));
                HostChange change = host.change(WITHOUT_ROUTE.formatted(""));
                change.plan().steps().subList(0, done).forEach(host.kernel::perform);
                NetworkState left = host.kernel.observe();
                Plan back = Plan.between(left, change.wayBack().restoredIn(left), host.kernel.features());
                for (Step step : back.steps()) {
                    host.kernel.perform(step);
                    assertThat(host.defaults()).containsAll(found.contains(BY_ETH1) ? List.of(BY_ETH1) : List.of());
                }
                assertThat(host.defaults()).as("after %d steps", done).isEqualTo(found);
            }
        }
    }

    @Test
    void aNicThatIsNamedLaterGoesBackInItsOrder() {
        Host host = new Host(BY_ETH1, BY_ETH0);
        host.apply(WITHOUT_ROUTE.formatted(""));
        host.apply(WITHOUT_ROUTE.formatted("")
                + "ethernets: { eth1: { addresses: [10.9.0.11/24], routes: [{ to: default, via: 10.9.0.7 }] } }\n");
        host.down();
        assertThat(host.defaults()).containsExactly(BY_ETH1, BY_ETH0);
    }

    @Test
    void anIpv6RouteWhosePlaceIsTakenIsLeftOut() {
        Route ours = Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8::1"), "eth0");
        Route theirs = Route.via(IpNetwork.DEFAULT_IPV6, Route.MAIN, IpAddress.parse("2001:db8:9::1"), "eth1");
        Host host = new Host(ours);
        host.apply(WITHOUT_ROUTE.formatted(""));
        host.add(theirs);
        assertThat(HostChange.back(host.kernel, host.found).leftOut())
                .singleElement()
                .asString()
                .contains("route default by eth0", "metric");
        host.down();
        assertThat(host.defaults()).containsExactly(theirs);
    }

    @Test
    void ipv6RoutesWithoutRoutersStandSideBySide() {
        IpNetwork network = IpNetwork.parse("2001:db8:99::/64");
        Host host = new Host(Route.direct(network, Route.MAIN, "eth0"), Route.direct(network, Route.MAIN, "eth1"));
        host.apply(WITHOUT_ROUTE.formatted(""));
        host.down();
        assertThat(host.kernel.observe().routes())
                .filteredOn(route -> route.destination().equals(network))
                .hasSize(2);
    }

    /** The kernel replaces the first, and it may be another one than was seen. */
    @Test
    void theLossOfAnothersRouteWhereTheChangeReplacedOneIsSeen() {
        Host host = new Host(BY_ETH0, BY_ETH1);
        HostChange change = host.change(WITHOUT_ROUTE.formatted(""));
        host.apply(WITHOUT_ROUTE.formatted(""));
        NetworkState.Builder lost = host.kernel.observe().toBuilder();
        lost.routes.remove(BY_ETH1);
        assertThat(Plan.between(lost.build(), change.desiredBeside(lost.build()))
                        .steps())
                .containsExactly(new Step.AddRoute(BY_ETH1));
        // Whoever takes his own route away elsewhere may.
        Host other = new Host(BY_ETH1);
        change = other.change(WITHOUT_ROUTE.formatted(""));
        other.apply(WITHOUT_ROUTE.formatted(""));
        lost = other.kernel.observe().toBuilder();
        lost.routes.remove(BY_ETH1);
        assertThat(Plan.between(lost.build(), change.desiredBeside(lost.build()))
                        .steps())
                .isEmpty();
    }

    private static Route to(String router, String link) {
        return Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse(router), link);
    }

    private static final class Host {
        private final FakeKernel kernel;
        private Found found = Found.untouched();

        Host(Route... routes) {
            NetworkState.Builder state = new NetworkState.Builder();
            for (String nic : List.of("eth0", "eth1")) {
                state.put(new OtherLink(
                        LinkAttributes.named(nic)
                                .withMac(MacAddress.parse("02:00:00:00:00:0" + nic.charAt(3)))
                                .withMtu(1500)
                                .withUp(true),
                        ""));
            }
            state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("10.0.0.11/24")));
            state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("2001:db8::11/64")));
            state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse("10.9.0.11/24")));
            state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse("2001:db8:9::11/64")));
            state.routes.addAll(List.of(routes));
            kernel = new FakeKernel(state.build());
        }

        void add(Route route) {
            kernel.perform(new Step.AddRoute(route));
        }

        HostChange change(String text) {
            return HostChange.to(HostFile.parse("host.yaml", text), kernel, found, false);
        }

        void apply(String text) {
            HostChange change = change(text);
            perform(change);
            found = change.found();
            assertThat(change(text).plan().steps()).isEmpty();
        }

        List<Step> down() {
            HostChange back = HostChange.back(kernel, found);
            perform(back);
            return back.plan().steps();
        }

        private void perform(HostChange change) {
            change.plan().steps().forEach(kernel::perform);
            kernel.passTime();
            assertThat(Plan.between(kernel.observe(), change.desired()).steps()).isEmpty();
        }

        List<Route> defaults() {
            List<Route> routes = new ArrayList<>(kernel.observe().routes());
            routes.removeIf(route -> !route.destination().isDefault());
            return routes;
        }
    }
}
