package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.docker.NetworkDriver.AddressPool;
import io.onlink.docker.NetworkDriver.CreateNetwork;
import io.onlink.docker.NetworkDriver.EndpointCall;
import io.onlink.docker.NetworkDriver.Joined;
import io.onlink.docker.NetworkDriver.StaticRoute;
import io.onlink.docker.Options;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.BridgePort.Option;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.step.Step;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the engine's calls do to the host, on a kernel that is stricter than the real one. */
class AttachmentsTest extends AttachedHost {
    @Test
    void aPortIsGuardedBeforeItIsUpAndForgottenAfterIt() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        guard.before(
                link -> assertThat(kernel.observe().link(link)).matches(port -> !port.isUp() && port.master() == null));
        join("n1", ID);
        assertThat(guard.isGuarded(HOST_LINK)).isTrue();
        attachments.leave(new EndpointCall("n1", ID));
        assertThat(guard.isGuarded(HOST_LINK)).isFalse();
    }

    /** Its endpoint is deleted just now: first the link goes, then what is known of it. */
    @Test
    void aPortThatIsGoneIsNotGuardedAnew() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        removeLink();
        attachments.guardAll();
        assertThat(guard.isGuarded(HOST_LINK)).isFalse();
        attachments.labelled(List.of(ID), Map.of("onlink.allow", "tcp/80"));
        assertThat(guard.isGuarded(HOST_LINK)).isFalse();
    }

    @Test
    void aPortThatCannotBeGuardedIsNone() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        guard.before(link -> {
            throw new KernelException("guard", 1, "EPERM");
        });
        assertThatThrownBy(() -> join("n1", ID)).isInstanceOf(KernelException.class);
        assertThat(kernel.observe().link(HOST_LINK)).isNull();
    }

    @Test
    void joinMakesAPortOfTheSegmentsBridge() {
        network("n1", "front", "192.168.22.0/24");
        assertThat(create("n1", ID, "192.168.22.222/24", null, "{}").mac()).hasToString("02:42:c0:a8:16:de");
        Joined joined = join("n1", ID);

        NetworkState state = kernel.observe();
        Link host = state.link(HOST_LINK);
        assertThat(host.master()).isEqualTo("br0");
        assertThat(host.isUp()).isTrue();
        assertThat(host.attributes().mtu()).isEqualTo(9000);
        assertThat(state.sysctls()).containsEntry(NetworkState.disableIpv6(HOST_LINK), "1");
        Link container = state.link(joined.name().source());
        assertThat(container.attributes().mac()).hasToString("02:42:c0:a8:16:de");
        assertThat(container.attributes().mtu()).isEqualTo(9000);
        assertThat(joined.name().prefix()).isEqualTo("eth");
        assertThat(joined.gateway()).hasToString("192.168.22.1");
        assertThat(joined.gatewayIpv6()).isNull();
        assertThat(joined.disableGatewayService()).isTrue();
    }

    @Test
    void aSegmentWithoutDefaultRouteGivesItsOtherRoutes() {
        kernel.perform(new Step.CreateLink(new Bridge(LinkAttributes.named("br1"), Bridge.Options.SEGMENT)));
        network("n2", "back", "192.168.52.0/24");
        create("n2", ID, "192.168.52.222/24", null, "{}");
        Joined joined = join("n2", ID);
        assertThat(joined.gateway()).isNull();
        assertThat(joined.routes())
                .containsExactly(new StaticRoute(
                        IpNetwork.parse("172.16.52.0/24"), StaticRoute.VIA_ROUTER, IpAddress.parse("192.168.52.1")));
    }

    @Test
    void joiningAgainReplacesWhatIsLeft() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        join("n1", ID);
        assertThat(kernel.observe().links()).hasSize(3);
    }

    @Test
    void aPortThatItsBridgeLostIsPutBack() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        Link bridge = kernel.observe().link("br0");
        kernel.perform(new Step.SetUp(HOST_LINK, false));
        kernel.perform(new Step.SetMaster(HOST_LINK, "br0", null));
        kernel.perform(new Step.SetUp("br0", false));
        kernel.perform(new Step.DeleteLink(kernel.observe().link("br0")));
        // Without its bridge there is nothing to put it back into.
        assertThat(attachments.lostPorts()).isEmpty();

        kernel.perform(new Step.CreateLink(bridge));
        LostPort lost = attachments.lostPorts().getFirst();
        assertThat(lost.link()).isEqualTo(HOST_LINK);
        assertThat(lost.what()).isEqualTo("is down");
        attachments.putBack(lost);
        assertThat(kernel.observe().link(HOST_LINK).master()).isEqualTo("br0");
        assertThat(kernel.observe().link(HOST_LINK).isUp()).isTrue();
        assertThat(attachments.lostPorts(List.of(HOST_LINK, "eth0"))).isEmpty();
        kernel.perform(new Step.SetMaster(HOST_LINK, "br0", null));
        assertThat(attachments.lostPorts(List.of("eth0"))).isEmpty();
        assertThat(attachments.lostPorts(List.of(HOST_LINK)))
                .extracting(LostPort::what)
                .containsExactly("is no port of br0");
    }

    /** As an agent leaves it that dies while it makes a link anew. */
    @Test
    void aLinkThatWasLeftHalfMadeIsMadeWhole() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        kernel.perform(new Step.SetUp(HOST_LINK, false));
        moved = "eth3";
        sandbox = new FakeKernel(new NetworkState.Builder()
                .put(new OtherLink(LinkAttributes.named("eth3").withMac(MacAddress.parse("02:42:c0:a8:16:de")), "veth"))
                .build());
        LostPort lost = attachments.lostPorts().getFirst();
        assertThat(lost.what()).isEqualTo("is down");
        attachments.putBack(lost);
        assertThat(kernel.observe().link(HOST_LINK).isUp()).isTrue();
        assertThat(sandbox.observe().link("eth3").isUp()).isTrue();
        assertThat(sandbox.observe().addressesOf("eth3"))
                .extracting(address -> address.address().toString())
                .contains("192.168.22.222/24");
        assertThat(attachments.lostPorts()).isEmpty();
    }

    /** Its other side may be on the host still: put up, it would pass for whole. */
    @Test
    void whereTheSandboxCannotBeSeenNothingIsPutBack() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        kernel.perform(new Step.SetUp(HOST_LINK, false));
        whileInside = () -> {
            throw new KernelException("open a netlink socket", 24, "EMFILE (Too many open files)");
        };
        assertThat(attachments.lostPorts()).isEmpty();
        whileInside = () -> {};
        assertThat(attachments.lostPorts()).extracting(LostPort::what).containsExactly("is down");
    }

    /** Its guard goes by its name. */
    @Test
    void aPortWithAnotherNameHasItsOwnAgain() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        kernel.perform(new Step.SetUp(HOST_LINK, false));
        kernel.perform(new Step.RenameLink(HOST_LINK, "bar0"));
        kernel.perform(new Step.SetUp("bar0", true));
        attachments.guardAll();
        assertThat(guard.isGuarded(HOST_LINK)).isFalse();
        assertThat(Endpoint.ownNameOf(kernel.observe().link("bar0"))).contains(HOST_LINK);

        LostPort lost = attachments.lostPorts(List.of(HOST_LINK)).getFirst();
        assertThat(lost.what()).isEqualTo("is called bar0, so nothing guards it");
        guard.before(link -> assertThat(kernel.observe().link(link))
                .as("guarded before it is up")
                .matches(port -> !port.isUp()));
        attachments.putBack(lost);
        assertThat(kernel.observe().link("bar0")).isNull();
        Link host = kernel.observe().link(HOST_LINK);
        assertThat(host.isUp()).isTrue();
        assertThat(host.master()).isEqualTo("br0");
        assertThat(Endpoint.ownNameOf(host)).isEmpty();
        assertThat(guard.isGuarded(HOST_LINK)).isTrue();
        assertThat(attachments.lostPorts()).isEmpty();
    }

    @Test
    void aPortsOptionsAndItsSmallerMtuArePutBack() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        assertThat(attachments.changedPorts()).isEmpty();
        Set<Option> options =
                EnumSet.of(Option.LEARNING, Option.MULTICAST_FLOOD, Option.BROADCAST_FLOOD, Option.ISOLATED);
        kernel.perform(new Step.SetPortOptions(HOST_LINK, BridgePort.ON_AT_FIRST, options));
        kernel.perform(new Step.SetPortState(HOST_LINK, PortState.FORWARDING, PortState.DISABLED));
        kernel.perform(new Step.SetMtu(HOST_LINK, 9000, 1400));

        assertThat(attachments.changedPorts(List.of("eth0"))).isEmpty();
        ChangedPort changed = attachments.changedPorts(List.of(HOST_LINK)).getFirst();
        assertThat(changed.remedy())
                .isEqualTo(
                        "ip link set dev %1$s mtu 9000; ip link set dev %1$s type bridge_slave flood on isolated off; ip link set dev %1$s type bridge_slave state 3"
                                .formatted(HOST_LINK));
        // Somebody else did a part of it meanwhile.
        kernel.perform(new Step.SetMtu(HOST_LINK, 1400, 9000));
        attachments.putBack(changed);
        assertThat(kernel.port(HOST_LINK))
                .isEqualTo(new BridgePort(PortState.FORWARDING, true, BridgePort.ON_AT_FIRST));
        assertThat(attachments.changedPorts()).isEmpty();
        attachments.putBack(changed);
        removeLink();
        attachments.putBack(changed);
    }

    /** It was attached when the segment's was as large, and its container sends such frames. */
    @Test
    void aLargerMtuThanTheBridgesStays() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        kernel.perform(new Step.SetMtu("br0", 9000, 1500));
        assertThat(attachments.changedPorts()).isEmpty();
    }

    @Test
    void noPortIsChangedThatIsNoneOrPassesNothingAnyhow() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        kernel.perform(new Step.SetMtu(HOST_LINK, 9000, 1400));
        store.put(store.endpoint(ID).orElseThrow().in(null));
        assertThat(attachments.changedPorts()).isEmpty();
        store.put(store.endpoint(ID).orElseThrow().in(SANDBOX));
        assertThat(attachments.changedPorts()).hasSize(1);
        kernel.perform(new Step.SetMaster(HOST_LINK, "br0", null));
        assertThat(attachments.changedPorts()).isEmpty();
        kernel.perform(new Step.SetMaster(HOST_LINK, null, "br0"));
        kernel.perform(new Step.SetMtu(HOST_LINK, 1400, 9000));
        kernel.perform(new Step.SetPortState(HOST_LINK, PortState.FORWARDING, PortState.DISABLED));
        kernel.perform(new Step.SetUp("br0", false));
        assertThat(attachments.changedPorts()).isEmpty();
        kernel.perform(new Step.SetUp("br0", true));
        assertThat(attachments.changedPorts()).hasSize(1);
        Bridge.Options stp = new Bridge.Options(true, 1500, false, false, true, false, false);
        kernel.perform(new Step.SetBridgeOptions("br0", Bridge.Options.SEGMENT, stp));
        assertThat(attachments.changedPorts()).isEmpty();
    }

    @Test
    void whatLeftIsNotPutBack() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        store.put(store.endpoint(ID).orElseThrow().in(null));
        kernel.perform(new Step.SetMaster(HOST_LINK, "br0", null));
        assertThat(attachments.lostPorts()).isEmpty();
    }

    @Test
    void aLinkThatWasDeletedIsMadeAnewWhereItsContainerMissesIt() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        removeLink();
        // The container is gone.
        assertThat(attachments.lostPorts()).isEmpty();
        // It has its interface: what is gone is the link's name on the host.
        sandbox = new FakeKernel(new NetworkState.Builder()
                .put(new OtherLink(LinkAttributes.named("eth3").withMac(MacAddress.parse("02:42:c0:a8:16:de")), "veth"))
                .build());
        assertThat(attachments.lostPorts()).isEmpty();
        // Here it is moved to nowhere, so that it cannot be given its address: nothing is left.
        sandbox = new FakeKernel(new NetworkState.Builder().build());
        LostPort lost = attachments.lostPorts().getFirst();
        assertThat(lost.what()).isEqualTo("is gone");
        assertThatThrownBy(() -> attachments.putBack(lost)).isInstanceOf(KernelException.class);
        assertThat(kernel.observe().links()).containsOnlyKeys("br0");
        // As a sandbox has it to which it was moved.
        moved = "eth0";
        attachments.putBack(lost);
        Link host = kernel.observe().link(HOST_LINK);
        assertThat(host.master()).isEqualTo("br0");
        assertThat(host.isUp()).isTrue();
        assertThat(sandbox.observe().link("eth0").isUp()).isTrue();
        assertThat(sandbox.observe().addresses())
                .filteredOn(address -> !address.isKernelMade())
                .extracting(address -> address.address().toString())
                .containsExactly("192.168.22.222/24");
    }

    @Test
    void aJoinThatFailsLeavesNothing() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        for (int step = 1; step <= 4; step++) {
            kernel.failAt(step);
            assertThatThrownBy(() -> join("n1", ID)).isInstanceOf(KernelException.class);
            assertThat(kernel.observe().links()).containsOnlyKeys("br0");
            assertThat(store.endpointsIn(SANDBOX)).isEmpty();
        }
    }

    @Test
    void whatTheEngineGaveUpOnIsGoneWhenItIsDone() throws InterruptedException {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        CountDownLatch joining = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        whileInside = () -> {
            joining.countDown();
            await(goOn);
        };
        Thread join = Thread.ofPlatform().start(() -> join("n1", ID));
        await(joining);
        Thread delete = Thread.ofPlatform().start(() -> attachments.deleteEndpoint(new EndpointCall("n1", ID)));
        delete.join(Duration.ofMillis(200));
        goOn.countDown();
        join.join();
        delete.join();
        assertThat(store.endpoints()).isEmpty();
        assertThat(kernel.observe().links()).containsOnlyKeys("br0");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void aMissingBridgeSaysWhatToDo() {
        network("n2", "back", "192.168.52.0/24");
        create("n2", ID, "192.168.52.222/24", null, "{}");
        assertThatThrownBy(() -> join("n2", ID))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no bridge br1")
                .hasMessageContaining("onlink apply");
    }

    @Test
    void leavingTwiceAndWithoutALinkDoesNoHarm() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        EndpointCall call = new EndpointCall("n1", ID);
        attachments.leave(call);
        assertThat(kernel.observe().links()).containsOnlyKeys("br0");
        attachments.leave(call);
        attachments.deleteEndpoint(call);
        attachments.deleteEndpoint(call);
        attachments.leave(call);
        assertThat(store.endpoints()).isEmpty();
    }

    @Test
    void theMacIsTheUsersWhereHeGivesOne() {
        network("n1", "front", "192.168.22.0/24");
        MacAddress mac = MacAddress.parse("02:00:5e:00:53:01");
        assertThat(create("n1", "a1", "192.168.22.222/24", mac, "{}")).isNull();
        assertThat(create("n1", "a2", "192.168.22.223/24", null, "{\"onlink.mac\":\"02:00:5e:00:53:02\"}")
                        .mac())
                .hasToString("02:00:5e:00:53:02");
        assertThatThrownBy(() -> create("n1", "a3", "192.168.22.224/24", mac, "{}"))
                .hasMessageContaining("02:00:5e:00:53:01 on segment front is in use");
        assertThatThrownBy(() -> create("n1", "a3", "192.168.22.224/24", MacAddress.parse("01:00:5e:00:53:01"), "{}"))
                .hasMessageContaining("cannot be an interface's");
        assertThatThrownBy(() -> create("n1", "a3", "192.168.22.224/24", null, "{\"onlink.mac\":\"5\"}"))
                .hasMessageContaining("onlink.mac");
    }

    @Test
    void theMacThatAnotherAskedForIsNotGivenToWhoHasItsAddress() {
        network("n1", "front", "192.168.22.0/24");
        network("n2", "back", "192.168.52.0/24");
        create("n1", "a1", "192.168.22.222/24", MacAddress.parse("02:42:c0:a8:16:df"), "{}");
        assertThatThrownBy(() -> create("n1", "a2", "192.168.22.223/24", null, "{}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(
                        "02:42:c0:a8:16:df, which follows from 192.168.22.223, is in use on segment front by endpoint a1");
        create("n1", "a2", "192.168.22.223/24", MacAddress.parse("02:42:c0:a8:16:e0"), "{}");
        create("n2", "a3", "192.168.52.223/24", MacAddress.parse("02:42:c0:a8:16:df"), "{}");
    }

    @Test
    void theMacOfTheHostsOwnLinksIsNobodyElses() {
        network("n1", "front", "192.168.22.0/24");
        MacAddress mac = MacAddress.parse("02:00:5e:00:53:09");
        kernel.perform(
                new Step.CreateLink(new Bridge(LinkAttributes.named("br9").withMac(mac), Bridge.Options.SEGMENT)));
        for (MacAddress asked : new MacAddress[] {mac, null}) {
            String option = asked == null ? "{\"onlink.mac\":\"02:00:5e:00:53:09\"}" : "{}";
            assertThatThrownBy(() -> create("n1", ID, "192.168.22.222/24", asked, option))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("02:00:5e:00:53:09 is the host's own, on br9");
        }
        assertThat(store.endpoints()).isEmpty();
    }

    @Test
    void optionsThatThereAreNotAreRefused() {
        network("n1", "front", "192.168.22.0/24");
        assertThatThrownBy(() -> create("n1", ID, "192.168.22.222/24", null, "{\"onlink.alow\":\"tcp/443\"}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("onlink.alow: there is no such option")
                .hasMessageContaining("onlink.allow, onlink.default-route, onlink.mac");
        create("n1", ID, "192.168.22.222/24", null, "{\"com.example.alow\":\"x\",\"onlinks\":\"x\"}");
        assertThatThrownBy(() -> attachments.createNetwork(new CreateNetwork(
                        "n3",
                        options("{\"com.docker.network.generic\":{\"onlink.segmnt\":\"front\"}}"),
                        List.of(new AddressPool("OnlinkLocal", IpNetwork.parse("192.168.22.0/24"), null, Map.of())),
                        List.of())))
                .hasMessageContaining("onlink.segmnt: there is no such option")
                .hasMessageContaining("may have onlink.segment");
    }

    @Test
    void aNetworkFromWhichNothingLeadsOutIsRefused() {
        assertThatThrownBy(() -> attachments.createNetwork(new CreateNetwork(
                        "n3",
                        options("{\"com.docker.network.internal\":true}"),
                        List.of(new AddressPool("OnlinkLocal", IpNetwork.parse("192.168.22.0/24"), null, Map.of())),
                        List.of())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("--internal")
                .hasMessageContaining("onlink.default-route=false");
        assertThat(store.networks()).isEmpty();
    }

    @Test
    void optionsThatCannotBeAreRefused() {
        network("n2", "back", "192.168.52.0/24");
        assertThatThrownBy(() -> create("n2", ID, "192.168.52.222/24", null, "{\"onlink.default-route\":\"true\"}"))
                .hasMessageContaining("segment back has no default route");
        assertThatThrownBy(() -> create("n2", ID, "192.168.52.222/24", null, "{\"onlink.default-route\":\"yes\"}"))
                .hasMessageContaining("true or false");
        assertThatThrownBy(() -> create("n9", ID, "192.168.52.222/24", null, "{}"))
                .hasMessageContaining("does not know Docker network n9");
    }

    @Test
    void aNetworkIsOnASegmentOrRefused() {
        network("n1", "", "192.168.22.0/24");
        assertThat(store.network("n1").orElseThrow().segment()).isEqualTo("front");
        assertThatThrownBy(() -> network("n3", "front", "192.168.52.0/24")).hasMessageContaining("192.168.22.0/24");
        assertThatThrownBy(() -> network("n3", "", "192.168.62.0/24")).hasMessageContaining("[front, back, aside]");
        assertThatThrownBy(() -> network("n3", "hosts-own", "192.168.62.0/24")).hasMessageContaining("'containers'");
        assertThatThrownBy(() -> attachments.createNetwork(new CreateNetwork(
                        "n3",
                        Options.NONE,
                        List.of(new AddressPool("LocalDefault", IpNetwork.parse("192.168.22.0/24"), null, Map.of())),
                        List.of())))
                .hasMessageContaining("--ipam-driver onlink");
    }

    @Test
    void whatTheEngineForgotIsFreedUnlessItIsYoung() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        attachments.forgetAllBut(Set.of());
        assertThat(store.endpoints()).hasSize(1);
        now = now.plus(LivingEndpoints.GRACE);
        attachments.forgetAllBut(Set.of(ID));
        assertThat(store.endpoints()).hasSize(1);
        attachments.forgetAllBut(Set.of());
        assertThat(store.endpoints()).isEmpty();
        assertThat(store.leases()).isEmpty();
        assertThat(kernel.observe().links()).containsOnlyKeys("br0");
    }

    @Test
    void aRouteThatTheEngineIsAboutToMoveIsLeftToIt() throws InterruptedException {
        kernel.perform(new Step.CreateLink(new Bridge(LinkAttributes.named("br3"), Bridge.Options.SEGMENT)));
        network("n1", "front", "192.168.22.0/24");
        network("n3", "aside", "192.168.72.0/24");
        create("n3", ID, "192.168.72.222/24", null, "{}");
        join("n3", ID);
        Route ours = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.72.1"), "eth0");
        Route asTheEngineSetIt = new Route(
                ours.destination(),
                ours.table(),
                ours.metric(),
                ours.type(),
                ours.nextHops(),
                null,
                ours.scope(),
                Route.PROTOCOL_BOOT,
                ours.metrics());
        sandbox = new FakeKernel(inside("192.168.72.222/24", "192.168.22.222/24", asTheEngineSetIt));
        attachments.portChanged(HOST_LINK, LinkStatus.PortState.FORWARDING);
        // "docker network connect", while the looks at what the start made are still due: at 0, 50 and 250 ms.
        String second = ID.replace('5', '6');
        create("n1", second, "192.168.22.222/24", null, "{}");
        join("n1", second);
        timer.shutdown();
        assertThat(timer.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sandbox.observe().routes()).contains(asTheEngineSetIt);
    }

    @Test
    void whatWasAdvertisedBeforeItWasRefusedIsForgotten() {
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
        IpNetwork advertised = IpNetwork.parse("2001:db8:bad::/64");
        NetworkState.Builder state = inside(
                "192.168.22.222/24",
                "192.168.52.222/24",
                advertised(IpNetwork.DEFAULT_IPV6, IpAddress.parse("fe80::1"), Route.PROTOCOL_ROUTER_ADVERTISEMENT))
                .toBuilder();
        Address linkLocal = Address.permanent("eth0", InterfaceAddress.parse("fe80::2/64"));
        state.addresses.add(linkLocal);
        state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse("2001:db8:bad::2/64"))
                .withFlag(Address.Flag.MANAGE_TEMPORARY));
        Route onLink = advertised(advertised, null, Route.PROTOCOL_KERNEL);
        Route linkLocals = advertised(IpNetwork.parse("fe80::/64"), null, Route.PROTOCOL_KERNEL);
        state.routes.add(onLink);
        state.routes.add(linkLocals);
        sandbox = new FakeKernel(state.build());
        attachments.endpointOperInfo(new EndpointCall("n1", ID));
        assertThat(sandbox.observe().addresses())
                .filteredOn(address -> address.family() == Family.IPV6)
                .containsExactly(linkLocal);
        assertThat(sandbox.observe().routes())
                .filteredOn(route -> route.family() == Family.IPV6)
                .containsExactly(linkLocals);
    }

    private static Route advertised(IpNetwork destination, IpAddress router, int protocol) {
        Route model = Route.via(destination, Route.MAIN, IpAddress.parse("fe80::1"), "eth0");
        return new Route(
                model.destination(),
                model.table(),
                256,
                model.type(),
                List.of(new Route.NextHop(router, "eth0", 1, false)),
                null,
                model.scope(),
                protocol,
                model.metrics());
    }

    private static NetworkState inside(String eth0, String eth1, Route route) {
        NetworkState.Builder state = new NetworkState.Builder();
        state.put(new OtherLink(LinkAttributes.named("eth0").withUp(true), "veth"));
        state.put(new OtherLink(LinkAttributes.named("eth1").withUp(true), "veth"));
        state.addresses.add(Address.permanent("eth0", InterfaceAddress.parse(eth0)));
        state.addresses.add(Address.permanent("eth1", InterfaceAddress.parse(eth1)));
        state.routes.add(route);
        return state.build();
    }
}
