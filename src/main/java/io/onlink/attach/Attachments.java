package io.onlink.attach;

import io.onlink.attach.DefaultRoutes.Correction;
import io.onlink.attach.ProbeFrames.Claim;
import io.onlink.docker.Engine;
import io.onlink.docker.NetworkDriver;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.Attach;
import io.onlink.hostfile.Segment;
import io.onlink.ipam.AddressProbe;
import io.onlink.ipam.ClaimTurns;
import io.onlink.ipam.LeaseHolders;
import io.onlink.kernel.Kernel;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.nftables.PortGuard;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Docker's network driver {@code onlink}: an endpoint becomes a port of its segment's bridge. For platform threads only,
 * as it calls the kernel.
 */
public final class Attachments implements NetworkDriver, LeaseHolders {
    private static final Logger log = LoggerFactory.getLogger(Attachments.class);

    /** What may reach the container, of all its attachments on segments. */
    public static final String ALLOW_LABEL = Guarding.ALLOW;

    private static final String DEFAULT_ROUTE_OPTION = "onlink.default-route";

    private static final List<String> OPTIONS = List.of(Guarding.ALLOW, DEFAULT_ROUTE_OPTION, WantedMac.MAC_OPTION);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final ContainerSegments containerSegments;
    private final EndpointStore store;
    private final HostLinks links;
    private final Guarding guarding;
    private final SandboxRepair repair;
    private final SandboxLooks looks;
    private final LostPorts lostPorts;
    private final ChangedPorts changedPorts;
    private final LivingEndpoints lives;
    private final GoneEndpoints goneEndpoints;
    private final UplinkReturn uplinks;
    private final AddressConflicts conflicts;
    private final ClaimTurns claims;
    private final AddressProbe probe;
    private final InstantSource clock;

    /** Of endpoints: calls about one come in any order, and at once. */
    private final Turns turns = new Turns();

    /** Held while it is looked whether an endpoint may have its addresses, and they become its own, or are taken from it. */
    private final Object making = new Object();

    private final Set<String> connected = ConcurrentHashMap.newKeySet();

    /**
     * @param segments of the host file in its order, as they are now
     * @param kernel of the host's namespace; used by nobody else at the same time
     * @param view likewise, and of the same namespace: for looks that are not to wait for what is done
     * @param guard of the host's namespace
     * @param claims what was claimed for an endpoint; told when that is made
     * @param probe asks for the addresses that were claimed
     * @param timer runs what has to be done later; its threads are platform threads, in the host's namespace
     */
    public Attachments(
            Supplier<SequencedMap<String, Segment>> segments,
            EndpointStore store,
            Kernel kernel,
            Kernel view,
            Sandboxes sandboxes,
            PortGuard guard,
            ClaimTurns claims,
            AddressProbe probe,
            ScheduledExecutorService timer,
            InstantSource clock) {
        this.segments = segments;
        this.containerSegments = new ContainerSegments(segments);
        this.store = store;
        this.guarding = new Guarding(segments, store, guard);
        this.links = new HostLinks(kernel, view, guarding);
        this.repair = new SandboxRepair(store, sandboxes, segments);
        this.looks = new SandboxLooks(repair, timer, clock);
        this.lostPorts = new LostPorts(segments, store, links, repair, looks);
        this.changedPorts = new ChangedPorts(segments, store, links);
        this.lives = new LivingEndpoints(segments, links, repair, clock);
        this.goneEndpoints = new GoneEndpoints(store, links, repair, lostPorts, lives, this::remove);
        this.uplinks = new UplinkReturn(segments, store, links, looks);
        this.conflicts = new AddressConflicts(segments, store, links, repair, timer, clock);
        this.claims = claims;
        this.probe = probe;
        this.clock = clock;
    }

    @Override
    public void createNetwork(CreateNetwork request) {
        for (AddressPool pool : request.pools()) {
            if (String.valueOf(pool.addressSpace()).endsWith("Default")) {
                throw new ConfigurationException(
                        "a network of Onlink's needs Onlink's address manager, or a container gets the router's address: add --ipam-driver onlink");
            }
        }
        request.options()
                .generic()
                .refuseUnknown("a network's options (-o, driver_opts)", List.of(Engine.SEGMENT_OPTION));
        if (request.isInternal()) {
            throw new ConfigurationException(
                    "--internal: a segment is a LAN, and its machines reach the containers on it, and they them; leave the option out; 'firewall' of the segment's containers in the host file closes them, and onlink.default-route=false keeps an attachment from leading further");
        }
        Segment segment = containerSegments.of(request);
        List<IpAddress> auxiliary = request.pools().stream()
                .flatMap(pool -> pool.auxiliary().values().stream())
                .map(InterfaceAddress::ip)
                .toList();
        store.put(new SegmentNetwork(request.networkId(), segment.name()), auxiliary);
        auxiliary.forEach(address -> claims.end(segment.name(), address));
        segment.warning().ifPresent(log::warn);
    }

