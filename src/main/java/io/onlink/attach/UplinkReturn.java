package io.onlink.attach;

import io.onlink.failure.OnlinkException;
import io.onlink.hostfile.Segment;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.LinkStatus.PortState;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A segment's uplink passes frames again, after it had no carrier or was in no bridge: it may be plugged in elsewhere by now, and
 * what switches and routers knew of the stations behind it is forgotten, or wrong. So the containers' addresses are announced
 * anew, out of the uplink itself: who is behind the host's other ports has missed nothing. For any thread.
 */
final class UplinkReturn {
    private static final Logger log = LoggerFactory.getLogger(UplinkReturn.class);

    /** A switch whose port begins with a spanning tree passes nothing for half a minute (IEEE 802.1D: twice 15 s). */
    private static final List<Duration> ANNOUNCEMENTS = List.of(
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(15),
            Duration.ofSeconds(35));

    /** A thousand containers are not to look like a broadcast storm. */
    private static final Duration BETWEEN_CONTAINERS = Duration.ofMillis(2);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final HostLinks links;
    private final SandboxLooks looks;

    /** Whether they pass frames, as far as it was told. Guarded by this, as the next. */
    private final Map<String, Boolean> passing = new HashMap<>();

    /** How often that changed: announcements that are still due are of an earlier time. */
    private final Map<String, Integer> changes = new HashMap<>();

    UplinkReturn(
            Supplier<SequencedMap<String, Segment>> segments,
            EndpointStore store,
            HostLinks links,
            SandboxLooks looks) {
        this.segments = segments;
        this.store = store;
        this.links = links;
        this.looks = looks;
    }

    /** Tells what state a link has as a port; only that of a bridge's uplink matters. */
    void portChanged(String link, @Nullable PortState state) {
        segmentWith(link)
                .filter(Segment::hasBridge)
                .ifPresent(segment -> changed(segment, state == PortState.FORWARDING));
    }

    /** Tells whether a link is up with a carrier; only that of an uplink without a bridge matters. */
    void carrierChanged(String link, boolean carrier) {
        segmentWith(link).filter(segment -> !segment.hasBridge()).ifPresent(segment -> changed(segment, carrier));
    }

    private Optional<Segment> segmentWith(String uplink) {
        return segments.get().values().stream()
                .filter(segment ->
                        segment.uplink().equals(uplink) && segment.containers().isPresent())
                .findFirst();
    }

    private synchronized void changed(Segment segment, boolean passes) {
        // Of one that nobody has spoken of yet it is not known: once after the agent's start, to be sure.
        boolean before = passing.getOrDefault(segment.uplink(), false);
        passing.put(segment.uplink(), passes);
        if (before == passes) {
            return;
        }
        int change = changes.merge(segment.uplink(), 1, Integer::sum);
        if (passes) {
            ANNOUNCEMENTS.forEach(delay -> looks.later(delay, () -> announce(segment, change)));
        }
    }

    private void announce(Segment segment, int change) {
        List<String> running = store.endpoints().stream()
                .filter(endpoint -> endpoint.segment().equals(segment.name()) && endpoint.sandbox() != null)
                .map(Endpoint::id)
                .toList();
        if (running.isEmpty() || !isStill(segment, change)) {
            return;
        }
        log.debug("uplink {} of {}: {} containers are announced", segment.uplink(), segment.name(), running.size());
        Duration delay = Duration.ZERO;
        for (String endpoint : running) {
            looks.later(delay, () -> announce(segment, endpoint, change));
            delay = delay.plus(BETWEEN_CONTAINERS);
        }
    }

    private void announce(Segment segment, String id, int change) {
        // By now it may run on another host.
        Optional<Endpoint> endpoint = store.endpoint(id).filter(known -> known.sandbox() != null);
        if (endpoint.isEmpty() || !isStill(segment, change)) {
            return;
        }
        for (InterfaceAddress address : endpoint.get().addresses().toList()) {
            try {
                links.announce(segment.uplink(), address.ip(), endpoint.get().mac());
            } catch (OnlinkException failed) {
                log.warn("announce {} of {}: {}", address.ip(), endpoint.get().describe(), failed.getMessage());
            }
        }
    }

    private synchronized boolean isStill(Segment segment, int change) {
        return changes.getOrDefault(segment.uplink(), 0) == change;
    }
}
