package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.libc.Descriptor;
import io.onlink.libc.Errno;
import io.onlink.libc.FrameExchange;
import io.onlink.libc.HeldNetworkNamespace;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.NftablesLibrary;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Exchange;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.model.Stub;
import io.onlink.model.Veth;
import io.onlink.netlink.AddressMessages;
import io.onlink.netlink.LinkMessage;
import io.onlink.netlink.LinkRequests;
import io.onlink.netlink.NeighbourMessages;
import io.onlink.netlink.NetlinkException;
import io.onlink.netlink.NetlinkSocket;
import io.onlink.netlink.RefusedException;
import io.onlink.netlink.Request;
import io.onlink.netlink.RouteMessages;
import io.onlink.netlink.RuleMessages;
import io.onlink.netlink.StationMessages;
import io.onlink.netlink.StationMessages.Station;
import io.onlink.netlink.UnknownLinkException;
import io.onlink.nftables.HostFirewall;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The real kernel's network, in the namespace of the thread that opened it. Used by one platform thread at a time, which
 * need not be in that namespace.
 *
 * <pre>{@code
 * try (LinuxKernel kernel = LinuxKernel.open()) {
 *     NetworkState before = kernel.observe();
 *     kernel.perform(new Step.SetUp("br0", true));
 * }
 * }</pre>
 */
public final class LinuxKernel implements Kernel, AutoCloseable {
    /** Links come and go between one list and the next; twenty times in a row is no accident. */
    private static final int ATTEMPTS = 20;

    /** The kernel takes a second to note a carrier, and on a busy machine a little more. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    /** After that the change goes on: an address that never comes to life is verification's to find. */
    private static final Duration LONGEST_WORK = Duration.ofSeconds(1);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(2);

    /** Of links that are about to be deleted. Any number that nobody else uses: "onl" in ASCII. */
    private static final int GROUP = 0x6f6e6c;

    private final HeldNetworkNamespace namespace;
    private final NetlinkSocket socket;
    private final HeldRedirects redirects = new HeldRedirects();
    private final Map<Exchange, FrameExchange> exchanges = new LinkedHashMap<>();

    private final LazyFirewall firewall;

    private LinuxKernel(HeldNetworkNamespace namespace, NetlinkSocket socket, LazyFirewall firewall) {
        this.namespace = namespace;
        this.socket = socket;
        this.firewall = firewall;
    }

    /**
     * In the calling thread's network namespace.
     *
     * @throws KernelException if the kernel gives no socket
     */
    public static LinuxKernel open() {
        return open(false);
    }

    /** Likewise in a container's, whose rules are its own: {@link #observe} does not read them. */
    public static LinuxKernel openInContainer() {
        return open(true);
    }

    private static LinuxKernel open(boolean inContainer) {
        return explained("open a netlink socket", () -> {
            HeldNetworkNamespace namespace = HeldNetworkNamespace.ofCallingThread();
            LazyFirewall firewall = inContainer ? LazyFirewall.none() : LazyFirewall.of(namespace);
            try {
                return new LinuxKernel(namespace, NetlinkSocket.open(), firewall);
            } catch (SystemCallException refused) {
                namespace.close();
                throw refused;
            }
        });
    }

    @Override
    public NetworkState observe() {
        return explained("read the network's state", () -> {
            NetworkState.Builder state = readLists();
            state.sysctls.putAll(namespace.call(Sysctls::read));
            // What a new link begins with.
            state.sysctls.put(NetworkState.token("default"), "::");
            state.redirects.addAll(redirects.on(state.links.keySet()));
            state.exchanges.addAll(exchanges.keySet());
            state.firewall = firewall.open().map(HostFirewall::read).orElse(Firewall.NONE);
            return state.build();
        });
    }

    @Override
    public @Nullable Link link(String name) {
        return explained("read link " + name, () -> {
            try {
                return look(name);
            } catch (UnknownLinkException masterIsGone) {
                return look(name);
            }
        });
    }

    private @Nullable Link look(String name) {
        return find(LinkRequests.find(name)).map(link -> link.link(this::name)).orElse(null);
    }

