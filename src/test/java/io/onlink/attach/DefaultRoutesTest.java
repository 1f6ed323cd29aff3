package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.DefaultRoutes.Correction;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.MacAddress;
import io.onlink.model.Route;
import io.onlink.step.Step;
import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who has the default route, and how it is put right. */
class DefaultRoutesTest {
    private static final SequencedMap<String, Segment> SEGMENTS =
            HostFile.parse("host.yaml", """
            version: 1
            segments:
              back:
                bridge: br1
                uplink: eth1
                addresses: [192.168.52.217/24]
                routes:
                  - { to: 172.16.52.0/24, via: 192.168.52.1 }
                containers:
                  pool: [192.168.52.222-192.168.52.239]
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24, "2001:db8:22::217/64"]
                routes:
                  - { to: default, via: 192.168.22.1 }
                  - { to: default, via: "2001:db8:22::1" }
                containers:
                  pool: [192.168.22.222-192.168.22.239, "2001:db8:22::222:0/112"]
              aside:
                bridge: br2
                uplink: eth2
                addresses: [192.168.32.217/24, "2001:db8:32::217/64"]
                containers:
                  pool: [192.168.32.222-192.168.32.239]
                  routers: [192.168.32.1, "2001:db8:32::1"]
            """).segments();

    private static final IpAddress ROUTER = IpAddress.parse("192.168.22.1");
    private static final Route TO_ROUTER = Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, ROUTER, "eth1");
    private static final Route TO_OTHER =
            Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("192.168.32.1"), "eth0");

    @ParameterizedTest
    @CsvSource({
        // Endpoints in the order they joined; + and - are onlink.default-route=true and false.
        "back,               none,  none",
        "front,              front, front",
        "back front,         front, front",
        "aside front,        front, front",
        "aside back,         aside, none",
        "front aside+,       aside, front",
        "front- aside,       aside, none",
        "front-,             none,  none",
        "front- back,        none,  none",
        "aside+ front+,      front, front",
    })
    void theOwnerIs(String joined, String ipv4, String ipv6) {
        List<Endpoint> endpoints = List.of(joined.split(" ", -1)).stream()
                .map(DefaultRoutesTest::endpoint)
                .toList();
        assertThat(owner(endpoints, Family.IPV4)).isEqualTo(ipv4);
        assertThat(owner(endpoints, Family.IPV6)).isEqualTo(ipv6);
        assertThat(owner(endpoints.reversed(), Family.IPV4)).isEqualTo(ipv4);
    }

    @Test
    void theRightRouteIsLeftAlone() {
        assertThat(correct(List.of(TO_ROUTER), Correction.REPLACE)).isEmpty();
    }

    @Test
    void theWrongRouteIsReplacedAtOnce() {
        assertThat(correct(List.of(TO_OTHER), Correction.REPLACE))
                .containsExactly(new Step.ReplaceRoute(TO_OTHER, TO_ROUTER));
    }

    @Test
    void aMissingRouteIsTheEnginesToAddFirst() {
        assertThat(correct(List.of(), Correction.REPLACE)).isEmpty();
        assertThat(correct(List.of(), Correction.ADD)).containsExactly(new Step.AddRoute(TO_ROUTER));
    }

    @Test
    void nothingIsTouchedWhileTheEngineIsAtIt() {
        assertThat(correct(List.of(TO_OTHER), Correction.NONE)).isEmpty();
        assertThat(correct(List.of(), Correction.NONE)).isEmpty();
    }

    @Test
    void furtherDefaultRoutesGo() {
        Route advertised = new Route(
                IpNetwork.DEFAULT_IPV4,
                Route.MAIN,
                100,
                Route.Type.UNICAST,
                TO_OTHER.nextHops(),
                null,
                TO_OTHER.scope(),
                Route.PROTOCOL_ROUTER_ADVERTISEMENT,
                TO_OTHER.metrics());
        assertThat(correct(List.of(TO_ROUTER, advertised), Correction.REPLACE))
                .containsExactly(new Step.DeleteRoute(advertised));
    }

    @Test
    void otherRoutesAreNotTouched() {
        Route connected = Route.via(IpNetwork.parse("172.16.52.0/24"), Route.MAIN, ROUTER, "eth1");
        assertThat(correct(List.of(connected, TO_ROUTER), Correction.ADD)).isEmpty();
    }

    @Test
    void theMacFollowsFromTheAddress() {
        InterfaceAddress ipv4 = InterfaceAddress.parse("192.168.22.222/24");
        InterfaceAddress ipv6 = InterfaceAddress.parse("2001:db8::222/64");
        assertThat(StableMac.of(ipv4, ipv6)).hasToString("02:42:c0:a8:16:de");
        MacAddress ofIpv6 = StableMac.of(null, ipv6);
        assertThat(ofIpv6)
                .isEqualTo(StableMac.of(null, ipv6))
                .hasToString("02:46:" + ofIpv6.toString().substring(6));
        assertThat(ofIpv6).isNotEqualTo(StableMac.of(null, InterfaceAddress.parse("2001:db8::1:222/64")));
    }

    private static List<Step> correct(List<Route> routes, Correction correction) {
        return DefaultRoutes.correct(routes, Family.IPV4, ROUTER, "eth1", correction);
    }

    private static String owner(List<Endpoint> endpoints, Family family) {
        return DefaultRoutes.owner(endpoints, family, SEGMENTS)
                .map(Endpoint::segment)
                .orElse("none");
    }

    private static Endpoint endpoint(String text) {
        String segment = text.replaceFirst("[+-]$", "");
        Boolean said = text.equals(segment) ? null : (Boolean) text.endsWith("+");
        boolean dualStack = segment.equals("front");
        return new Endpoint(
                "e-" + segment,
                "n-" + segment,
                segment,
                InterfaceAddress.parse("192.168.1.5/24"),
                dualStack ? InterfaceAddress.parse("2001:db8::5/64") : null,
                MacAddress.parse("02:42:00:00:00:01"),
                said,
                "/run/docker/netns/1",
                null,
                Instant.EPOCH);
    }
}
