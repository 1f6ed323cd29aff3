package io.onlink.ipam;

import io.onlink.docker.Engine;
import io.onlink.docker.IpamDriver;
import io.onlink.failure.ConfigurationException;
import io.onlink.ipam.ClaimTurns.Turn;
import io.onlink.model.AddressRange;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Docker's address manager {@code onlink}: pools are the segments' subnets, and an address is the host's, a router's, or
 * one container's. For any thread; claims are decided one after the other.
 */
public final class AddressRegistry implements IpamDriver {
    /** The engine makes the endpoint right after the claim: a claim older than this, without one, is a dead engine's. */
    public static final Duration CLAIM_LIFETIME = Duration.ofSeconds(30);

    /** A container that is made anew under its name within this time has its addresses again. */
    public static final Duration KEPT_FOR_GONE = Duration.ofDays(1);

    private static final String STARTING = "a container that starts just now";

    private static final Logger log = LoggerFactory.getLogger(AddressRegistry.class);

    private final Supplier<List<Subnet>> subnets;
    private final LeaseStore store;
    private final LeaseHolders holders;
    private final Claimants claimants;
    private final ClaimTurns turns;
    private final AddressProbe probe;
    private final InstantSource clock;

    /**
     * @param subnets of the segments that are Docker networks, in the order of the host file, as they are now
     * @param turns ended by whoever makes the endpoints
     */
    public AddressRegistry(
            Supplier<List<Subnet>> subnets,
            LeaseStore store,
            LeaseHolders holders,
            Claimants claimants,
            ClaimTurns turns,
            AddressProbe probe,
            InstantSource clock) {
        this.subnets = subnets;
        this.store = store;
        this.holders = holders;
        this.claimants = claimants;
        this.turns = turns;
        this.probe = probe;
        this.clock = clock;
    }

    @Override
    public Pool requestPool(RequestPool request) {
        request.options().refuseUnknown("an address manager's options (--ipam-opt)", List.of(Engine.SEGMENT_OPTION));
        Subnet subnet = subnetFor(request);
        Optional<IpNetwork> range = Optional.empty();
        if (request.subPool() != null && !request.subPool().isEmpty()) {
            IpNetwork wanted = network(request.subPool(), "--ip-range");
            if (!subnet.network().contains(wanted)) {
                throw new ConfigurationException("--ip-range %s is not in %s of segment %s"
                        .formatted(wanted, subnet.network(), subnet.segment()));
            }
            range = Optional.of(wanted);
        }
        return new Pool(new PoolId(subnet.network(), range, subnet.segment()).toString(), subnet.network());
    }

    /** Nothing is kept for a pool, see {@link PoolId}. */
    @Override
    public void releasePool(ReleasePool request) {}

    @Override
    public LeasedAddress requestAddress(RequestAddress request) {
        PoolId pool = PoolId.parse(request.poolId());
        Subnet subnet = subnet(pool);
        IpAddress address = request.address();
        if (request.isForGateway()) {
            return leased(subnet, gateway(subnet, address));
        }
        Turn turn = turns.take(subnet.segment(), subnet.family());
        IpAddress given;
        try {
            given = claim(subnet, pool, address, request.mac(), turn);
        } catch (RuntimeException | Error refused) {
            turns.end(subnet.segment(), turn);
            throw refused;
        }
        turns.claimed(subnet.segment(), turn, given);
        probe.begin(subnet.segment(), given);
        return leased(subnet, given);
    }

    private synchronized IpAddress claim(
            Subnet subnet, PoolId pool, @Nullable IpAddress wanted, @Nullable String mac, Turn turn) {
        if (wanted == null) {
            return claimAny(subnet, pool, mac, turn);
        }
        claim(subnet, wanted, mac);
        store.kept(subnet.segment(), wanted).map(KeptAddress::container).ifPresent(turn::isFor);
        return wanted;
    }

