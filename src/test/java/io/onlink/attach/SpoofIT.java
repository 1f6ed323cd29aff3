package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.attach.GuardedHost.Container;
import io.onlink.docker.NetworkDriver.EndpointCall;
import io.onlink.libc.PacketSocket;
import io.onlink.model.MacAddress;
import io.onlink.nftables.Dropped;
import io.onlink.nftables.Offence;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container sends in another's name does not leave its port; what it sends in its own does. */
class SpoofIT {
    @TempDir
    private Path directory;

    @AutoClose
    private GuardedHost host;

    private Container container;

    @BeforeEach
    void start() {
        host = new GuardedHost(directory, "");
        container = host.start(222);
    }

    @Test
    void everyForgedFrameIsDroppedAndCounted() {
        List<Forgery> forgeries = Forgery.by(container.mac());
        SoftAssertions all = new SoftAssertions();
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            for (int number = 0; number < forgeries.size(); number++) {
                Forgery forgery = forgeries.get(number);
                long before = counted(forgery.offence());
                inside.send(forgery.frame());
                byte[] honest = Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, 7000 + number);
                inside.send(honest);
                all.assertThat(GuardedHost.comesBefore(wire, forgery.frame(), honest))
                        .as("'%s' came through", forgery)
                        .isFalse();
                all.assertThat(counted(forgery.offence()) - before)
                        .as("'%s' counted as %s", forgery, forgery.offence())
                        .isEqualTo(1);
            }
        }
        all.assertAll();
        assertThat(forgeries).hasSizeGreaterThanOrEqualTo(20);
    }

    /** The same frames reach the router where nothing guards: it is the guard that stops them, not the kernel. */
    @Test
    void withoutTheGuardTheyWouldComeThrough() {
        host.host().exec("nft", "delete", "table", "bridge", "onlink");
        List<Forgery> forgeries = Forgery.by(container.mac());
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            byte[] honest = Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, 7000);
            Stream<Forgery> stopped = forgeries.stream().filter(forgery -> {
                inside.send(forgery.frame());
                inside.send(honest);
                return !GuardedHost.comesBefore(wire, forgery.frame(), honest);
            });
            assertThat(stopped.map(Forgery::name)).isEmpty();
        }
    }

    /** No hook sees a frame to a group that no bridge passes on (IEEE 802.1Q 8.6.3): it must teach the bridge nothing. */
    @Test
    void aFrameThatNoHookSeesTakesNobodysMacAddress() {
        container.namespace().exec("ping", "-c", "1", "-W", "5", GuardedHost.ROUTER_IPV4);
        byte[] lldp = Frames.ethernet(GuardedHost.ROUTER_MAC, 0x88cc, "0207 04 020000000001");
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            for (int group = 0; group <= 0x0f; group++) {
                inside.send(Frames.to(new MacAddress(0x0180_c200_0000L + group), lldp));
            }
            byte[] honest = Frames.udp(container.mac(), Forgery.OWN_IPV4, 7000, Forgery.OTHER_IPV4, 7000);
            inside.send(honest);
            assertThat(GuardedHost.comesBefore(wire, honest, honest)).isTrue();
        }
        assertThat(host.host().exec("bridge", "fdb", "show", "br", "br0").lines())
                .filteredOn(line -> line.startsWith(GuardedHost.ROUTER_MAC + " ") && !line.contains("permanent"))
                .singleElement()
                .asString()
                .contains(" dev eth0 ");
    }

    @Test
    void honestTrafficIsNotTouched() {
        for (String ip : List.of(GuardedHost.ROUTER_IPV4, GuardedHost.ROUTER_IPV6)) {
            container.namespace().exec("ping", "-c", "3", "-i", "0.01", "-W", "5", ip);
        }
        for (String ip : List.of(Forgery.OWN_IPV4, Forgery.OWN_IPV6)) {
            host.router().exec("ping", "-c", "3", "-i", "0.01", "-W", "5", ip);
            host.host().exec("ping", "-c", "3", "-i", "0.01", "-W", "5", ip);
        }
        byte[] probe = Frames.arp(container.mac(), 1, container.mac(), "0.0.0.0", Forgery.OWN_IPV4);
        byte[] announcement = Frames.arp(container.mac(), 1, container.mac(), Forgery.OWN_IPV4, Forgery.OWN_IPV4);
        byte[] duplicate = Frames.icmpv6(container.mac(), "::", Frames.neighbourSolicitation(Forgery.OWN_IPV6));
        byte[] advertisement = Frames.icmpv6(
                container.mac(), Forgery.OWN_IPV6, Frames.neighbourAdvertisement(Forgery.OWN_IPV6, container.mac()));
        try (PacketSocket inside = container.interior();
                PacketSocket wire = host.wire()) {
            for (byte[] frame : List.of(probe, announcement, duplicate, advertisement)) {
                inside.send(frame);
                assertThat(GuardedHost.comesBefore(wire, frame, frame)).isTrue();
            }
        }
        assertThat(host.guard.dropped()).isEmpty();
    }

    @Test
    void aPortThatWentIsForgottenWithItsCounters() {
        Container other = host.start(223);
        try (PacketSocket inside = container.interior()) {
            inside.send(Forgery.by(container.mac()).getFirst().frame());
        }
        assertThat(host.guard.dropped())
                .extracting(Dropped::link)
                .containsExactly(container.endpoint().hostLink());
        host.attachments.leave(new EndpointCall("network", container.endpoint().id()));
        assertThat(host.host().exec("nft", "list", "table", "bridge", "onlink"))
                .contains(other.endpoint().hostLink())
                .doesNotContain(container.endpoint().hostLink());
        host.attachments.leave(new EndpointCall("network", other.endpoint().id()));
        assertThat(host.host().exec("nft", "list", "ruleset")).isEmpty();
    }

    @Test
    void whatWasCountedOutlivesTheAgent() {
        try (PacketSocket inside = container.interior()) {
            inside.send(Forgery.by(container.mac()).getFirst().frame());
        }
        host.attachments.guardAll();
        assertThat(counted(Offence.MAC)).isEqualTo(1);
    }

    private long counted(Offence offence) {
        return host.guard.dropped().stream()
                .filter(dropped -> dropped.offence() == offence)
                .filter(dropped -> dropped.link().equals(container.endpoint().hostLink()))
                .flatMapToLong(dropped -> LongStream.of(dropped.packets()))
                .sum();
    }
}
