package io.onlink.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.model.Vrf;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which targets there are, how they are asked in a state, what the outcome is worth, and what is said of it. */
class JudgementTest {
    private static final MacAddress NIC = MacAddress.parse("00:50:56:00:22:d9");
    private static final MacAddress ROUTERS = MacAddress.parse("02:00:00:00:00:01");
    private static final IpAddress ROUTER = IpAddress.parse("192.168.22.1");
    private static final IpAddress PEER = IpAddress.parse("172.16.1.2");
    private static final HostFile FILE = HostFile.parse("host.yaml", """
            version: 1
            segments:
              Service-Segment:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: 10.0.0.0/8, via: 192.168.22.2 }
            ethernets:
              eth2: { addresses: [192.168.1.217/24] }
            vrfs:
              mgmt0: { table: 10, interfaces: [eth2], routes: [{ to: default, via: 192.168.1.1 }] }
            verify: { peers: [172.16.1.2, 192.168.22.1] }
            """);

    @Test
    void everyRouterIsAskedByArpAndThoseOfDefaultRoutesAndPeersByEcho() {
        List<String> segment = List.of("br0", "eth0");
        List<String> nic = List.of("eth2");
        assertThat(Targets.declared(FILE, List.of(PEER, IpAddress.parse("172.16.1.3"))))
                .containsExactly(
                        new Target.Router(ROUTER, segment),
                        new Target.Host(ROUTER, segment),
                        new Target.Router(IpAddress.parse("192.168.22.2"), segment),
                        new Target.Router(IpAddress.parse("192.168.1.1"), nic),
                        new Target.Host(IpAddress.parse("192.168.1.1"), nic),
                        new Target.Host(PEER, List.of()),
                        new Target.Host(IpAddress.parse("172.16.1.3"), List.of()));
        assertThat(Targets.links(FILE)).containsExactly("br0", "eth0", "eth2");
    }

    @Test
    void aTargetIsAskedFromTheLinkThatHasTheAddress() {
        Target router = new Target.Router(ROUTER, List.of("br0", "eth0"));
        assertThat(new Resolution(onNic().build()).probe(router))
                .hasToString("ARP for 192.168.22.1 from eth0 (192.168.22.217)");
        assertThat(new Resolution(onBridge().build()).probe(router))
                .hasToString("ARP for 192.168.22.1 from br0 (192.168.22.217)");
        assertThat(new Resolution(NetworkState.empty()).probe(router))
                .hasToString("no probe: no link has an address on the network of 192.168.22.1");
    }

    @Test
    void anAddressThatAnotherHostHasIsNotAskedFrom() {
        NetworkState.Builder state = onNic();
        state.addresses.replaceAll(address -> address.withFlag(Address.Flag.DAD_FAILED));
        assertThat(new Resolution(state.build()).probe(new Target.Router(ROUTER, List.of("br0", "eth0"))))
                .isInstanceOf(Probe.Impossible.class);
    }

    @Test
    void anEchoToAVrfsMemberIsBoundToTheVrfOnceThereIsOne() {
        Target host = new Target.Host(IpAddress.parse("192.168.1.1"), List.of("eth2"));
        NetworkState.Builder before = onNic();
        link(before, "eth2", null, 4, "192.168.1.217/24");
        assertThat(new Resolution(before.build()).probe(host))
                .hasToString("ICMP echo to 192.168.1.1 from eth2 (192.168.1.217)");
        NetworkState.Builder after = onBridge();
        after.put(new Vrf(LinkAttributes.named("mgmt0").withUp(true), 10));
        link(after, "eth2", "mgmt0", 4, "192.168.1.217/24");
        assertThat(new Resolution(after.build()).probe(host))
                .hasToString("ICMP echo to 192.168.1.1 from eth2 (192.168.1.217) in VRF mgmt0");
    }