    @Override
    public void deleteNetwork(DeleteNetwork request) {
        store.endpoints().stream()
                .filter(endpoint -> endpoint.network().equals(request.networkId()))
                .forEach(this::remove);
        store.removeNetwork(request.networkId());
    }

    @Override
    public CreatedEndpoint createEndpoint(CreateEndpoint request) {
        request.options().refuseUnknown("an attachment's options (--driver-opt, driver_opts)", OPTIONS);
        SegmentNetwork network = store.network(request.networkId())
                .orElseThrow(() -> new ConfigurationException(
                        "Onlink does not know Docker network %s (its state was removed?): remove the network and make it again"
                                .formatted(request.networkId())));
        Segment segment = containerSegments.named(network.segment());
        EndpointInterface asked = request.endpoint();
        if (asked.ipv4() == null && asked.ipv6() == null) {
            throw new ConfigurationException("an endpoint on segment %s needs an address".formatted(segment.name()));
        }
        WantedMac macs = new WantedMac(store, lives::isAlive, links);
        Optional<MacAddress> wantedMac = macs.of(request, segment);
        boolean sharesMac = segment.attach() == Attach.IPVLAN;
        @Nullable
        Boolean defaultRoute = request.options().truth(DEFAULT_ROUTE_OPTION).orElse(null);
        if (Boolean.TRUE.equals(defaultRoute) && !segment.hasDefaultRoute()) {
            throw new ConfigurationException(
                    "%s=true: segment %s has no default route; give it one, or containers.routers, in the host file"
                            .formatted(DEFAULT_ROUTE_OPTION, segment.name()));
        }
        Endpoint endpoint = new Endpoint(
                request.endpointId(),
                network.id(),
                segment.name(),
                asked.ipv4(),
                asked.ipv6(),
                wantedMac.orElseGet(
                        () -> sharesMac ? links.macOfUplink(segment) : StableMac.of(asked.ipv4(), asked.ipv6())),
                defaultRoute,
                null,
                null,
                clock.instant());
        Optional<String> allowed = Guarding.allowed(request, segment);
        endpoint.addresses().forEach(address -> claims.end(segment.name(), address.ip()));
        refuseIfHeldOutside(endpoint);
        synchronized (making) {
            endpoint.addresses().forEach(address -> refuseIfAnothers(endpoint, address.ip()));
            // Two that want one MAC address may have come at once.
            if (wantedMac.isPresent()) {
                macs.refuseIfInUse(endpoint.mac(), segment, endpoint.id());
            } else if (!sharesMac) {
                macs.refuseIfInUse(endpoint, segment);
            }
            store.put(endpoint);
        }
        allowed.ifPresent(own -> guarding.allow(endpoint.id(), own));
        // The engine refuses an answer that repeats what it said itself.
        return new CreatedEndpoint(
                asked.mac() != null || sharesMac ? null : new EndpointInterface(null, null, endpoint.mac()));
    }

    /** Who claimed it may have had so much time that it was given away meanwhile. */
    private void refuseIfAnothers(Endpoint endpoint, IpAddress address) {
        store.endpointOf(endpoint.segment(), address)
                .filter(other -> !other.id().equals(endpoint.id()) && lives.isAlive(other))
                .ifPresent(other -> {
                    throw new ConfigurationException(
                            "%s on segment %s is in use by %s, which was given it meanwhile; start the container again, or choose another address"
                                    .formatted(address, endpoint.segment(), other.describe()));
                });
    }

    private void refuseIfHeldOutside(Endpoint endpoint) {
        Map<IpAddress, MacAddress> holders = new TreeMap<>();
        // All are awaited, so that what is answered is known to the pools.
        endpoint.addresses()
                .map(InterfaceAddress::ip)
                .forEach(ip -> probe.holder(endpoint.segment(), ip).ifPresent(mac -> holders.put(ip, mac)));
        holders.forEach((ip, mac) -> {
            throw new ConfigurationException(
                    "%s on segment %s is in use outside, by the machine with MAC address %s; choose another address, or stop that machine (without --ip, start the container again: the pool passes the address over)"
                            .formatted(ip, endpoint.segment(), mac));
        });
    }

    @Override
    public void deleteEndpoint(EndpointCall request) {
        turns.take(request.endpointId(), () -> delete(request));
    }

    private void delete(EndpointCall request) {
        looks.forget(request.endpointId());
        // First the link: as long as frames pass there, nobody else is to have its addresses.
        store.endpoint(request.endpointId()).ifPresent(this::remove);
        store.removeEndpoint(request.endpointId());
    }

    private void remove(Endpoint endpoint) {
        conflicts.forget(endpoint);
        lostPorts.confirm(endpoint.id());
        links.remove(endpoint.hostLink());
    }

