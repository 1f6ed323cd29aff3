package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Exchange;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.model.Scope;
import io.onlink.model.Stub;
import io.onlink.model.UpperLink;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A kernel for tests, written by hand and stricter than the real one: where Linux would silently take
 * something away (addresses with a master, routes with an address, secondaries with a primary), it
 * refuses. A plan that passes here says all it does.
 */
public final class FakeKernel implements Kernel {
    /** Among the kinds of links for a kernel that can have no firewall. */
    public static final String WITHOUT_FIREWALL = "without firewall";

    private static final Map<String, String> INHERITED = Map.of(
            "net/ipv6/conf/%s/disable_ipv6", "0",
            "net/ipv6/conf/%s/accept_ra", "1",
            "net/ipv4/conf/%s/rp_filter", "0",
            "net/ipv6/conf/%s/forwarding", "0",
            "net/ipv6/conf/%s/addr_gen_mode", "0",
            "net/ipv6/conf/%s/use_tempaddr", "0",
            "net/ipv4/conf/%s/promote_secondaries", "0");

    private NetworkState.Builder state;
    private final Set<String> kinds;
    private final Set<IpAddress> tentative = new HashSet<>();
    public final FakeConnectedRoutes connected = new FakeConnectedRoutes();
    private final FakePorts ports = new FakePorts();
    private final Set<Feature> features;
    private int failAtStep = Integer.MAX_VALUE;
    private int performed;
    private long nextMac = 0x02_00_00_00_00_01L;

    public FakeKernel(NetworkState initial) {
        this(initial, Set.of("bridge", "veth", "vrf", "vlan", "macvlan", "ipvlan"));
    }

    public FakeKernel(NetworkState initial, Set<String> kinds) {
        this(initial, kinds, Set.of(Feature.values()));
    }

    public FakeKernel(NetworkState initial, Set<String> kinds, Set<Feature> features) {
        this.state = FakeConnectedRoutes.without(initial);
        this.kinds = kinds;
        this.features = features;
        state.sysctls.putIfAbsent(NetworkState.reversePathFilter("all"), "0");
        INHERITED.forEach((name, value) -> {
            state.sysctls.putIfAbsent(name.formatted("default"), value);
            state.links.keySet().forEach(link -> state.sysctls.putIfAbsent(name.formatted(link), value));
        });
        state.links.keySet().forEach(this::startAutomaticIpv6);
    }

    /** Makes the n-th step from now (from 1) fail with EIO, and no other. */
    public void failAt(int step) {
        failAtStep = performed + step;
    }

    /** Duplicate address detection comes to its end. */
    public void passTime() {
        tentative.clear();
    }

    @Override
    public boolean supportsLinkKind(String kind) {
        return kinds.contains(kind);
    }

    @Override
    public Optional<String> refusalOf(Firewall firewall) {
        return kinds.contains(WITHOUT_FIREWALL) ? Optional.of("Operation not supported") : Optional.empty();
    }

    @Override
    public Set<Feature> features() {
        return features;
    }

    @Override
    public synchronized NetworkState observe() {
        return connected.with(state.build());
    }

    @Override
    public synchronized @Nullable BridgePort port(String link) {
        return ports.port(state.links.get(link), state);
    }

