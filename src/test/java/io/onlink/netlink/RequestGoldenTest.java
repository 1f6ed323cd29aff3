package io.onlink.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.Address;
import io.onlink.model.Link;
import io.onlink.model.OtherLink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The exact bytes of each request. That the kernel takes them so, and {@code ip} sees it, is LinuxKernelIT's. */
class RequestGoldenTest {
    static Stream<String> names() {
        return Requests.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void isByteForByte(String name) {
        GoldenBytes.check(name, Requests.all().get(name).encode(NetlinkConstants.NLM_F_ACK, 1, 2));
    }

    @Test
    void noGoldenFileIsOfNoRequest() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/golden/netlink"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".hex"))
                            .map(file -> file.getFileName().toString().replace(".hex", "")))
                    .containsExactlyInAnyOrderElementsOf(Requests.all().keySet());
        }
    }

    /** The kernel's notices of an object have the shape of the request that makes it. */
    @Test
    void whatIsWrittenIsReadAsTheSame() {
        LinkNames names = index -> "br" + index;
        assertThat(Map.of(
                        "IPv4",
                        AddressMessages.parse(read("address-add-ipv4"), names),
                        "limited",
                        AddressMessages.parse(read("address-add-limited"), names)))
                .containsEntry("IPv4", Optional.of(withoutFlags(Requests.IPV4)))
                .containsEntry("limited", Optional.of(withoutFlags(Requests.LIMITED)));
        assertThat(RouteMessages.parse(read("route-add-default-ipv4"), names)).contains(Requests.DEFAULT_IPV4);
        assertThat(RouteMessages.parse(read("route-add-default-ipv6"), names)).contains(Requests.DEFAULT_IPV6);
        assertThat(RouteMessages.parse(read("route-add-detailed"), names)).contains(Requests.DETAILED);
        assertThat(RouteMessages.parse(read("route-add-multipath"), names)).contains(Requests.MULTIPATH);
        assertThat(RouteMessages.parse(read("route-add-blackhole"), names)).contains(Requests.BLACKHOLE);
        assertThat(RuleMessages.parse(read("rule-add-selective"))).contains(Requests.SELECTIVE);
        assertThat(LinkMessage.parse(read("link-create-vrf")).link(names)).isEqualTo(Requests.VRF);
        assertThat(LinkMessage.parse(read("link-create-vlan")).link(names)).isEqualTo(Requests.VLAN);
        assertThat(LinkMessage.parse(read("link-create-macvlan")).link(names)).isEqualTo(Requests.MACVLAN);
        assertThat(LinkMessage.parse(read("link-create-ipvlan")).link(names)).isEqualTo(Requests.IPVLAN);
    }

    /** By a kind's name: no compiler says that one is missing. */
    @Test
    void everyKindThatIsMadeIsReadAsItself() {
        LinkNames names = index -> "br" + index;
        Set<Class<?>> read = Requests.all().keySet().stream()
                .filter(name -> name.startsWith("link-create-") && !name.equals("link-create-bare"))
                .<Class<?>>map(name -> LinkMessage.parse(read(name)).link(names).getClass())
                .collect(Collectors.toSet());
        Set<Class<?>> kinds = kinds(Link.class).collect(Collectors.toSet());
        kinds.remove(OtherLink.class);
        assertThat(read).isEqualTo(kinds);
    }

    private static Stream<Class<?>> kinds(Class<?> link) {
        return link.isSealed()
                ? Stream.of(link.getPermittedSubclasses()).flatMap(RequestGoldenTest::kinds)
                : Stream.of(link);
    }

    private static Address withoutFlags(Address address) {
        return new Address(
                address.link(),
                address.address(),
                address.peer(),
                address.broadcast(),
                address.scope(),
                Set.of(),
                address.lifetime(),
                address.protocol());
    }

    private static Message read(String name) {
        return Message.parse(ByteBuffer.wrap(GoldenBytes.read(name))).getFirst();
    }
}