    @Override
    public Map<String, String> endpointOperInfo(EndpointCall request) {
        // The engine is done with this endpoint's routes. From version 28 on the container's process has not started.
        store.endpoint(request.endpointId())
                .map(Endpoint::sandbox)
                .ifPresent(sandbox -> repair.settle(sandbox, Correction.ADD));
        return Map.of();
    }

    /** An engine that had waited too long for it deletes the endpoint: after it, whatever it may find. */
    @Override
    public Joined join(Join request) {
        return turns.take(request.endpointId(), () -> connect(request));
    }

    private Joined connect(Join request) {
        Endpoint endpoint = beingJoined(request.endpointId()).in(request.sandboxKey());
        Segment segment = containerSegments.named(endpoint.segment());
        boolean running = looks.joins(request.sandboxKey());
        links.connect(endpoint, segment);
        if (!running) {
            looks.joinedFirst(endpoint, request.sandboxKey());
        }
        try {
            store.joined(endpoint.id(), request.sandboxKey());
        } catch (ConfigurationException refused) {
            links.remove(endpoint.hostLink());
            throw refused;
        }
        return new Joined(
                new InterfaceName(endpoint.sandboxLink(), SandboxRepair.NAME_PREFIX),
                gateway(endpoint, Family.IPV4),
                gateway(endpoint, Family.IPV6),
                routes(endpoint, segment),
                true);
    }

    /**
     * The endpoint. It is {@linkplain LivingEndpoints#isAlive alive} until it is joined, however late that call came, and while a link
     * that is left of an earlier one is replaced.
     */
    private Endpoint beingJoined(String id) {
        synchronized (making) {
            Endpoint endpoint = store.endpoint(id)
                    .orElseThrow(() -> new ConfigurationException(
                            "Onlink does not know endpoint %s: start the container again".formatted(id)));
            endpoint.addresses().forEach(address -> refuseIfGivenAway(endpoint, address.ip()));
            Instant now = clock.instant();
            if (endpoint.sandbox() != null || now.isAfter(endpoint.since().plus(LivingEndpoints.GRACE.dividedBy(2)))) {
                store.left(id, now);
            }
            return endpoint;
        }
    }

    /** Nobody may have joined it for so long that it counted as dead. */
    private void refuseIfGivenAway(Endpoint endpoint, IpAddress address) {
        Optional<String> owner = store.endpointOf(endpoint.segment(), address).map(Endpoint::id);
        if (!owner.equals(Optional.of(endpoint.id()))) {
            throw new ConfigurationException(
                    "%s on segment %s was given to another meanwhile; start the container again"
                            .formatted(address, endpoint.segment()));
        }
    }

    @Override
    public void leave(EndpointCall request) {
        turns.take(request.endpointId(), () -> disconnect(request));
    }

    private void disconnect(EndpointCall request) {
        Optional<Endpoint> known = store.endpoint(request.endpointId());
        if (known.isEmpty()) {
            return;
        }
        Endpoint endpoint = known.get();
        String sandbox = endpoint.sandbox();
        store.left(endpoint.id(), clock.instant());
        remove(endpoint);
        if (sandbox == null) {
            return;
        }
        endpoint.addresses().forEach(address -> probe.left(endpoint.segment(), address.ip()));
        if (store.endpointsIn(sandbox).isEmpty()) {
            looks.emptied(sandbox);
        } else {
            looks.left(sandbox);
        }
    }

    @Override
    public Optional<String> holder(String endpointId) {
        return store.endpoint(endpointId).filter(lives::isAlive).map(Endpoint::describe);
    }

    @Override
    public boolean takeFromDead(String endpointId, Runnable taking) {
        synchronized (making) {
            if (holder(endpointId).isPresent()) {
                return false;
            }
            taking.run();
            return true;
        }
    }

    /**
     * Tells what state a link of the host's has as a port. It forwards once the container's side is up; then the
     * endpoint's addresses are announced and its sandbox is put right: several times, as none of it can be waited for. When a
     * segment's uplink forwards again, the addresses of all its endpoints are.
     *
     * @param state null for a link that is no port
     */
    public void portChanged(String link, @Nullable PortState state) {
        if (!Endpoint.isHostLink(link)) {
            uplinks.portChanged(link, state);
            return;
        }
        if (state != PortState.FORWARDING) {
            connected.remove(link);
        } else if (connected.add(link)) {
            store.endpointWith(link).ifPresent(this::connected);
        }
    }

    /** Tells whether a link of the host's is up with a carrier: for uplinks that are no ports. */
    public void carrierChanged(String link, boolean carrier) {
        uplinks.carrierChanged(link, carrier);
    }

    private void connected(Endpoint endpoint) {
        conflicts.watch(endpoint);
        looks.connected(endpoint);
    }