    @Override
    public synchronized void releaseAddress(ReleaseAddress request) {
        PoolId pool = PoolId.parse(request.poolId());
        if (request.address() == null) {
            return;
        }
        // The call does not say whose. If it was the present claimant's after all, that claim ends by its age.
        if (store.takeReleaseToCome(pool.segment(), request.address())) {
            return;
        }
        turns.end(pool.segment(), request.address());
        Optional<Lease> lease = store.lease(pool.segment(), request.address());
        if (lease.isEmpty()) {
            return;
        }
        if (lease.get().endpoint() != null) {
            // The engine deletes an endpoint before it releases its address.
            log.warn(
                    "{} on {} was released, but endpoint {} has it: kept",
                    request.address(),
                    pool.segment(),
                    lease.get().endpoint());
            return;
        }
        store.release(pool.segment(), request.address());
    }

    /** Frees addresses that were claimed, and of which no endpoint came: the engine died in between. */
    public synchronized void forgetDeadClaims() {
        store.leases().stream()
                .filter(lease -> lease.isBareClaim() && holder(lease).isEmpty())
                .forEach(lease -> {
                    log.info("{} on {} was claimed and never used: it is free", lease.address(), lease.segment());
                    store.lapse(lease.segment(), lease.address());
                });
        store.forgetKept(clock.instant().minus(KEPT_FOR_GONE));
    }

    private Subnet subnetFor(RequestPool request) {
        Optional<String> segment = request.options().text(Engine.SEGMENT_OPTION);
        if (request.pool() == null || request.pool().isEmpty()) {
            throw nothingNamed(segment, request.ipv6() ? Family.IPV6 : Family.IPV4);
        }
        IpNetwork wanted = network(request.pool(), "--subnet");
        List<Subnet> found = subnets.get().stream()
                .filter(subnet -> subnet.network().equals(wanted)
                        && segment.map(subnet.segment()::equals).orElse(true))
                .toList();
        if (found.isEmpty()) {
            throw new ConfigurationException("--subnet %s is not %s; %s"
                    .formatted(
                            wanted,
                            segment.map(name -> "segment " + name + "'s").orElse("that of a segment"),
                            choice()));
        }
        if (found.size() > 1) {
            throw new ConfigurationException(
                    "--subnet %s is that of more than one segment (%s): say which by --ipam-opt %s=NAME"
                            .formatted(
                                    wanted,
                                    found.stream().map(Subnet::segment).collect(Collectors.joining(", ")),
                                    Engine.SEGMENT_OPTION));
        }
        return found.getFirst();
    }

    /**
     * No segment's subnet is answered to who named none, though its segment may be: engines before 27 look whether it overlaps a network of the
     * host's, as a segment's always does, and ask again, for ever (libnetwork/network.go, requestPoolHelper).
     */
    private ConfigurationException nothingNamed(Optional<String> segment, Family family) {
        String word = family == Family.IPV6 ? "IPv6" : "IPv4";
        return segment.flatMap(name -> subnets.get().stream()
                        .filter(subnet -> subnet.segment().equals(name) && subnet.family() == family)
                        .findFirst())
                .map(subnet -> new ConfigurationException(
                        "a Docker network of segment %s has to name its %s network: add --subnet %s"
                                .formatted(subnet.segment(), word, subnet.network())))
                .orElseGet(() -> new ConfigurationException(
                        "Onlink's addresses come from the host file's segments: give the %s --subnet of one; %s"
                                .formatted(word, choice())));
    }

    private String choice() {
        List<Subnet> known = subnets.get();
        if (known.isEmpty()) {
            return "the host file has no segment with 'containers'";
        }
        return "the host file has "
                + known.stream().map(Subnet::toString).distinct().collect(Collectors.joining(", "));
    }

    private static IpNetwork network(String text, String option) {
        try {
            return IpNetwork.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new ConfigurationException("%s %s: %s".formatted(option, text, malformed.getMessage()), malformed);
        }
    }