    @Override
    public synchronized void perform(Step step) {
        performed++;
        if (performed == failAtStep) {
            throw new KernelException(step.command(), 5, "EIO (made to fail by the test)");
        }
        try {
            switch (step) {
                case Step.CreateLink(Link link) -> create(link);
                case Step.DeleteLink(Link link) -> delete(link);
                case Step.SetMaster(var link, var from, var to) -> setMaster(link, from, to);
                case Step.SetUp(String name, boolean up) -> setUp(name, up);
                case Step.MoveLink(String name, var namespace, var newName) -> {
                    Link link = existing(name);
                    check(link.master() == null, "the kernel would take it from its master");
                    check(withoutKernelMade(name, Family.IPV4).isEmpty(), "the kernel would take its IPv4 addresses");
                    check(withoutKernelMade(name, Family.IPV6).isEmpty(), "the kernel would take its IPv6 addresses");
                    state.links.remove(name);
                    INHERITED.keySet().forEach(key -> state.sysctls.remove(key.formatted(name)));
                }
                case Step.SetMac(String name, MacAddress from, MacAddress to) -> {
                    Link link = existing(name);
                    check(from.equals(link.attributes().mac()), "another MAC address");
                    forgetNeighbours(name, Family.IPV4);
                    forgetNeighbours(name, Family.IPV6);
                    state.put(link.withAttributes(link.attributes().withMac(to)));
                }
                case Step.SetBridgeOptions(var name, var from, var to) -> {
                    check(
                            existing(name) instanceof Bridge bridge
                                    && bridge.options().equals(from),
                            "other options");
                    state.put(new Bridge(existing(name).attributes(), to));
                }
                case Step.RenameLink(String from, String to) -> rename(from, to);
                case Step.SetMtu(String name, int from, int to) -> {
                    Link link = existing(name);
                    check(link.attributes().mtu() == from, "another MTU");
                    state.put(link.withAttributes(link.attributes().withMtu(to)));
                }
                case Step.SetPortOptions(String name, var from, var to) ->
                    refuseFor(ports.set(name, port(name), from, to));
                case Step.SetPortState(String name, var from, var to) -> {
                    check(isBridge(existing(name).master()), "it is no port of a bridge");
                    Bridge bridge = (Bridge)
                            existing(Objects.requireNonNull(existing(name).master()));
                    refuseFor(ports.set(name, port(name), bridge, from, to));
                }
                case Step.FlushPort(String name) ->
                    check(isBridge(existing(name).master()), "it is no port of a bridge");
                case Step.AwaitForwarding(String port, String bridge) -> {
                    check(existing(port).isUp() && existing(bridge).isUp(), "it will never forward");
                    check(bridge.equals(existing(port).master()), "it is no port of the bridge");
                }
                case Step.AddRedirect(Redirect redirect) -> add(redirect);
                case Step.DeleteRedirect(Redirect redirect) ->
                    check(state.redirects.remove(redirect), "No such file or directory");
                case Step.AddExchange(Exchange exchange) -> {
                    check(features.contains(Feature.REDIRECT), "TC classifier not found");
                    new FakeExchanges(state).add(exchange).ifPresent(refusal -> check(false, refusal));
                }
                case Step.HandOnExchange(Exchange exchange) ->
                    new FakeExchanges(state).handOn(exchange).ifPresent(refusal -> check(false, refusal));
                case Step.DeleteExchange(Exchange exchange) ->
                    check(state.exchanges.remove(exchange), "No such file or directory");
                case Step.AwaitNeighbours _ -> {}
                case Step.AddAddress(Address address) -> add(address);
                case Step.DeleteAddress(Address address) -> delete(address);
                case Step.ChangeAddress(Address from, Address to) -> {
                    int index = state.addresses.indexOf(from);
                    check(index >= 0, "Cannot assign requested address");
                    state.addresses.set(index, to);
                }
                case Step.AddNeighbour(var neighbour) -> {
                    // One set by hand is taken on a link that is down too (measured on 6.18).
                    check(existing(neighbour.link()).isUp() || neighbour.isSetByHand(), "Network is down");
                    check(
                            neighbour.mac() != null || neighbour.proxy(),
                            "a neighbour without a MAC address says nothing");
                    state.neighbours.removeIf(other ->
                            other.link().equals(neighbour.link()) && other.ip().equals(neighbour.ip()));
                    state.neighbours.add(neighbour);
                }
                case Step.AddRoute(Route route) -> refuseFor(routes().add(route));
                case Step.AppendRoute(Route route) -> refuseFor(routes().append(route));
                case Step.PrependRoute(Route route) -> refuseFor(routes().prepend(route));
                case Step.DeleteRoute(Route route) -> refuseFor(routes().delete(route));
                case Step.ReplaceRoute(Route from, Route to) -> refuseFor(routes().replace(from, to));
                case Step.AddRule(var rule) -> {
                    check(!state.rules.contains(rule), "File exists");
                    state.rules.add(rule);
                }
                case Step.DeleteRule(var rule) -> check(state.rules.remove(rule), "No such file or directory");
                case Step.SetSysctl(var name, var from, var to) -> setSysctl(name, from, to);
                case Step.SetFirewall(Firewall from, Firewall to) -> {
                    check(state.firewall.equals(from), "another firewall is there");
                    check(!from.equals(to), "it is so already");
                    check(to.whole(), "no plan writes what somebody else has made of it");
                    state.firewall = to;
                }
                case Step.Announce(var name, var ip, var mac) -> {
                    check(existing(name).isUp(), "Network is down");
                    check(mac.equals(existing(name).attributes().mac()), "another MAC address");
                    check(
                            state.addresses.stream().anyMatch(a -> a.link().equals(name) && a.ip().equals(ip)),
                            "the link has no such address");
                }
                case Step.AnnounceStations(String bridge, var _, String uplink) -> {
                    check(isBridge(bridge), "No such device");
                    check(existing(uplink).isUp(), "Network is down");
                }
            }
            HarmToTheLan.of(state).ifPresent(harm -> check(false, harm));
        } catch (Refused e) {
            throw new KernelException(step.command(), 22, e.getMessage());
        }
    }