    @Override
    public @Nullable BridgePort port(String link) {
        return explained(
                "read port " + link,
                () -> find(LinkRequests.find(link)).flatMap(LinkMessage::port).orElse(null));
    }

    /** All bridges, however many other links there are. */
    public List<Bridge> bridges() {
        return explained(
                "list bridges",
                () -> socket.dump(LinkRequests.list("bridge")).stream()
                        .map(LinkMessage::parse)
                        .map(link -> link.link(this::name))
                        .filter(Bridge.class::isInstance)
                        .map(Bridge.class::cast)
                        .toList());
    }

    /** The kernel's number of a link, as sockets are bound by it; empty where there is none of the name. */
    public OptionalInt linkIndex(String name) {
        return explained(
                "look up link " + name,
                () -> find(LinkRequests.find(name))
                        .map(link -> OptionalInt.of(link.index()))
                        .orElse(OptionalInt.empty()));
    }

    /**
     * Sysctls as they are now, by name with slashes, relative to {@code /proc/sys}; without those that there are not. Far
     * cheaper than {@link #observe}: for looking often at what nobody tells of.
     */
    public SortedMap<String, String> sysctls(Collection<String> names) {
        return explained("read sysctls", () -> namespace.call(() -> Sysctls.read(names)));
    }

    @Override
    public Optional<String> nameOfLink(int index) {
        return explained(
                "read link number " + index,
                () -> find(LinkRequests.find(index)).map(LinkMessage::name));
    }