    /** A link of the host's is gone. If it was a container's, on an uplink, the engine has moved it into the sandbox. */
    public void linkDeleted(String link) {
        connected.remove(link);
        uplinks.portChanged(link, null);
        uplinks.carrierChanged(link, false);
        Endpoint.hostLinkOf(link)
                .flatMap(store::endpointWith)
                .filter(lives::isOnUplink)
                .ifPresent(endpoint -> {
                    conflicts.watch(endpoint);
                    looks.moved(endpoint);
                });
    }

    /** The running containers that are cut off while their segment's bridge is there. */
    public List<LostPort> lostPorts() {
        return lostPorts.all();
    }

    /** Likewise, of those with such a link. */
    public List<LostPort> lostPorts(Collection<String> hostLinks) {
        return lostPorts.of(hostLinks);
    }

    /** See {@link LostPorts#putBack}. */
    public void putBack(LostPort port) {
        lostPorts.putBack(port);
    }

    /** The running containers' ports whose options or MTU are not as they were attached. */
    public List<ChangedPort> changedPorts() {
        return changedPorts.all();
    }

    /** Likewise, of those with such a link. */
    public List<ChangedPort> changedPorts(Collection<String> hostLinks) {
        return changedPorts.of(hostLinks);
    }

    /** See {@link ChangedPorts#putBack}. */
    public void putBack(ChangedPort port) {
        changedPorts.putBack(port);
    }

    /**
     * Guards the ports and addresses of all endpoints anew: at the agent's start, before the first call, and when the host file
     * changed.
     */
    public void guardAll() {
        links.guardAll();
        store.endpoints().stream()
                .filter(endpoint -> endpoint.sandbox() != null)
                .forEach(conflicts::watch);
    }

    /** Likewise of one that has joined, and was not known before. */
    public void guard(Endpoint joined) {
        links.guard(joined);
        conflicts.watch(joined);
    }

    /**
     * Somebody was heard to have an address. If it is in use here it is defended.
     *
     * @param linkIndex the kernel's number of the link by which he was heard
     */
    void claimed(int linkIndex, Claim claim) {
        conflicts.claimed(linkIndex, claim);
    }

    /**
     * Tells what a running container's labels say of its endpoints. Quick where nothing is new.
     *
     * @param labels of the container
     */
    public void labelled(Collection<String> endpointIds, Map<String, String> labels) {
        String allowed = labels.get(Guarding.ALLOW);
        if (allowed != null) {
            endpointIds.forEach(id -> guarding.allow(id, allowed));
            // Also where nothing is new: it may have been stored, and the kernel have refused.
            endpointIds.stream().flatMap(id -> store.endpoint(id).stream()).forEach(links::guard);
        }
    }

    /**
     * A container runs: what its sandbox lacks, the engine will not add any more. Quick where nothing is new.
     *
     * @param endpointIds all of its endpoints
     */
    public void started(Collection<String> endpointIds) {
        endpointIds.stream()
                .map(store::endpoint)
                .flatMap(Optional::stream)
                .map(Endpoint::sandbox)
                .filter(Objects::nonNull)
                .distinct()
                .forEach(looks::started);
    }

    /** Looks at all endpoints: at the agent's start, and when the kernel had more to tell than there was room for. */
    public void lookAtAll() {
        HostLinks.Present present = links.present();
        connected.retainAll(present.connected());
        for (Endpoint endpoint : store.endpoints()) {
            boolean isNew = lives.isOnUplink(endpoint)
                    ? repair.has(endpoint)
                    : present.connected().contains(endpoint.hostLink()) && connected.add(endpoint.hostLink());
            if (isNew) {
                connected(endpoint);
            }
        }
    }

    /** See {@link GoneEndpoints#forgetAllBut}. */
    public void forgetAllBut(Set<String> known) {
        goneEndpoints.forgetAllBut(known);
    }

    /** Only for the endpoint that is to have the default route: the engine takes it from any that names a gateway. */
    private @Nullable IpAddress gateway(Endpoint endpoint, Family family) {
        String sandbox = endpoint.sandbox();
        List<Endpoint> together = sandbox == null ? List.of(endpoint) : store.endpointsIn(sandbox);
        return DefaultRoutes.owner(together, family, segments.get())
                .filter(owner -> owner.id().equals(endpoint.id()))
                .flatMap(owner -> DefaultRoutes.router(owner, family, segments.get()))
                .orElse(null);
    }

    static List<StaticRoute> routes(Endpoint endpoint, Segment segment) {
        return segment.containerRoutes().stream()
                .filter(route -> endpoint.addresses()
                        .anyMatch(address -> address.network().contains(route.via())))
                .map(route -> new StaticRoute(route.to(), StaticRoute.VIA_ROUTER, route.via()))
                .toList();
    }
}