    private void create(Link link) {
        check(state.links.get(link.name()) == null, "File exists");
        new FakeUpperLinks(state, kinds).refusalToMake(link).ifPresent(refusal -> check(false, refusal));
        switch (link) {
            case Bridge _, UpperLink _ -> put(link);
            case Vrf vrf -> {
                check(kinds.contains("vrf"), "Unknown device type");
                check(
                        state.links.values().stream()
                                .noneMatch(other -> other instanceof Vrf v && v.table() == vrf.table()),
                        "table in use by another VRF");
                put(vrf);
            }
            case Veth veth -> {
                LinkAttributes peer = veth.peer();
                check(peer != null && state.links.get(peer.name()) == null, "no peer, or its name is taken");
                put(veth);
                put(new Veth(/* attributes= */ peer, /* peer= */ veth.attributes()));
            }
            case OtherLink other -> throw new Refused("Unknown device type");
        }
    }

    private void put(Link link) {
        LinkAttributes attributes = link.attributes().withUp(false).withMaster(null);
        if (attributes.mac() == null) {
            attributes = attributes.withMac(new MacAddress(nextMac++));
        }
        if (attributes.mtu() == 0) {
            attributes = attributes.withMtu(1500);
        }
        state.put(link.withAttributes(attributes));
        INHERITED.forEach((name, value) -> state.sysctls.put(
                name.formatted(link.name()), state.sysctls.getOrDefault(name.formatted("default"), value)));
    }

    private void add(Redirect redirect) {
        boolean isForward = switch (redirect.hook()) {
            case INGRESS, EGRESS -> false;
            case INGRESS_FORWARD, EGRESS_FORWARD -> true;
        };
        check(features.contains(isForward ? Feature.FORWARD : Feature.REDIRECT), "TC classifier not found");
        check(existing(redirect.link()).isUp() || Stub.isPort(redirect.link()), "it has no frames");
        check(existing(redirect.to()).isUp(), "Network is down");
        check(
                state.redirects.stream()
                        .noneMatch(other -> other.link().equals(redirect.link()) && other.hook() == redirect.hook()),
                "File exists");
        String bridge = isForward ? existing(redirect.to()).master() : redirect.to();
        check(
                !redirect.hook().isIncoming() || isBridgeOfItsMac(bridge, redirect.link()),
                "frames for another MAC address are dropped");
        state.redirects.add(redirect);
    }

    private void rename(String from, String to) {
        check(features.contains(Feature.LIVE_RENAME) || !existing(from).isUp(), "Device or resource busy");
        check(state.links.containsKey(from) && !state.links.containsKey(to), "File exists");
        state = state.build().withRenamed(from, to).toBuilder();
    }

