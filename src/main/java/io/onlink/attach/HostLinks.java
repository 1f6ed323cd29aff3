package io.onlink.attach;

import io.onlink.desired.ContainerPort;
import io.onlink.failure.ConfigurationException;
import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.hostfile.Segment.Containers;
import io.onlink.kernel.Kernel;
import io.onlink.libc.Errno;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.IpAddress;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.NetworkState;
import io.onlink.model.UpperLink;
import io.onlink.model.Veth;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The links of endpoints, seen from the host. Where the segment has a bridge, a veth pair: one side is a port of the bridge, the
 * other is for the engine to move into the container. Else one link on the uplink, which the host sees only until it is moved. For any platform thread; one at a time is served.
 */
final class HostLinks {
    /** The link went between two looks, as it does with its container's namespace. */
    private static final int NO_SUCH_DEVICE = Errno.ENODEV.number();

    private final Kernel kernel;
    private final Kernel view;
    private final Guarding guarding;
    private final ReentrantLock lock = new ReentrantLock();
    private final ReentrantLock looking = new ReentrantLock();

    /** Held for moments, while another may hold the lock for long. */
    private final Object removing = new Object();

    /** Guarded by {@link #removing} until nobody adds to it, then by the lock. */
    private Removal next = new Removal();

    /**
     * For links of a host.
     *
     * @param view of the same host, for a look that does not wait for what is done to links: to delete one takes the kernel longer
     *     than to look at a hundred
     */
    HostLinks(Kernel kernel, Kernel view, Guarding guarding) {
        this.kernel = kernel;
        this.view = view;
        this.guarding = guarding;
    }

    /** Makes the endpoint's link, ready to be moved into its sandbox; see {@link #connectToBridge} and {@link #putOnUplink}. */
    void connect(Endpoint endpoint, Segment segment) {
        make(endpoint, segment, true);
    }

    /** Likewise, but a port stays down until {@link #putBack}: so one that was left half made can be told. */
    void prepare(Endpoint endpoint, Segment segment) {
        make(endpoint, segment, false);
    }

    private void make(Endpoint endpoint, Segment segment, boolean up) {
        switch (segment.attach()) {
            case BRIDGE -> connectToBridge(endpoint, segment.link(), up);
            case MACVLAN, IPVLAN -> putOnUplink(endpoint, segment);
        }
    }

    /**
     * Makes a link on the segment's uplink. One that is left of an earlier try is replaced; if it fails nothing is left. No guard
     * can be put there: what two containers send each other never passes a hook of the host's.
     */
    private void putOnUplink(Endpoint endpoint, Segment segment) {
        lock.lock();
        try {
            Link uplink = uplink(segment);
            String name = endpoint.sandboxLink();
            delete(Set.of(endpoint.hostLink()));
            boolean isolated = segment.containers().map(Containers::isolated).orElse(false);
            LinkAttributes attributes =
                    LinkAttributes.named(name).withMtu(uplink.attributes().mtu());
            Link made = switch (segment.attach()) {
                case MACVLAN ->
                    new Macvlan(
                            attributes.withMac(endpoint.mac()),
                            uplink.name(),
                            isolated ? Macvlan.Mode.PRIVATE : Macvlan.Mode.BRIDGE);
                case IPVLAN -> new Ipvlan(attributes, uplink.name(), isolated);
                case BRIDGE -> throw new IllegalArgumentException("a bridge's ports lie on no uplink");
            };
            kernel.perform(new Step.CreateLink(made));
        } finally {
            lock.unlock();
        }
    }

    /** The uplink's MAC address, which all have whose links share it. */
    MacAddress macOfUplink(Segment segment) {
        lock.lock();
        try {
            MacAddress mac = uplink(segment).attributes().mac();
            if (mac == null) {
                throw new ConfigurationException("segment %s: %s has no MAC address, so no container can share it"
                        .formatted(segment.name(), segment.uplink()));
            }
            return mac;
        } finally {
            lock.unlock();
        }
    }

    private Link uplink(Segment segment) {
        Link uplink = kernel.link(segment.uplink());
        if (uplink == null || !uplink.isUp()) {
            throw new ConfigurationException(
                    "segment %s: its uplink %s is %s: run 'onlink apply', then start the container again"
                            .formatted(segment.name(), segment.uplink(), uplink == null ? "not there" : "down"));
        }
        if (uplink.master() != null && kernel.link(uplink.master()) instanceof Bridge) {
            throw new ConfigurationException(
                    "segment %s: its uplink %s is a port of %s, and containers cannot share such: run 'onlink apply'"
                            .formatted(segment.name(), segment.uplink(), uplink.master()));
        }
        return uplink;
    }

