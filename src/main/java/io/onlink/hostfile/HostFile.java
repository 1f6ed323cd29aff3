package io.onlink.hostfile;

import io.onlink.failure.ConfigurationException;
import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A host file in which everything fits together: one host's segments, NICs and VRFs. {@code docs/host-file.md} says
 * what each key means.
 *
 * <pre>{@code
 * HostFile file = HostFile.read(Path.of("/etc/onlink/host.yaml"));
 * Segment service = file.segments().get("Service-Segment");
 * service.router(Family.IPV4); // 192.168.22.1
 * }</pre>
 *
 * @param version of the file's format: 1
 * @param segments by name, in the order of the file
 * @param ethernets by name, in the order of the file
 * @param vrfs by name, in the order of the file
 * @param firewall of the host itself: by the name of a segment, a NIC or a VRF, in the order of the file
 * @param verify what proves that the host can still be reached
 */
public record HostFile(
        int version,
        SequencedMap<String, Segment> segments,
        SequencedMap<String, Ethernet> ethernets,
        SequencedMap<String, Vrf> vrfs,
        SequencedMap<String, Entrance> firewall,
        Verify verify) {

    public HostFile {
        segments = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(segments));
        ethernets = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ethernets));
        vrfs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(vrfs));
        firewall = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(firewall));
    }

    /** What a host without a host file declares: nothing. */
    public static HostFile empty() {
        return new HostFile(
                1,
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new LinkedHashMap<>(),
                new Verify(List.of()));
    }

    /**
     * Reads a file of at most 1 MB, in UTF-8. Changes nothing.
     *
     * @throws ConfigurationException if it cannot be read, or with everything that is wrong in it
     */
    public static HostFile read(Path path) {
        return parse(path.toString(), FileText.read(path));
    }

    /**
     * The text of a host file, to be parsed and kept.
     *
     * @throws ConfigurationException if it cannot be read, is too long or not UTF-8
     */
    public static String readText(Path path) {
        return FileText.read(path);
    }

    /**
     * Reads the text of a file.
     *
     * @param name what the file is called in the problems
     * @throws ConfigurationException with everything that is wrong, a line each: {@code NAME:LINE:COLUMN: KEY: what is
     *     wrong; what is allowed}
     */
    public static HostFile parse(String name, String text) {
        Problems problems = new Problems();
        YamlText yaml = new YamlText(name, text, problems);
        Optional<Draft> draft = yaml.compose().flatMap(root -> DraftReader.read(Value.root(root, yaml, problems)));
        draft.ifPresent(written -> {
            NameRules.check(written, problems);
            AttachRules.check(written, problems);
            AddressRules.check(written, problems);
            RouteRules.check(written, problems);
            ContainerRules.check(written, problems);
            VrfRules.check(written, problems);
            ProgramRules.check(written, problems);
            RepliesRules.check(written, problems);
            LeakRules.check(written, problems);
            FirewallRules.check(written, problems);
            EntranceRules.check(written, problems);
            VerifyRules.check(written, problems);
        });
        problems.throwIfAny();
        return draft.orElseThrow(() -> new AssertionError("no draft, and no problem noted"))
                .toHostFile();
    }

    /** The NICs that must be there before the file can be made true: the segments' uplinks and the Ethernet links. */
    public Set<String> nics() {
        Set<String> names = new LinkedHashSet<>(ethernets.keySet());
        segments.values().forEach(segment -> names.add(segment.nic()));
        return names;
    }

    /**
     * The same without what has to do with some links: their segments and NICs, VRFs of these names, and of other VRFs those
     * members. What is let in to the host stays as it is.
     */
    public HostFile without(Set<String> links) {
        SequencedMap<String, Segment> otherSegments = new LinkedHashMap<>(segments);
        otherSegments.values().removeIf(segment -> links.contains(segment.link()) || links.contains(segment.uplink()));
        SequencedMap<String, Ethernet> otherEthernets = new LinkedHashMap<>(ethernets);
        otherEthernets.keySet().removeAll(links);
        SequencedMap<String, Vrf> otherVrfs = new LinkedHashMap<>(vrfs);
        otherVrfs.keySet().removeAll(links);
        otherVrfs.replaceAll((_, vrf) -> vrf.without(links));
        return new HostFile(version, otherSegments, otherEthernets, otherVrfs, firewall, verify);
    }

    /** The routing tables of which the file speaks: the main one, and the VRFs'. */
    public Set<Integer> tables() {
        Set<Integer> tables = new LinkedHashSet<>(Set.of(io.onlink.model.Route.MAIN));
        vrfs.values().forEach(vrf -> tables.add(vrf.table()));
        segments.values().forEach(segment -> segment.replies().ifPresent(replies -> tables.add(replies.table())));
        ethernets.values().forEach(nic -> nic.replies().ifPresent(replies -> tables.add(replies.table())));
        return tables;
    }

    /** The table that leads what this host sends from an interface's addresses: its own, its VRF's or the main one. */
    public int tableOf(String link) {
        return vrfOf(link)
                .map(Vrf::table)
                .or(() -> Stream.concat(
                                segments.values().stream()
                                        .filter(segment -> segment.link().equals(link))
                                        .flatMap(segment -> segment.replies().stream()),
                                Optional.ofNullable(ethernets.get(link)).stream()
                                        .flatMap(nic -> nic.replies().stream()))
                        .map(Replies::table)
                        .findFirst())
                .orElse(io.onlink.model.Route.MAIN);
    }

    /** The host's addresses on an interface: a segment's bridge or uplink, or a NIC. */
    public List<InterfaceAddress> addressesOf(String link) {
        return Stream.concat(
                        segments.values().stream()
                                .filter(segment -> segment.link().equals(link))
                                .flatMap(segment -> segment.addresses().stream()),
                        Optional.ofNullable(ethernets.get(link)).stream().flatMap(nic -> nic.addresses().stream()))
                .toList();
    }

    /** The VRF that an interface (a segment's bridge, a NIC) is a member of; empty for the main routing table. */
    public Optional<Vrf> vrfOf(String link) {
        return vrfs.values().stream()
                .filter(vrf -> vrf.interfaces().contains(link))
                .findFirst();
    }

    /**
     * What the host's own firewall lets in from a segment, a NIC or a VRF.
     *
     * @param name of the segment, NIC or VRF
     * @param links by which packets come in from there: the segment's, the NIC, the VRF's members
     * @param position of its name
     */
    public record Entrance(String name, List<String> links, Admission admission, Position position) {
        public Entrance {
            links = List.copyOf(links);
        }
    }

    /** Those by which not everybody gets in, by link. */
    public Firewall hostFirewall() {
        NavigableMap<String, List<Allowance>> closed = new TreeMap<>();
        firewall.values().stream()
                .filter(entrance -> entrance.admission().closed())
                .forEach(entrance -> entrance.links()
                        .forEach(link -> closed.put(link, entrance.admission().allowed())));
        return Firewall.of(closed);
    }

    /** What the firewall says of a link; empty where it says nothing. */
    public Optional<Entrance> entranceBy(String link) {
        return firewall.values().stream()
                .filter(entrance -> entrance.links().contains(link))
                .findFirst();
    }

    /**
     * What is probed after a change besides the routers.
     *
     * @param peers addresses on the segments or beyond the routers that answer an ICMP echo
     */
    public record Verify(List<IpAddress> peers) {
        public Verify {
            peers = List.copyOf(peers);
        }
    }

    /**
     * A NIC that is in no bridge, or that is an uplink and stands here for completeness, without addresses.
     *
     * @param name of the interface
     * @param replies the table that leads what this host sends from its addresses here; empty for the main one, or the VRF's
     * @param acceptRa whether it obeys routers' advertisements; empty for as it was found
     * @param position of its name
     */
    public record Ethernet(
            String name,
            List<InterfaceAddress> addresses,
            List<Route> routes,
            Optional<Replies> replies,
            Optional<Boolean> acceptRa,
            Position position) {
        public Ethernet {
            addresses = List.copyOf(addresses);
            routes = List.copyOf(routes);
        }
    }

    /**
     * A routing domain of its own: what comes in on a member is answered by this table.
     *
     * @param name of the VRF interface
     * @param table number of the routing table, never one of the kernel's
     * @param interfaces the members: NICs and segments' bridges of this file
     * @param routes each leaves by a member
     * @param nameServers that its programs ask; none for those of the host
     * @param services whose sockets are bound to it
     * @param leaks ways that two domains share
     * @param position of its name
     */
    public record Vrf(
            String name,
            int table,
            List<String> interfaces,
            List<Route> routes,
            List<IpAddress> nameServers,
            List<Service> services,
            List<Leak> leaks,
            Position position) {
        public Vrf {
            interfaces = List.copyOf(interfaces);
            routes = List.copyOf(routes);
            nameServers = List.copyOf(nameServers);
            services = List.copyOf(services);
            leaks = List.copyOf(leaks);
        }

        private Vrf without(Set<String> links) {
            return new Vrf(
                    name,
                    table,
                    interfaces.stream().filter(link -> !links.contains(link)).toList(),
                    routes.stream()
                            .filter(route -> !links.contains(route.link()))
                            .toList(),
                    nameServers,
                    services,
                    leaks.stream().filter(leak -> !links.contains(leak.link())).toList(),
                    position);
        }
    }

    /**
     * A way of one routing domain that another has too.
     *
     * @param via the router; null for a network that the link itself is on
     * @param link by which the packets leave, of the domain that has the way
     * @param table of the domain that gets it
     * @param position of the entry
     */
    public record Leak(IpNetwork to, @Nullable IpAddress via, String link, int table, Position position) {}

    /**
     * A table of its own for what this host sends from an interface's addresses: what comes in there is answered there.
     *
     * @param table its number
     * @param routers of its default routes, on the interface's networks
     * @param position of the section
     */
    public record Replies(int table, List<IpAddress> routers, Position position) {
        public Replies {
            routers = List.copyOf(routers);
        }
    }

    /**
     * A systemd unit whose sockets are bound to a VRF.
     *
     * @param unit with its ending, {@code sshd.service}
     * @param position of its name
     */
    public record Service(String unit, Position position) {}

    /**
     * A route through a router. Its table is the one of the VRF that the link is a member of, else the main one.
     *
     * @param to {@link IpNetwork#isDefault()} for a default route
     * @param via the router, of the same family
     * @param metric smaller wins; without one in the file what the kernel takes, 0 for IPv4 and 1024 for IPv6
     * @param link the interface it leaves by: the segment's bridge, the NIC, or the VRF's member that reaches the router
     * @param position of the whole route
     */
    public record Route(IpNetwork to, IpAddress via, int metric, String link, Position position) {
        public Family family() {
            return to.family();
        }

        public boolean isDefault() {
            return to.isDefault();
        }
    }
}