    private boolean isBridgeOfItsMac(@Nullable String bridge, String link) {
        return isBridge(bridge)
                && Objects.equals(
                        existing(bridge).attributes().mac(),
                        existing(link).attributes().mac());
    }

    private boolean isBridge(@Nullable String name) {
        return name != null && state.links.get(name) instanceof Bridge;
    }

    /** Linux does, and drops the frames that come in meanwhile. */
    private void refuseToDropFrames(Link link, @Nullable String from, @Nullable String to) {
        boolean hasFrames = link instanceof OtherLink
                && link.isUp()
                && (isBridge(from) || isBridge(to))
                && !isVrf(from)
                && !isVrf(to)
                && state.addresses.stream()
                        .filter(a -> !a.isKernelMade() && a.link().equals(link.name()))
                        .anyMatch(own -> state.addresses.stream()
                                .anyMatch(a -> a.ip().equals(own.ip())
                                        && (a.link().equals(from) || a.link().equals(to))));
        boolean isRedirected = state.redirects.stream()
                .anyMatch(r -> r.link().equals(link.name()) && r.hook().isIncoming());
        boolean cannot = Collections.disjoint(features, Set.of(Feature.REDIRECT, Feature.FORWARD));
        check(cannot || !hasFrames || isRedirected, "frames would be dropped meanwhile");
    }

    private void deleteStub(String port) {
        check(
                state.redirects.stream().noneMatch(r -> r.to().equals(port)),
                "the frames that are redirected to it would be dropped");
        state.remove(port);
        state.remove(Stub.peer(port));
    }

    private void delete(Link wanted) {
        Link link = existing(wanted.name());
        if (Stub.isPort(link.name())) {
            deleteStub(link.name());
            return;
        }
        check(
                state.redirects.stream().noneMatch(r -> r.link().equals(link.name()) || r.to().equals(link.name())),
                "a redirect hangs on it");
        check(!(link instanceof OtherLink), "Operation not supported");
        check(!link.isUp() && link.master() == null, "it is up, or has a master");
        check(
                state.links.values().stream().noneMatch(other -> link.name().equals(other.master())),
                "a link still has it as master");
        new FakeUpperLinks(state, kinds).refusalToDelete(link).ifPresent(refusal -> check(false, refusal));
        check(withoutKernelMade(link.name(), Family.IPV4).isEmpty(), "it has IPv4 addresses");
        check(withoutKernelMade(link.name(), Family.IPV6).isEmpty(), "it has IPv6 addresses");
        check(state.routes.stream().noneMatch(r -> !r.isLearned() && r.uses(link.name())), "routes use it");
        lose(link.name());
        state.links.remove(link.name());
        if (link instanceof Veth veth && veth.peer() != null) {
            state.links.remove(veth.peer().name());
        }
        state.addresses.removeIf(address -> address.link().equals(link.name()));
        INHERITED.keySet().forEach(name -> state.sysctls.remove(name.formatted(link.name())));
    }

    private void setMaster(String name, @Nullable String from, @Nullable String to) {
        Link link = existing(name);
        check(Objects.equals(link.master(), from), "it has another master");
        check(
                to == null || existing(to) instanceof Bridge || existing(to) instanceof Vrf,
                "master is neither bridge nor VRF");
        check(!(to != null && existing(to) instanceof Bridge && link instanceof Bridge), "a bridge in a bridge");
        if (isVrf(from) || isVrf(to)) {
            cycle(name);
        }
        refuseToDropFrames(link, from, to);
        ports.forget(name);
        state.put(link.withMaster(to));
    }

    /** It goes down and up again, its VLANs with it (measured on 6.1: macvlan and ipvlan links lose nothing). */
    private void cycle(String name) {
        FakeUpperLinks upper = new FakeUpperLinks(state, kinds);
        refuseFor(upper.refusalToCycle(name));
        for (String link : upper.cycledWith(name)) {
            lose(link);
            if (!link.equals(name)) {
                forgetNeighbours(link, Family.IPV4);
                forgetNeighbours(link, Family.IPV6);
            }
            startAutomaticIpv6(link);
        }
        rise(name);
    }