    /**
     * Makes the pair, its host side a port of the bridge, and where it is to be up forwarding. One that is left of an earlier try is
     * replaced. If it fails nothing is left.
     */
    private void connectToBridge(Endpoint endpoint, String bridge, boolean up) {
        lock.lock();
        try {
            Link master = kernel.link(bridge);
            if (master == null) {
                throw new ConfigurationException(
                        "segment %s has no bridge %s on this host yet: run 'onlink apply', then start the container again"
                                .formatted(endpoint.segment(), bridge));
            }
            String name = endpoint.hostLink();
            delete(Set.of(name));
            // Jumbo frames or a tunnel's short ones: what the container may send is what the segment carries.
            int mtu = master.attributes().mtu();
            LinkAttributes hostSide = LinkAttributes.named(name)
                    .withMtu(mtu)
                    .withAlias(ContainerPort.alias(endpoint.segment(), endpoint.id()));
            LinkAttributes containerSide = LinkAttributes.named(endpoint.sandboxLink())
                    .withMac(endpoint.mac())
                    .withMtu(mtu);
            kernel.perform(new Step.CreateLink(new Veth(hostSide, containerSide)));
            try {
                guarding.protect(endpoint);
                disableIpv6(name);
                kernel.perform(new Step.SetMaster(name, null, bridge));
                if (up) {
                    kernel.perform(new Step.SetUp(name, true));
                }
            } catch (OnlinkException failed) {
                try {
                    delete(Set.of(name));
                } catch (KernelException alsoFailed) {
                    failed.addSuppressed(alsoFailed);
                }
                throw failed;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A port with an IPv6 address of its own would answer neighbours in the host's name. */
    private void disableIpv6(String name) {
        try {
            kernel.perform(new Step.SetSysctl(NetworkState.disableIpv6(name), "0", "1"));
        } catch (KernelException refused) {
            // Booted with ipv6.disable=1 the kernel has no such sysctl.
            if (refused.errno() != Errno.ENOENT.number()) {
                throw refused;
            }
        }
    }

    /**
     * Moves the container's side of a pair that {@link #connect} made into a sandbox, as the engine does it.
     *
     * @param name what it is to be called there
     */
    void move(Endpoint endpoint, String sandbox, String name) {
        lock.lock();
        try {
            kernel.perform(new Step.MoveLink(endpoint.sandboxLink(), Path.of(sandbox), name));
        } finally {
            lock.unlock();
        }
    }

    /** What cuts off a host side that is there and could be a port of its bridge; empty if nothing does. */
    Optional<String> whatIsLost(String name, String bridge) {
        lock.lock();
        try {
            Link link = kernel.link(name);
            if (link == null || (link.isUp() && bridge.equals(link.master())) || kernel.link(bridge) == null) {
                return Optional.empty();
            }
            return Optional.of(link.isUp() ? "is no port of " + bridge : "is down");
        } finally {
            lock.unlock();
        }
    }

    /** The name that somebody gave an endpoint's host side, of which none has its own; empty where there is none. It keeps its alias. */
    Optional<String> otherName(Endpoint endpoint) {
        String alias = ContainerPort.alias(endpoint.segment(), endpoint.id());
        looking.lock();
        try {
            return view.observe().links().values().stream()
                    .filter(link -> alias.equals(link.attributes().alias()))
                    .map(Link::name)
                    .filter(name -> !name.equals(endpoint.hostLink()))
                    .findFirst();
        } finally {
            looking.unlock();
        }
    }

    /** Gives a host side its own name again, guarded, and down until {@link #putBack}. Nothing where it is gone. */
    void nameAgain(Endpoint endpoint, String called) {
        lock.lock();
        try {
            Link link = kernel.link(called);
            if (link == null) {
                return;
            }
            // What is guarded goes by the name; and before Linux 6.2 what is up keeps its own.
            if (link.isUp()) {
                kernel.perform(new Step.SetUp(called, false));
            }
            kernel.perform(new Step.RenameLink(called, endpoint.hostLink()));
            guarding.protect(endpoint);
        } catch (KernelException failed) {
            if (failed.errno() != NO_SUCH_DEVICE) {
                throw failed;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes a host side that {@linkplain #whatIsLost is lost} a port of its bridge again, and up. Idempotent. */
    void putBack(String name, String bridge) {
        lock.lock();
        try {
            Link link = kernel.link(name);
            if (link == null) {
                return;
            }
            if (!bridge.equals(link.master())) {
                kernel.perform(new Step.SetMaster(name, link.master(), bridge));
            }
            if (!link.isUp()) {
                kernel.perform(new Step.SetUp(name, true));
            }
        } catch (KernelException failed) {
            if (failed.errno() != NO_SUCH_DEVICE) {
                throw failed;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * What makes a host side that is a port of its bridge what it was when it was attached; nothing where it is so, or is no
     * port of that bridge.
     */
    List<Step> corrections(String name, String bridge) {
        lock.lock();
        try {
            Link link = kernel.link(name);
            Link master = kernel.link(bridge);
            BridgePort port = kernel.port(name);
            if (link == null || master == null || port == null || !bridge.equals(link.master())) {
                return List.of();
            }
            List<Step> steps = new ArrayList<>();
            int mtu = link.attributes().mtu();
            // A larger one is that of its attachment, where the segment's has become smaller: containers still send
            // such frames.
            if (mtu < master.attributes().mtu()) {
                steps.add(new Step.SetMtu(name, mtu, master.attributes().mtu()));
            }
            if (!port.on().equals(BridgePort.ON_AT_FIRST)) {
                steps.add(new Step.SetPortOptions(name, port.on(), BridgePort.ON_AT_FIRST));
            }
            boolean couldForward = port.operational()
                    && master.isUp()
                    && master instanceof Bridge it
                    && !it.options().stp();
            if (couldForward && port.state() != LinkStatus.PortState.FORWARDING) {
                steps.add(new Step.SetPortState(name, port.state(), LinkStatus.PortState.FORWARDING));
            }
            return steps;
        } finally {
            lock.unlock();
        }
    }

    /** Does what {@link #corrections} says by now. Idempotent. */
    void correct(String name, String bridge) {
        lock.lock();
        try {
            corrections(name, bridge).forEach(kernel::perform);
        } catch (KernelException failed) {
            if (failed.errno() != NO_SUCH_DEVICE) {
                throw failed;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Removes both sides, wherever the other one is; and a link on an uplink, unless it is in a sandbox. Idempotent. */
    void remove(String name) {
        Removal mine;
        synchronized (removing) {
            mine = next;
            mine.names.add(name);
        }
        lock.lock();
        try {
            if (!mine.isDone) {
                synchronized (removing) {
                    if (next == mine) {
                        next = new Removal();
                    }
                }
                delete(mine.names);
                mine.isDone = true;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Of all who came while the lock was held: who has it next does it for them. Where that fails the one behind tries again. */
    private static final class Removal {
        private final Set<String> names = new TreeSet<>();
        private boolean isDone;
    }

    /** Guards the endpoint's port anew; nothing where it is not there. Idempotent. */
    void guard(Endpoint endpoint) {
        lock.lock();
        try {
            if (kernel.link(endpoint.hostLink()) != null) {
                guarding.protect(endpoint);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Guards all ports there are anew. An endpoint is known for a moment longer than its port: guarded then, it would be so for
     * ever, as nobody would release it once more. Idempotent.
     */
    void guardAll() {
        lock.lock();
        try {
            guarding.protectAll(hostSides(kernel.observe()));
        } finally {
            lock.unlock();
        }
    }

    private static Set<String> hostSides(NetworkState state) {
        return state.links().keySet().stream()
                .filter(Endpoint::isHostLink)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    boolean exists(String name) {
        looking.lock();
        try {
            return view.link(name) != null;
        } finally {
            looking.unlock();
        }
    }

    /** The name of the link with a number of the kernel's; empty if it is gone. */
    Optional<String> nameOf(int index) {
        lock.lock();
        try {
            return kernel.nameOfLink(index);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a link of the host's has the MAC address. */
    boolean hasLinkWith(MacAddress mac) {
        return !linksWith(mac).isEmpty();
    }

    /** A link of the host's, no container's, that has the MAC address; empty where there is none. */
    Optional<String> ownWith(MacAddress mac) {
        return linksWith(mac).stream()
                .filter(name ->
                        !Endpoint.isHostLink(name) && Endpoint.hostLinkOf(name).isEmpty())
                .findFirst();
    }

    private List<String> linksWith(MacAddress mac) {
        lock.lock();
        try {
            return kernel.observe().links().values().stream()
                    .filter(link -> mac.equals(link.attributes().mac()))
                    .map(Link::name)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Tells the segment that the host has an address on the link; nothing where that is down, or gone. */
    void announce(String name, IpAddress address) {
        lock.lock();
        try {
            Link link = kernel.link(name);
            MacAddress mac = link == null ? null : link.attributes().mac();
            if (mac != null) {
                announce(name, address, mac);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells the segment, out of its uplink, that somebody behind that has an address; nothing where it is down, or gone. */
    void announce(String uplink, IpAddress address, MacAddress mac) {
        lock.lock();
        try {
            Link link = kernel.link(uplink);
            if (link != null && link.isUp()) {
                kernel.perform(new Step.Announce(uplink, address, mac));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The host sides there are, of endpoints known or not, and those of them whose container's side is up. */
    Present present() {
        lock.lock();
        try {
            NetworkState state = kernel.observe();
            Set<String> names = hostSides(state);
            Set<String> up = state.status().entrySet().stream()
                    .filter(entry -> names.contains(entry.getKey()))
                    .filter(entry -> entry.getValue().portState() == LinkStatus.PortState.FORWARDING)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> waiting = state.links().values().stream()
                    .filter(UpperLink.class::isInstance)
                    .flatMap(link -> Endpoint.hostLinkOf(link.name()).stream())
                    .collect(Collectors.toCollection(TreeSet::new));
            return new Present(names, up, waiting);
        } finally {
            lock.unlock();
        }
    }

    private void delete(Collection<String> names) {
        kernel.deleteLinks(names.stream()
                .flatMap(name -> Stream.of(name, Endpoint.sandboxLink(name)))
                .toList());
        // Last: what still comes through is judged.
        guarding.release(names);
    }

    /**
     * @param connected those through which frames pass
     * @param waiting the host sides that endpoints would have whose links, on an uplink, are in no sandbox
     */
    record Present(Set<String> names, Set<String> connected, Set<String> waiting) {}
}