    private Optional<LinkMessage> find(Request request) {
        try {
            return Optional.of(LinkMessage.parse(socket.get(request)));
        } catch (RefusedException refused) {
            if (refused.errno().equals(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private String name(int index) {
        return find(LinkRequests.find(index)).map(LinkMessage::name).orElseThrow(() -> new UnknownLinkException(index));
    }

    private NetworkState.Builder readLists() {
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            try {
                return Observation.read(socket);
            } catch (UnknownLinkException retried) {
                // A link was made, or renamed, between the list of links and another one.
            }
        }
        return Observation.read(socket);
    }

    @Override
    public void perform(Step step) {
        explained(step.command(), () -> {
            dispatch(step);
            return step;
        });
    }

    private void dispatch(Step step) {
        switch (step) {
            case Step.CreateLink(Link link) -> create(link);
            case Step.DeleteLink(Link link) -> socket.perform(LinkRequests.delete(index(link.name())));
            case Step.SetMaster(String link, var _, var to) ->
                socket.perform(LinkRequests.setMaster(index(link), to == null ? 0 : index(to)));
            case Step.SetUp(String link, boolean up) -> socket.perform(LinkRequests.setUp(index(link), up));
            case Step.MoveLink(String link, var target, String newName) -> {
                try (Descriptor there = new NetworkNamespace(target).open()) {
                    socket.perform(LinkRequests.setNamespace(index(link), there, newName));
                }
            }
            case Step.SetMac(String link, var _, var to) -> socket.perform(LinkRequests.setMac(index(link), to));
            case Step.SetBridgeOptions(String link, var from, var to) ->
                LinkRequests.setBridgeOptions(index(link), from, to).forEach(socket::perform);
            case Step.RenameLink(String from, String to) -> socket.perform(LinkRequests.rename(index(from), to));
            case Step.SetMtu(String link, var _, int to) -> socket.perform(LinkRequests.setMtu(index(link), to));
            case Step.SetPortOptions(String link, var from, var to) ->
                socket.perform(LinkRequests.setPortOptions(index(link), from, to));
            case Step.SetPortState(String link, var _, var to) ->
                socket.perform(LinkRequests.setPortState(index(link), to));
            case Step.FlushPort(String link) -> socket.perform(LinkRequests.flushPort(index(link)));
            case Step.AwaitForwarding(String port, String bridge) -> awaitForwarding(port, bridge);
            case Step.AddRedirect(Redirect redirect) -> add(redirect);
            case Step.DeleteRedirect(Redirect redirect) -> redirects.end(redirect);
            case Step.AddExchange(Exchange exchange) -> add(exchange);
            case Step.HandOnExchange(Exchange exchange) -> {
                FrameExchange ours = end(exchange);
                ours.handOn();
                exchanges.put(exchange.byPort(), ours);
            }
            case Step.DeleteExchange(Exchange exchange) -> end(exchange).close();
            case Step.AwaitNeighbours(Duration time) -> await(time);
            case Step.AddAddress(Address address) -> add(address);
            case Step.ChangeAddress(var _, Address to) -> socket.perform(AddressMessages.change(to, index(to.link())));
            case Step.DeleteAddress(Address address) ->
                socket.perform(AddressMessages.delete(address, index(address.link())));
            case Step.AddNeighbour(Neighbour neighbour) ->
                socket.perform(NeighbourMessages.put(neighbour, index(neighbour.link())));
            case Step.AddRoute(var route) -> add(route);
            case Step.AppendRoute(var route) -> socket.perform(RouteMessages.append(route, this::index));
            case Step.PrependRoute(var route) -> socket.perform(RouteMessages.prepend(route, this::index));
            case Step.DeleteRoute(var route) -> socket.perform(RouteMessages.delete(route, this::index));
            case Step.ReplaceRoute(var _, var to) -> socket.perform(RouteMessages.replace(to, this::index));
            case Step.AddRule(var rule) -> socket.perform(RuleMessages.add(rule));
            case Step.DeleteRule(var rule) -> socket.perform(RuleMessages.delete(rule));
            case Step.SetSysctl(String name, var _, String to) -> set(name, to);
            case Step.SetFirewall change ->
                firewall.open()
                        .orElseThrow(() -> new KernelException(
                                "change the host's firewall", 0, NftablesLibrary.NAME + " is not installed"))
                        .change(change);
            case Step.Announce(String link, var ip, var mac) -> {
                int index = index(link);
                namespace.call(() -> {
                    Announcement.send(index, ip, mac);
                    return link;
                });
            }
            case Step.AnnounceStations(String bridge, String from, String uplink) ->
                announceStations(index(bridge), from, uplink);
        }
    }

    /** Opens libnftables now, where it is installed: it needs one of the first 1,024 descriptors. */
    public void openFirewall() {
        var _ = firewall.open();
    }

    /**
     * How many packets the host's firewall did not let in, by the link's name.
     *
     * @throws KernelException if the kernel refuses
     */
    public Map<String, Long> refused() {
        return firewall.open().map(HostFirewall::refused).orElseGet(Map::of);
    }

    private void set(String sysctl, String value) {
        if (NetworkState.isToken(sysctl)) {
            socket.perform(LinkRequests.setToken(index(NetworkState.linkOf(sysctl)), IpAddress.parse(value)));
            return;
        }
        namespace.call(() -> {
            Sysctls.write(sysctl, value);
            return sysctl;
        });
    }

    private void add(Address address) {
        LinkMessage link = find(LinkRequests.find(address.link())).orElseThrow(() -> new MissingLink(address.link()));
        socket.perform(AddressMessages.add(address, link.index()));
        if (address.flags().contains(Address.Flag.NO_DAD) && link.isOperational()) {
            awaitDelivery(address, link.index());
        }
    }

    /**
     * The kernel says yes to an IPv6 address before the host takes anything sent to it: the route for that is made by a
     * work queue (addrconf_dad_work in net/ipv6/addrconf.c), on a busy machine later than the next step, which may
     * delete the address from where it was.
     */
    private void awaitDelivery(Address address, int linkIndex) {
        Request request = RouteMessages.find(address.address().ip(), linkIndex);
        long start = System.nanoTime();
        while (!isDelivered(request) && System.nanoTime() - start < LONGEST_WORK.toNanos()) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private boolean isDelivered(Request request) {
        try {
            return RouteMessages.parse(socket.get(request), this::name)
                    .filter(route -> route.type() == Route.Type.LOCAL)
                    .isPresent();
        } catch (RefusedException noRouteYet) {
            return false;
        }
    }

    private void add(Redirect redirect) {
        int from = index(redirect.link());
        int to = index(redirect.to());
        namespace.call(() -> {
            redirects.begin(redirect, from, to, () -> mac(redirect.link()));
            return redirect;
        });
    }

    private MacAddress mac(String link) {
        Link found = link(link);
        MacAddress mac = found == null ? null : found.attributes().mac();
        if (mac == null) {
            throw new MissingLink(link);
        }
        return mac;
    }

    private void add(Exchange exchange) {
        int from = index(exchange.from());
        int to = index(exchange.to());
        int stub = index(exchange.stub());
        exchanges.put(exchange, namespace.call(() -> FrameExchange.begin(from, to, stub)));
    }

    private FrameExchange end(Exchange exchange) {
        FrameExchange ours = exchanges.remove(exchange);
        if (ours == null) {
            throw new KernelException(
                    "end the exchange of %s for %s".formatted(exchange.from(), exchange.to()),
                    0,
                    "this program made none");
        }
        return ours;
    }

    private static void await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private void announceStations(int bridge, String from, String uplink) {
        Set<Integer> awayFromStations = new HashSet<>();
        find(LinkRequests.find(from)).ifPresent(link -> awayFromStations.add(link.index()));
        int index = index(uplink);
        awayFromStations.add(index);
        socket.dump(LinkRequests.list()).stream()
                .map(LinkMessage::parse)
                .filter(link -> Stub.isEnd(link.name()))
                .forEach(stub -> awayFromStations.add(stub.index()));
        List<MacAddress> stations = socket.dump(StationMessages.list()).stream()
                .flatMap(message -> StationMessages.parse(message).stream())
                .filter(station -> station.bridge() == bridge && !awayFromStations.contains(station.port()))
                .map(Station::mac)
                .distinct()
                .toList();
        namespace.call(() -> {
            Announcement.sendStations(index, stations);
            return stations;
        });
    }

    private void awaitForwarding(String port, String bridge) {
        long start = System.nanoTime();
        while (!isForwarding(port, bridge)) {
            if (System.nanoTime() - start > LONGEST_WAIT.toNanos()) {
                throw new KernelException(
                        "wait until %s forwards".formatted(port),
                        0,
                        "it does not after %d s: is %s up?".formatted(LONGEST_WAIT.toSeconds(), bridge));
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private boolean isForwarding(String port, String bridge) {
        LinkMessage message = find(LinkRequests.find(port)).orElseThrow(() -> new MissingLink(port));
        return message.status().portState() == LinkStatus.PortState.FORWARDING
                && find(LinkRequests.find(bridge))
                        .orElseThrow(() -> new MissingLink(bridge))
                        .isOperational();
    }

    private void add(Route route) {
        String link = route.link();
        if (!route.isLearned() || link == null) {
            socket.perform(RouteMessages.add(route, this::index));
            return;
        }
        LearnedRoute.add(route, index(link), namespace);
    }

    /** If what comes after the making fails, the new link goes again. */
    private void create(Link link) {
        socket.perform(LinkRequests.create(link, this::index));
        try {
            complete(link.attributes(), link instanceof Bridge);
            if (link instanceof Veth veth && veth.peer() != null) {
                complete(veth.peer(), false);
            }
        } catch (NetlinkException refused) {
            try {
                socket.perform(LinkRequests.delete(index(link.name())));
            } catch (NetlinkException alsoRefused) {
                refused.addSuppressed(alsoRefused);
            }
            throw refused;
        }
    }

    private void complete(LinkAttributes link, boolean isBridge) {
        LinkRequests.complete(index(link.name()), link, isBridge).forEach(socket::perform);
    }

    /** Asked each time: an index that is remembered may be another link's by now. */
    private int index(String link) {
        return find(LinkRequests.find(link)).map(LinkMessage::index).orElseThrow(() -> new MissingLink(link));
    }

    /**
     * Forgets what was learned of who has which address on these links, as {@code ip neigh flush dev LINK} does; the
     * next packet to each asks anew. Entries set by hand stay. Idempotent; a name that no link has is passed over.
     *
     * <p>For proving that addresses can still be resolved: a host that cannot any more works on for up to 45 s on what
     * it remembers.
     */
    public void flushNeighbours(Collection<String> links) {
        explained("ip neigh flush " + String.join(", ", links), () -> {
            links.forEach(link -> find(LinkRequests.find(link)).ifPresent(this::flushNeighbours));
            return links;
        });
    }

    private void flushNeighbours(LinkMessage link) {
        for (Family family : Family.values()) {
            // An empty name is no link's: it stands for all the others.
            socket.dump(NeighbourMessages.list(family)).stream()
                    .flatMap(message ->
                            NeighbourMessages.parse(message, index -> index == link.index() ? link.name() : "")
                                    .stream())
                    .filter(neighbour -> neighbour.link().equals(link.name()))
                    .filter(neighbour -> neighbour.ip().family() == family)
                    .filter(neighbour -> (neighbour.state() & (Neighbour.PERMANENT | Neighbour.NO_ARP)) == 0)
                    .forEach(neighbour -> forget(neighbour.ip(), link.index()));
        }
    }

    private void forget(IpAddress ip, int linkIndex) {
        // The kernel's own collection may be quicker.
        performUnless(Errno.ENOENT, NeighbourMessages.delete(ip, linkIndex));
    }

    /**
     * By a group that is deleted whole (rtnl_group_dellink of net/core/rtnetlink.c): the kernel waits once until nobody uses any of them,
     * not once for each. Measured on 6.18, veth pairs in a bridge: 1.4 ms each for sixty, 23 ms each one by one.
     */
    @Override
    public void deleteLinks(Collection<String> names) {
        explained("delete " + String.join(", ", names), () -> {
            List<Integer> there = names.stream()
                    .flatMap(name -> find(LinkRequests.find(name)).stream())
                    .map(LinkMessage::index)
                    .toList();
            there.forEach(index -> performUnless(Errno.ENODEV, LinkRequests.setGroup(index, GROUP)));
            if (!there.isEmpty()) {
                performUnless(Errno.ENODEV, LinkRequests.deleteGroup(GROUP));
            }
            return there;
        });
    }

    /** Where what it is about went by itself, which the kernel says by this error, there is nothing to do. */
    private void performUnless(Errno gone, Request request) {
        try {
            socket.perform(request);
        } catch (RefusedException refused) {
            if (!refused.errno().equals(gone)) {
                throw refused;
            }
        }
    }

    /** Tried in a namespace of its own, where a link that is made by it disturbs nobody. */
    @Override
    public boolean supportsLinkKind(String kind) {
        return explained(
                "find out whether the kernel has links of kind " + kind,
                () -> NetworkNamespace.callInNew(() -> {
                    try (NetlinkSocket trial = NetlinkSocket.open()) {
                        trial.perform(LinkRequests.createBare(kind, "trial"));
                        return true;
                    } catch (RefusedException refused) {
                        // Any other error is of a kernel that knows the kind and misses something it needs.
                        return !refused.errno().equals(Errno.EOPNOTSUPP);
                    }
                }));
    }

    @Override
    public Optional<String> refusalOf(Firewall wanted) {
        return explained(
                "find out whether the kernel can have the host's firewall",
                () -> NetworkNamespace.callInNew(() -> HostFirewall.refusalOf(wanted)));
    }

    @Override
    public Set<Feature> features() {
        return explained("find out what the kernel can do", () -> NetworkNamespace.callInNew(Trial::features));
    }

    @Override
    public void close() {
        redirects.close();
        exchanges.values().forEach(FrameExchange::close);
        firewall.close();
        socket.close();
        namespace.close();
    }

    private static <T extends @Nullable Object> T explained(String doing, Supplier<T> work) {
        try {
            return work.get();
        } catch (RefusedException refused) {
            String why = refused.explanation().isEmpty() ? "" : ": " + refused.explanation();
            throw Failures.of(doing, refused.errno(), refused.errno() + why, refused);
        } catch (MissingLink missing) {
            throw Failures.of(doing, Errno.ENODEV, Objects.requireNonNull(missing.getMessage()), missing);
        } catch (SystemCallException refused) {
            throw Failures.of(doing, refused.errno(), Objects.requireNonNull(refused.getMessage()), refused);
        } catch (NetlinkException | UnknownLinkException | UncheckedIOException failed) {
            throw new KernelException(doing, 0, String.valueOf(failed.getMessage()), failed);
        }
    }

    private static final class MissingLink extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MissingLink(String link) {
            super("there is no link \"" + link + "\"");
        }
    }
}