    private void rise(String parent) {
        for (Vlan vlan : new FakeUpperLinks(state, kinds).vlansOn(parent)) {
            state.put(vlan.withUp(true));
            startAutomaticIpv6(vlan.name());
        }
    }

    /** What the kernel makes by itself goes without a word. */
    private void lose(String link) {
        state.addresses.removeIf(a -> a.link().equals(link) && a.family() == Family.IPV6 && a.isKernelMade());
        state.routes.removeIf(route -> route.isLearned() && route.uses(link));
    }

    /** A link that is up makes itself a link-local address, unless it is told not to, or has it. */
    private void startAutomaticIpv6(String name) {
        Link link = existing(name);
        MacAddress mac = link.attributes().mac();
        if (mac != null
                && link.isUp()
                && !(link instanceof Vrf)
                && "0".equals(state.sysctls.get(NetworkState.disableIpv6(name)))
                && "0".equals(state.sysctls.get(NetworkState.addressGeneration(name)))) {
            Address own = Address.linkLocal(name, mac);
            if (state.addresses.stream().noneMatch(own::isSameAs)) {
                state.addresses.add(own);
            }
        }
    }

    /** Time passes: what routers gave runs out. */
    public void tick(long seconds) {
        FakeLifetimes.pass(state, Duration.ofSeconds(seconds));
    }

    private boolean isVrf(@Nullable String name) {
        return name != null && state.links.get(name) instanceof Vrf;
    }

    private void setUp(String name, boolean up) {
        Link link = existing(name);
        check(link.isUp() != up, "it is so already");
        new FakeUpperLinks(state, kinds).refusalToSetUp(link, up).ifPresent(refusal -> check(false, refusal));
        check(
                up || state.routes.stream().noneMatch(r -> !r.isLearned() && r.uses(name)),
                "the kernel would take its routes");
        if (!up) {
            check(withoutKernelMade(name, Family.IPV6).isEmpty(), "the kernel would take its IPv6 addresses");
            forgetNeighbours(name, Family.IPV4);
            forgetNeighbours(name, Family.IPV6);
        }
        state.put(link.withUp(up));
        if (up) {
            startAutomaticIpv6(name);
            rise(name);
        } else {
            lose(name);
            ports.forgetState(name);
        }
    }

    private void add(Address address) {
        connected.renew(address);
        existing(address.link());
        check(
                state.addresses.stream()
                        .noneMatch(a -> address.family() == Family.IPV6
                                ? a.link().equals(address.link()) && a.ip().equals(address.ip())
                                : a.link().equals(address.link()) && a.address().equals(address.address())),
                "File exists");
        check(
                address.family() == Family.IPV4
                        || "0".equals(state.sysctls.get(NetworkState.disableIpv6(address.link()))),
                "IPv6 is disabled on this device");
        check(address.lifetime().valid() > 0, "its time is over");
        check(!address.flags().contains(Address.Flag.SECONDARY), "only the kernel makes temporary addresses");
        if (address.family() == Family.IPV6) {
            // As net/ipv6/addrconf.c, ipv6_link_dev_addr: the newest first.
            state.addresses.addFirst(address);
            if (!address.flags().contains(Address.Flag.NO_DAD)) {
                tentative.add(address.ip());
            }
        } else {
            state.addresses.add(address);
        }
        if (address.isLearned() && address.hasConnectedRoute()) {
            Route connected = new Route(
                            address.address().network(),
                            tableOf(existing(address.link())),
                            256,
                            Route.Type.UNICAST,
                            List.of(new Route.NextHop(null, address.link(), 1, false)),
                            null,
                            Scope.GLOBAL,
                            Route.PROTOCOL_KERNEL,
                            new TreeMap<>())
                    .withAdvertised(new Route.Advertised(address.lifetime().valid(), Route.Preference.MEDIUM));
            if (state.routes.stream().noneMatch(connected::isLearnedAs)) {
                state.routes.add(connected);
            }
        }
    }