    private Subnet subnet(PoolId pool) {
        return subnets.get().stream()
                .filter(subnet -> subnet.segment().equals(pool.segment())
                        && subnet.network().equals(pool.network()))
                .findFirst()
                .orElseThrow(() -> new ConfigurationException(
                        hasSegment(pool.segment())
                                ? "segment %s has no network %s any more: %s; remove the Docker network (docker network rm %s), and Onlink makes it anew"
                                        .formatted(pool.segment(), pool.network(), choice(), pool.segment())
                                : "the host file has no segment %s with 'containers' any more: %s; remove its Docker network (docker network rm %s), or put the segment back into the file"
                                        .formatted(pool.segment(), choice(), pool.segment())));
    }

    private boolean hasSegment(String name) {
        return subnets.get().stream().anyMatch(subnet -> subnet.segment().equals(name));
    }

    private static IpAddress gateway(Subnet subnet, @Nullable IpAddress wanted) {
        if (wanted == null
                || wanted.equals(subnet.gateway())
                || subnet.reserved().containsKey(wanted)) {
            return wanted == null ? subnet.gateway() : wanted;
        }
        throw new ConfigurationException(
                "--gateway %s: the routers of segment %s stand in the host file, here %s; leave the"
                                .formatted(wanted, subnet.segment(), subnet.gateway())
                        + " option out");
    }

    private void claim(Subnet subnet, IpAddress address, @Nullable String mac) {
        if (!subnet.network().contains(address)) {
            throw new ConfigurationException("%s is not in %s, the network of segment %s"
                    .formatted(address, subnet.network(), subnet.segment()));
        }
        Optional<String> refusal = subnet.refusal(address);
        if (refusal.isPresent()) {
            throw new ConfigurationException(
                    "%s on segment %s cannot be a container's: %s; choose another address of %s"
                            .formatted(address, subnet.segment(), refusal.get(), subnet.network()));
        }
        Optional<Lease> lease = store.lease(subnet.segment(), address);
        Optional<String> holder = lease.flatMap(this::holder);
        boolean sameClaimant = mac != null && mac.equals(lease.map(Lease::mac).orElse(null));
        if (!sameClaimant && (holder.isPresent() || !lapse(lease))) {
            throw new ConfigurationException(
                    "%s on segment %s is in use by %s; choose another address, or stop that first"
                            .formatted(address, subnet.segment(), holder.orElse(STARTING)));
        }
        store.put(newLease(subnet, address, mac, false));
    }

    /**
     * Ends the lease of a claimant of whom nothing was heard, or of an endpoint whose container is dead.
     *
     * @return false if that lives again
     */
    private boolean lapse(Optional<Lease> dead) {
        if (dead.isEmpty()) {
            return true;
        }
        Lease lease = dead.get();
        Runnable taking = () -> store.lapse(lease.segment(), lease.address());
        if (lease.endpoint() != null) {
            return holders.takeFromDead(lease.endpoint(), taking);
        }
        taking.run();
        return true;
    }

    private IpAddress claimAny(Subnet subnet, PoolId pool, @Nullable String mac, Turn turn) {
        List<AddressRange> ranges =
                pool.range().map(range -> List.of(AddressRange.of(range))).orElse(subnet.pool());
        String option = subnet.family() == Family.IPV6 ? "--ip6" : "--ip";
        if (ranges.isEmpty()) {
            throw new ConfigurationException(
                    "segment %s has no pool for %s: give the container an address by %s, or add containers.pool to the host file"
                            .formatted(subnet.segment(), subnet.network(), option));
        }
        IpAddress chosen;
        do {
            chosen = itsOwn(subnet, ranges, turn)
                    .or(() -> unused(subnet, ranges, pool))
                    .or(() -> leastMissed(subnet, ranges))
                    .orElseThrow(() -> full(subnet, ranges, option));
        } while (!lapse(store.lease(subnet.segment(), chosen)));
        store.put(newLease(subnet, chosen, mac, true), pool.toString());
        return chosen;
    }