    @Test
    void theDefaultRouteIsFollowedToItsNewRouterTableOrLink() {
        NetworkState.Builder before = onNic();
        before.routes.add(
                Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, PEER, "eth0").withMetric(100));
        before.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, ROUTER, "eth0"));
        Target.DefaultRoute route = new Target.DefaultRoute(Family.IPV4, Route.MAIN, ROUTER, "eth0");
        assertThat(Targets.defaultRoutes(before.build())).containsExactly(route);

        NetworkState.Builder another = onBridge();
        another.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.22.254"), "br0"));
        assertThat(new Resolution(another.build()).probe(route))
                .hasToString("ARP for 192.168.22.254 from br0 (192.168.22.217)");
        NetworkState.Builder inVrf = onBridge();
        inVrf.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, 10, ROUTER, "br0"));
        assertThat(new Resolution(inVrf.build()).probe(route))
                .hasToString("ARP for 192.168.22.1 from br0 (192.168.22.217)");
        assertThat(new Resolution(onBridge().build()).probe(route))
                .hasToString("no probe: there is no default route of IPv4 any more");
    }

    @Test
    void whatAnsweredMustAnswerAndWhatDidNotIsReported() {
        NetworkState state = onBridge().build();
        Verdict silentBefore = judge(state, arp(silence()), arp(silence()));
        assertThat(silentBefore)
                .isEqualTo(new Verdict.Passed(List.of("ARP for 192.168.22.1 from br0 (192.168.22.217): no answer, as"
                        + " before the change (ARP for 192.168.22.1 from br0 (192.168.22.217): no answer)")));
        assertThat(judge(state, arp(answer()), arp(answer()))).isEqualTo(new Verdict.Passed(List.of()));
        assertThat(judge(state, arp(silence()), arp(answer()))).isEqualTo(new Verdict.Passed(List.of()));
        assertThat(judge(state, arp(answer()), arp(silence()))).isInstanceOf(Verdict.Failed.class);
        Verdict another = judge(state, arp(answer()), arp(new Reply.Answered(NIC)));
        assertThat(another.notes()).singleElement().asString().endsWith("is it the same LAN?");
    }

    @Test
    void oneProbeIsOneFailureWhoeverAskedForIt() {
        Outcome byFile = arp(answer());
        Outcome byRoute = new Outcome(
                new Target.DefaultRoute(Family.IPV4, Route.MAIN, ROUTER, "eth0"), byFile.probe(), byFile.reply());
        Verdict verdict = Judgement.of(
                Baseline.of(List.of(byFile, byRoute), Set.of(), Set.of(), List.of(), List.of()),
                List.of(
                        new Outcome(byFile.target(), byFile.probe(), silence()),
                        new Outcome(byRoute.target(), byRoute.probe(), silence())),
                onBridge().build());
        assertThat(((Verdict.Failed) verdict).failures()).hasSize(1);
    }

    @Test
    void theLikelyCauseOfSilenceIsFoundInTheHostFirst() {
        NetworkState.Builder state = onBridge();
        assertThat(cause(state, arp(silence())))
                .startsWith("nobody answers behind eth0: is eth0 plugged into the right LAN");
        state.status.put("eth0", new LinkStatus(2, true, PortState.LEARNING));
        assertThat(cause(state, arp(silence()))).startsWith("eth0, the port of br0, is learning and not forwarding");
        state.status.put("eth0", new LinkStatus(2, false, PortState.DISABLED));
        assertThat(cause(state, arp(silence()))).isEqualTo("eth0, the port of br0, has no carrier");
        state.links.computeIfPresent("eth0", (_, link) -> link.withUp(false));
        assertThat(cause(state, arp(silence()))).isEqualTo("eth0, the port of br0, is down");
        state.links.computeIfPresent("eth0", (_, link) -> link.withMaster(null));
        assertThat(cause(state, arp(silence()))).startsWith("br0 has no NIC as a port");
        state.links.computeIfPresent("br0", (_, link) -> link.withUp(false));
        assertThat(cause(state, arp(silence()))).isEqualTo("br0 is down");
        state.remove("br0");
        assertThat(cause(state, arp(silence()))).isEqualTo("there is no link br0 any more");
    }

    @Test
    void anotherMacThanTheNicsIsSuspected() {
        NetworkState.Builder state = onBridge();
        state.links.computeIfPresent(
                "br0",
                (_, link) -> link.withAttributes(link.attributes().withMac(MacAddress.parse("02:42:00:00:00:07"))));
        assertThat(cause(state, arp(silence())))
                .startsWith("br0 sends as 02:42:00:00:00:07, which is not eth0's own MAC address");
    }

    @Test
    void theLikelyCauseOfALostEchoIsFoundInRoutesAndOtherProbes() {
        NetworkState.Builder state = onBridge();
        state.routes.add(connected("192.168.22.0/24", "br0"));
        Route byRouter = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, ROUTER, "br0");
        assertThat(cause(state, echoToPeer())).isEqualTo("there is no route to 172.16.1.2");
        state.routes.add(byRouter);
        assertThat(cause(state, echoToPeer(), arp(silence())))
                .isEqualTo("the route 'default dev br0' leads through 192.168.22.1, which does not answer ARP");
        assertThat(cause(state, echoToPeer(), arp(answer()))).endsWith("is it the right router?");
        assertThat(cause(state, echoToRouter(), arp(answer()))).startsWith("the router answers ARP but no echo");
        assertThat(cause(state, echoToRouter(), arp(silence())))
                .isEqualTo("192.168.22.1 does not answer ARP either: see there");
        // A prefix too short: who is beyond the router counts as a neighbour.
        state.routes.add(connected("172.0.0.0/8", "br0"));
        assertThat(cause(state, echoToPeer()))
                .contains("takes 172.16.1.2 for a neighbour")
                .contains("prefix lengths");
        state.routes.add(connected("192.168.22.0/28", "eth3"));
        assertThat(cause(state, echoToRouter()))
                .startsWith("a route leads elsewhere: 192.168.22.1 is reached by '192.168.22.0/28 dev eth3'");
    }

    private static Verdict judge(NetworkState state, Outcome before, Outcome after) {
        return Judgement.of(
                Baseline.of(List.of(before), Set.of("br0"), Set.of(), List.of(), List.of()), List.of(after), state);
    }

    private static String cause(NetworkState.Builder state, Outcome outcome, Outcome... others) {
        List<Outcome> all = new ArrayList<>(List.of(others));
        all.add(outcome);
        return new Diagnosis(all, state.build()).likelyCause(outcome);
    }

    private static Outcome arp(Reply reply) {
        return new Outcome(
                new Target.Router(ROUTER, List.of("br0", "eth0")),
                new Probe.Solicitation("br0", 3, NIC, IpAddress.parse("192.168.22.217"), ROUTER),
                reply);
    }

    private static Outcome echoToRouter() {
        return new Outcome(
                new Target.Host(ROUTER, List.of("br0", "eth0")),
                new Probe.Echo(ROUTER, null, 0, "br0", IpAddress.parse("192.168.22.217")),
                silence());
    }

    private static Outcome echoToPeer() {
        return new Outcome(new Target.Host(PEER, List.of()), new Probe.Echo(PEER, null, 0, null, null), silence());
    }

    private static Reply silence() {
        return new Reply.Silence();
    }

    private static Reply answer() {
        return new Reply.Answered(ROUTERS);
    }

    private static NetworkState.Builder onNic() {
        NetworkState.Builder state = new NetworkState.Builder();
        link(state, "eth0", null, 2, "192.168.22.217/24");
        return state;
    }

    private static NetworkState.Builder onBridge() {
        NetworkState.Builder state = new NetworkState.Builder();
        state.put(new Bridge(LinkAttributes.named("br0").withMac(NIC).withUp(true), Bridge.Options.SEGMENT));
        state.status.put("br0", new LinkStatus(3, true, null));
        state.addresses.add(Address.permanent("br0", InterfaceAddress.parse("192.168.22.217/24")));
        link(state, "eth0", "br0", 2, null);
        state.status.put("eth0", new LinkStatus(2, true, PortState.FORWARDING));
        return state;
    }

    private static void link(
            NetworkState.Builder state, String name, @Nullable String master, int index, @Nullable String address) {
        state.put(new OtherLink(
                LinkAttributes.named(name).withMac(NIC).withUp(true).withMaster(master), ""));
        state.status.put(name, new LinkStatus(index, true, null));
        if (address != null) {
            state.addresses.add(Address.permanent(name, InterfaceAddress.parse(address)));
        }
    }

    private static Route connected(String network, String link) {
        Route route = Route.via(IpNetwork.parse(network), Route.MAIN, ROUTER, link);
        return new Route(
                route.destination(),
                route.table(),
                0,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, link, 1, false)),
                null,
                io.onlink.model.Scope.LINK,
                Route.PROTOCOL_KERNEL,
                route.metrics());
    }
}