    private int tableOf(Link link) {
        String master = link.master();
        return master != null && state.links.get(master) instanceof Vrf vrf ? vrf.table() : Route.MAIN;
    }

    private void delete(Address address) {
        int index = state.addresses.indexOf(address);
        check(index >= 0, "Cannot assign requested address");
        List<Address> sameNetwork = state.addresses.stream()
                .filter(a -> a.link().equals(address.link()))
                .filter(a -> a.address().network().equals(address.address().network()))
                .toList();
        check(
                address.family() == Family.IPV6
                        || sameNetwork.size() == 1
                        || !sameNetwork.getFirst().equals(address)
                        || "1".equals(state.sysctls.get(NetworkState.promoteSecondaries(address.link()))),
                "the kernel would take its secondaries");
        boolean isLastOfIpv4 = address.family() == Family.IPV4
                && state.addresses.stream()
                                .filter(a -> a.link().equals(address.link()) && a.family() == Family.IPV4)
                                .count()
                        == 1;
        check(
                !isLastOfIpv4
                        || state.routes.stream()
                                .noneMatch(route -> !route.isKernelMade()
                                        && route.family() == Family.IPV4
                                        && route.uses(address.link())),
                "the kernel would take the link's IPv4 routes");
        state.addresses.remove(index);
        for (Route route : state.routes) {
            boolean isOfItsSource = address.ip().equals(route.source())
                    && state.addresses.stream().noneMatch(a -> a.ip().equals(address.ip()));
            if (!route.isKernelMade()
                    && (isOfItsSource || (route.uses(address.link()) && !FakeNextHops.areReachable(route, state)))) {
                state.addresses.add(index, address);
                throw new Refused("the kernel would take a route: " + route);
            }
        }
        if (address.family() == Family.IPV4
                && state.addresses.stream()
                        .noneMatch(a -> a.link().equals(address.link()) && a.family() == Family.IPV4)) {
            forgetNeighbours(address.link(), Family.IPV4);
        }
    }

    /**
     * What Linux takes away without a word, those set by hand too (measured on 6.18: with the last IPv4 address, with IPv6, and
     * with both when the link goes down); a plan cannot name it before, only put it back.
     */
    private void forgetNeighbours(String link, Family family) {
        state.neighbours.removeIf(
                neighbour -> neighbour.link().equals(link) && neighbour.ip().family() == family);
    }

    private FakeRoutes routes() {
        return new FakeRoutes(state, tentative);
    }

    private static void refuseFor(Optional<String> reason) {
        reason.ifPresent(refusal -> check(false, refusal));
    }

    private void setSysctl(String name, String from, String to) {
        check(from.equals(state.sysctls.get(name)), "it is not " + from + " but " + state.sysctls.get(name));
        if (name.endsWith("/disable_ipv6") && to.equals("1")) {
            String link = java.nio.file.Path.of(name).getName(3).toString();
            check(withoutKernelMade(link, Family.IPV6).isEmpty(), "the kernel would take its IPv6 addresses");
            lose(link);
            forgetNeighbours(link, Family.IPV6);
        }
        state.sysctls.put(name, to);
        if (name.endsWith("/addr_gen_mode") || name.endsWith("/disable_ipv6")) {
            startAutomaticIpv6(java.nio.file.Path.of(name).getName(3).toString());
        }
    }

    private List<Address> withoutKernelMade(String link, Family family) {
        return state.addresses.stream()
                .filter(a -> a.link().equals(link) && a.family() == family && !a.isKernelMade())
                .toList();
    }

    private Link existing(String name) {
        Link link = state.links.get(name);
        if (link == null) {
            throw new Refused("Cannot find device \"" + name + "\"");
        }
        return link;
    }

    private static void check(boolean condition, String reason) {
        if (!condition) {
            throw new Refused(reason);
        }
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String reason) {
            super(reason);
        }
    }
}
