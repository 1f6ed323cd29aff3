package io.onlink.attach;

import io.onlink.attach.ProbeFrames.Claim;
import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Others who claim, while it is in use here, an address of a container's or of the host's on a segment. The address is defended
 * and never given up: RFC 5227, 2.4 (c), for a host whose address others rely on; it is announced once, and within {@link
 * Defence#INTERVAL} not again, but then, where it was claimed meanwhile: neighbours may have believed it. Likewise in IPv6,
 * for which there is no such rule.
 *
 * <p>For any thread. What a claim costs while one is being answered is a look at two maps; what has to be asked of kernel and
 * store is asked on the timer's threads, at most once in the interval for an address.
 */
final class AddressConflicts {
    /** After such a silence it is news again. */
    private static final Duration FORGOTTEN = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(AddressConflicts.class);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final HostLinks links;
    private final SandboxRepair repair;
    private final ScheduledExecutorService timer;
    private final InstantSource clock;

    /** Those that were seen on the segments; some may have left since. */
    private final Map<IpAddress, List<Endpoint>> owners = new ConcurrentHashMap<>();

    private final Map<Place, Defence> defences = new ConcurrentHashMap<>();

    private record Place(int linkIndex, IpAddress address) {}

    AddressConflicts(
            Supplier<SequencedMap<String, Segment>> segments,
            EndpointStore store,
            HostLinks links,
            SandboxRepair repair,
            ScheduledExecutorService timer,
            InstantSource clock) {
        this.segments = segments;
        this.store = store;
        this.links = links;
        this.repair = repair;
        this.timer = timer;
        this.clock = clock;
    }

    /** The endpoint's addresses are in use from now on. Idempotent. */
    void watch(Endpoint endpoint) {
        endpoint.addresses()
                .forEach(address -> owners.merge(
                        address.ip(),
                        List.of(endpoint),
                        (before, now) -> Stream.concat(
                                        before.stream()
                                                .filter(other ->
                                                        !other.segment().equals(endpoint.segment())),
                                        now.stream())
                                .toList()));
    }

    /** They are not any more. Idempotent. */
    void forget(Endpoint endpoint) {
        endpoint.addresses()
                .forEach(address -> owners.computeIfPresent(address.ip(), (_, all) -> {
                    List<Endpoint> others = all.stream()
                            .filter(other -> !other.id().equals(endpoint.id()))
                            .toList();
                    return others.isEmpty() ? null : others;
                }));
    }

    /**
     * Somebody says that he has an address.
     *
     * @param linkIndex the kernel's number of the link by which that was heard
     */
    void claimed(int linkIndex, Claim claim) {
        List<Endpoint> here = owners.getOrDefault(claim.address(), List.of());
        if (here.stream().anyMatch(owner -> owner.mac().equals(claim.mac()))
                || (here.isEmpty() && !isHosts(claim.address()))) {
            return;
        }
        Place place = new Place(linkIndex, claim.address());
        Instant now = clock.instant();
        defences.values().removeIf(defence -> defence.isOver(now));
        Defence defence = defences.computeIfAbsent(place, _ -> new Defence());
        defence.hear(claim.mac(), now).ifPresent(wait -> {
            var _ = timer.schedule(() -> defend(place, defence), wait.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    private boolean isHosts(IpAddress address) {
        return segments.get().values().stream().anyMatch(segment -> isHosts(segment, address));
    }

    private static boolean isHosts(Segment segment, IpAddress address) {
        return segment.addresses().stream().anyMatch(own -> own.ip().equals(address));
    }

    private void defend(Place place, Defence defence) {
        Defence.Heard heard = defence.take(clock.instant());
        try {
            links.nameOf(place.linkIndex())
                    .flatMap(this::segmentOn)
                    .ifPresent(segment -> defend(segment, place.address(), heard));
        } catch (OnlinkException failed) {
            log.warn(
                    "{}, which another machine claims, with MAC address {}, is not defended: {}",
                    place.address(),
                    heard.holder(),
                    failed.getMessage());
        } catch (RuntimeException failed) {
            log.error("defending an address failed in a way it should not", failed);
        }
    }

    private Optional<Segment> segmentOn(String link) {
        return segments.get().values().stream()
                .filter(segment -> segment.link().equals(link))
                .findFirst();
    }

    private void defend(Segment segment, IpAddress address, Defence.Heard heard) {
        Optional<Endpoint> seen = owners.getOrDefault(address, List.of()).stream()
                .filter(endpoint -> endpoint.segment().equals(segment.name()))
                .findFirst();
        if (seen.isPresent()) {
            // As it is now: it may have left, and by now it has a name.
            Optional<Endpoint> owner = store.endpoint(seen.get().id()).filter(endpoint -> endpoint.sandbox() != null);
            owner.ifPresentOrElse(
                    endpoint -> {
                        repair.announce(endpoint, address);
                        report(segment, address, endpoint.describe(), heard);
                    },
                    () -> forget(seen.get()));
        } else if (isHosts(segment, address) && !links.hasLinkWith(heard.holder())) {
            links.announce(segment.link(), address);
            report(segment, address, "this host", heard);
        }
    }

    private void report(Segment segment, IpAddress address, String owner, Defence.Heard heard) {
        Conflict conflict = new Conflict(
                segment.name(), address, owner, heard.holder(), heard.first(), heard.last(), heard.times());
        boolean isNews = store.conflicts().stream()
                .filter(conflict::isOfTheSame)
                .noneMatch(before -> before.last().plus(FORGOTTEN).isAfter(conflict.since()));
        store.put(conflict);
        if (isNews) {
            log.warn(
                    "{} of {} on {} is in use outside too, by the machine with MAC address {}: announced, and will be again; stop that machine, or give one of them another address",
                    address,
                    owner,
                    segment.name(),
                    heard.holder());
        }
    }
}
