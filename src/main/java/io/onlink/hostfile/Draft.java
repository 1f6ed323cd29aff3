package io.onlink.hostfile;

import io.onlink.model.AddressRange;
import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Route;
import io.onlink.model.Vlan;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the file says, each value with its place; what could not be read is not there. The rules look at it; if neither
 * reading nor rules found a problem, it becomes a {@link HostFile}.
 */
record Draft(
        Optional<Located<Integer>> version,
        List<SegmentDraft> segments,
        List<EthernetDraft> ethernets,
        List<VrfDraft> vrfs,
        List<EntranceDraft> firewall,
        Elements<Located<IpAddress>> peers) {

    /** An interface that has addresses and routes. */
    sealed interface LinkDraft {
        /** Name of the interface. */
        Optional<Located<String>> link();

        /** As a message calls it. */
        String title();

        Elements<Located<InterfaceAddress>> addresses();

        Elements<RouteDraft> routes();

        /** A table of its own for what answers from here; empty without. */
        Optional<RepliesDraft> replies();

        default List<IpNetwork> networks() {
            return addresses().values().stream()
                    .map(address -> address.value().network())
                    .distinct()
                    .toList();
        }

        default boolean isNamed(String name) {
            return link().filter(link -> link.value().equals(name)).isPresent();
        }
    }

    record SegmentDraft(
            Located<String> name,
            Attach attach,
            Optional<Located<String>> bridge,
            Optional<Located<String>> nic,
            Optional<Located<Integer>> vlan,
            Elements<Located<InterfaceAddress>> addresses,
            Elements<RouteDraft> routes,
            Optional<RepliesDraft> replies,
            Optional<Located<Boolean>> acceptRa,
            Optional<Located<Boolean>> multicastSnooping,
            Optional<ContainersDraft> containers)
            implements LinkDraft {
        boolean hasBridge() {
            return attach == Attach.BRIDGE;
        }

        /** The NIC, or its VLAN; at the place that says so last. */
        Optional<Located<String>> uplink() {
            return nic.map(name -> vlan.map(id -> new Located<>(Vlan.usualName(name.value(), id.value()), id.place()))
                    .orElse(name));
        }

        @Override
        public Optional<Located<String>> link() {
            return hasBridge() ? bridge : uplink();
        }

        @Override
        public String title() {
            return "segment " + name.value();
        }
    }

    record ContainersDraft(
            Place label,
            Elements<Located<AddressRange>> pool,
            Elements<Located<IpAddress>> routers,
            boolean isolated,
            Optional<FirewallDraft> firewall) {
        Segment.Containers toContainers() {
            return new Segment.Containers(
                    plain(pool),
                    plain(routers),
                    isolated,
                    firewall.map(FirewallDraft::toAdmission).orElse(Admission.OPEN));
        }
    }

    /** @param verdict of what the list does not name; empty for deny */
    record FirewallDraft(Optional<Located<Verdict>> verdict, Elements<Located<Allowance>> allow) {
        enum Verdict {
            DENY,
            ALLOW;

            static Verdict parse(String text) {
                return switch (text) {
                    case "deny" -> DENY;
                    case "allow" -> ALLOW;
                    default -> throw new IllegalArgumentException("is the text '" + text + "'");
                };
            }
        }

        boolean isOpen() {
            return verdict.filter(word -> word.value() == Verdict.ALLOW).isPresent();
        }

        Admission toAdmission() {
            return isOpen() ? Admission.OPEN : new Admission(true, plain(allow));
        }
    }

    /** What the host's own firewall says of a segment, a NIC or a VRF. */
    record EntranceDraft(Located<String> name, FirewallDraft rules) {}

    record EthernetDraft(
            Located<String> name,
            Elements<Located<InterfaceAddress>> addresses,
            Elements<RouteDraft> routes,
            Optional<RepliesDraft> replies,
            Optional<Located<Boolean>> acceptRa)
            implements LinkDraft {
        @Override
        public Optional<Located<String>> link() {
            return Optional.of(name);
        }

        @Override
        public String title() {
            return name.value();
        }
    }

    record VrfDraft(
            Located<String> name,
            Optional<Located<Integer>> table,
            Elements<Located<String>> interfaces,
            Elements<RouteDraft> routes,
            Elements<Located<IpAddress>> nameServers,
            Elements<Located<String>> services,
            Elements<LeakDraft> leaks) {
        boolean has(LinkDraft link) {
            return interfaces.values().stream().anyMatch(name -> link.isNamed(name.value()));
        }
    }

    /**
     * @param from the domain that has the way, where the VRF is to have it too
     * @param into the domain that is to have the VRF's way
     */
    record LeakDraft(
            Place place,
            Optional<Located<IpNetwork>> to,
            Optional<Located<String>> from,
            Optional<Located<String>> into) {}

    /** @param routers empty for those of the interface's default routes */
    record RepliesDraft(Place label, Optional<Located<Integer>> table, Elements<Located<IpAddress>> routers) {
        Optional<HostFile.Replies> toReplies(List<HostFile.Route> routes) {
            List<IpAddress> written = plain(routers);
            List<IpAddress> all = written.isEmpty()
                    ? routes.stream()
                            .filter(HostFile.Route::isDefault)
                            .sorted(Comparator.comparingInt(HostFile.Route::metric))
                            .map(HostFile.Route::via)
                            .toList()
                    : written;
            return table.map(number -> new HostFile.Replies(number.value(), all, label.position()));
        }
    }

    /** @param to empty for "default": its family is the router's */
    record Destination(Optional<IpNetwork> to) {
        IpNetwork network(Family family) {
            return to.orElse(IpNetwork.defaultOf(family));
        }
    }

    record RouteDraft(
            Place place,
            Optional<Located<Destination>> to,
            Optional<Located<IpAddress>> via,
            Optional<Located<Integer>> metric) {
        /** Empty where it could not be read, or is of another family than the router. */
        Optional<IpNetwork> network() {
            return via.map(router -> router.value().family())
                    .flatMap(family -> to.map(destination -> destination.value().network(family))
                            .filter(network -> network.family() == family));
        }

        /** What the kernel makes of a route without metric, and of metric 0 in IPv6 (net/ipv6/route.c). */
        int effectiveMetric(Family family) {
            int written = metric.map(Located::value).orElse(0);
            return family == Family.IPV6 && written == 0 ? Route.IPV6_DEFAULT_METRIC : written;
        }

        HostFile.Route toRoute(String link) {
            IpNetwork network = network().orElseThrow();
            return new HostFile.Route(
                    network, via.orElseThrow().value(), effectiveMetric(network.family()), link, place.position());
        }
    }

    /** Every interface that has addresses. */
    List<LinkDraft> links() {
        return Stream.<LinkDraft>concat(segments.stream(), ethernets.stream()).toList();
    }

    Optional<SegmentDraft> segment(String name) {
        return segments.stream()
                .filter(segment -> segment.name().value().equals(name))
                .findFirst();
    }

    Optional<EthernetDraft> ethernet(String name) {
        return ethernets.stream()
                .filter(ethernet -> ethernet.name().value().equals(name))
                .findFirst();
    }

    Optional<VrfDraft> vrf(String name) {
        return vrfs.stream().filter(vrf -> vrf.name().value().equals(name)).findFirst();
    }

    /** The interfaces by which packets come from what an entrance names. */
    List<String> links(EntranceDraft entrance) {
        String name = entrance.name().value();
        return Stream.of(
                        segment(name).flatMap(SegmentDraft::link).stream().map(Located::value),
                        ethernet(name).stream().map(ethernet -> ethernet.name().value()),
                        vrf(name).stream().flatMap(vrf -> plain(vrf.interfaces()).stream()))
                .flatMap(links -> links)
                .toList();
    }

    Stream<RouteDraft> routes() {
        return Stream.concat(
                links().stream().flatMap(link -> link.routes().values().stream()),
                vrfs.stream().flatMap(vrf -> vrf.routes().values().stream()));
    }

    /** See {@link Segment#reserved}. */
    Set<IpAddress> reserved(SegmentDraft segment) {
        Set<IpAddress> reserved = new LinkedHashSet<>();
        for (IpNetwork network : segment.networks()) {
            Stream.of(network.address(), network.last())
                    .filter(address -> UnicastAddress.isTheNetworks(address, network))
                    .forEach(reserved::add);
        }
        segment.addresses()
                .values()
                .forEach(address -> reserved.add(address.value().ip()));
        // A VRF may route through a segment whose bridge is its member.
        routes().flatMap(route -> route.via().stream()).forEach(via -> reserved.add(via.value()));
        segment.containers()
                .ifPresent(containers -> containers.routers().values().forEach(router -> reserved.add(router.value())));
        segment.replies()
                .ifPresent(replies -> replies.routers().values().forEach(router -> reserved.add(router.value())));
        reserved.removeIf(address -> segment.networks().stream().noneMatch(network -> network.contains(address)));
        return reserved;
    }

    /** Only for a draft without problems. */
    HostFile toHostFile() {
        return new HostFile(
                version.orElseThrow().value(),
                byName(segments, this::toSegment, Segment::name),
                byName(ethernets, Draft::toEthernet, HostFile.Ethernet::name),
                byName(vrfs, this::toVrf, HostFile.Vrf::name),
                byName(firewall, this::toEntrance, HostFile.Entrance::name),
                new HostFile.Verify(plain(peers)));
    }

    private Segment toSegment(SegmentDraft segment) {
        return new Segment(
                segment.name().value(),
                segment.attach(),
                segment.link().orElseThrow().value(),
                segment.uplink().orElseThrow().value(),
                segment.nic().orElseThrow().value(),
                segment.vlan().map(Located::value),
                plain(segment.addresses()),
                routesOf(segment),
                segment.replies().flatMap(replies -> replies.toReplies(routesOf(segment))),
                segment.acceptRa().map(Located::value),
                segment.multicastSnooping().map(Located::value).orElse(false),
                segment.containers().map(ContainersDraft::toContainers),
                reserved(segment),
                segment.name().place().position(),
                segment.link().orElseThrow().place().position(),
                segment.uplink().orElseThrow().place().position());
    }

    private static HostFile.Ethernet toEthernet(EthernetDraft ethernet) {
        return new HostFile.Ethernet(
                ethernet.name().value(),
                plain(ethernet.addresses()),
                routesOf(ethernet),
                ethernet.replies().flatMap(replies -> replies.toReplies(routesOf(ethernet))),
                ethernet.acceptRa().map(Located::value),
                ethernet.name().place().position());
    }

    private HostFile.Vrf toVrf(VrfDraft vrf) {
        RoutingDomain domain = RoutingDomain.of(this, vrf);
        return new HostFile.Vrf(
                vrf.name().value(),
                vrf.table().orElseThrow().value(),
                plain(vrf.interfaces()),
                vrf.routes().values().stream()
                        .map(route -> route.toRoute(domain.linkTowards(route).orElseThrow()))
                        .toList(),
                plain(vrf.nameServers()),
                vrf.services().values().stream()
                        .map(unit ->
                                new HostFile.Service(unit.value(), unit.place().position()))
                        .toList(),
                vrf.leaks().values().stream()
                        .map(leak -> LeakRules.resolve(this, vrf, leak))
                        .toList(),
                vrf.name().place().position());
    }

    private HostFile.Entrance toEntrance(EntranceDraft entrance) {
        return new HostFile.Entrance(
                entrance.name().value(),
                links(entrance),
                entrance.rules().toAdmission(),
                entrance.name().place().position());
    }

    private static List<HostFile.Route> routesOf(LinkDraft link) {
        String name = link.link().orElseThrow().value();
        return link.routes().values().stream().map(route -> route.toRoute(name)).toList();
    }

    private static <D, T> SequencedMap<String, T> byName(
            List<D> drafts, Function<D, T> finish, Function<T, String> name) {
        SequencedMap<String, T> byName = new LinkedHashMap<>();
        drafts.stream().map(finish).forEach(value -> byName.put(name.apply(value), value));
        return byName;
    }

    private static <T> List<T> plain(Elements<Located<T>> elements) {
        return elements.values().stream().map(Located::value).toList();
    }
}