    /** What the container that asks had before, where it is known who asks. */
    private Optional<IpAddress> itsOwn(Subnet subnet, List<AddressRange> ranges, Turn turn) {
        if (turn.container().isEmpty()) {
            claimants.asking(store.detached(subnet.segment(), subnet.family())).ifPresent(turn::isFor);
        }
        return turn.container().stream()
                .flatMap(name -> store.keptFor(subnet.segment(), name).stream())
                .map(KeptAddress::address)
                .filter(address -> isIn(ranges, address) && isFree(subnet, address))
                .findFirst();
    }

    /** An address that nobody had, or of whom it is not known any more. */
    private Optional<IpAddress> unused(Subnet subnet, List<AddressRange> ranges, PoolId pool) {
        RoundRobin candidates = new RoundRobin(ranges, store.lastGiven(pool.toString()));
        while (candidates.hasNext()) {
            IpAddress candidate = candidates.next();
            if (isFree(subnet, candidate)
                    && store.kept(subnet.segment(), candidate).isEmpty()) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /**
     * All are kept: the one of the container that was removed first, else of the one among those that may be asking now
     * that had it first. What the user named for a container is not given away while there is such a container.
     */
    private Optional<IpAddress> leastMissed(Subnet subnet, List<AddressRange> ranges) {
        return store.kept().stream()
                .filter(kept -> kept.segment().equals(subnet.segment())
                        && isIn(ranges, kept.address())
                        && (kept.gone() != null || kept.pooled())
                        && isFree(subnet, kept.address()))
                .min(Comparator.comparing((KeptAddress kept) -> kept.gone() == null ? Instant.MAX : kept.gone())
                        .thenComparing(KeptAddress::since))
                .map(KeptAddress::address);
    }

    private static boolean isIn(List<AddressRange> ranges, IpAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private boolean isFree(Subnet subnet, IpAddress address) {
        return subnet.refusal(address).isEmpty()
                && store.lease(subnet.segment(), address).flatMap(this::holder).isEmpty()
                && !probe.heldOutside(subnet.segment()).contains(address);
    }

    private ConfigurationException full(Subnet subnet, List<AddressRange> ranges, String option) {
        long outside = probe.heldOutside(subnet.segment()).stream()
                .filter(address -> isIn(ranges, address))
                .count();
        return new ConfigurationException(
                "the pool of segment %s (%s) is full%s: give the container an address by %s, remove containers that are not needed ('onlink leases' lists them), or enlarge containers.pool in the host file"
                        .formatted(
                                subnet.segment(),
                                ranges.stream().map(AddressRange::toString).collect(Collectors.joining(", ")),
                                outside == 0 ? "" : ", %d of its addresses are in use outside".formatted(outside),
                                option));
    }

    /** Who has the lease; empty if it is nobody's, so that it can be given away. */
    private Optional<String> holder(Lease lease) {
        if (lease.auxiliaryOf() != null) {
            return Optional.of("an --aux-address of Docker network " + shortId(lease.auxiliaryOf()));
        }
        if (lease.endpoint() != null) {
            return holders.holder(lease.endpoint());
        }
        boolean fresh = clock.instant().isBefore(lease.since().plus(CLAIM_LIFETIME));
        return fresh ? Optional.of(STARTING) : Optional.empty();
    }

    private Lease newLease(Subnet subnet, IpAddress address, @Nullable String mac, boolean pooled) {
        return new Lease(subnet.segment(), address, null, null, mac, clock.instant(), pooled);
    }

    private static LeasedAddress leased(Subnet subnet, IpAddress address) {
        return new LeasedAddress(new InterfaceAddress(address, subnet.network().prefixLength()));
    }

    private static String shortId(String id) {
        return id.substring(0, Math.min(12, id.length()));
    }
}
