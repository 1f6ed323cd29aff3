package io.onlink.attach;

import io.onlink.frame.Ethernet;
import io.onlink.hostfile.Segment;
import io.onlink.ipam.AddressProbe;
import io.onlink.libc.PacketSocket;
import io.onlink.libc.SystemCallException;
import io.onlink.model.IpAddress;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import java.io.IOException;
import java.net.NetworkInterface;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks on a segment, before a container starts, whether somebody has its addresses already: see {@link
 * ProbeFrames}. Shorter than RFC 5227 has it, whose timings (up to seven seconds) are of slow networks: three probes, and
 * 400 ms for the answers. In the network namespace of the threads that it is made by.
 */
public final class WireProbe implements AddressProbe, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WireProbe.class);

    private static final int PROBES = 3;
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(100);
    private static final Duration LAST_ANSWER = Duration.ofMillis(200);

    /** A spanning tree may take long; a plugin call may not. */
    private static final Duration UPLINK_PATIENCE = Duration.ofSeconds(4);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    /** What was a container's of ours a moment ago is still: a restart need not ask. */
    private static final Duration JUST_LEFT = Duration.ofSeconds(10);

    private static final Duration REMEMBERED = Duration.ofMinutes(5);

    private static final Set<PortState> NOT_YET = EnumSet.of(PortState.LISTENING, PortState.LEARNING);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final InstantSource clock;
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("address-probe-", 0).daemon().factory());

    private final Map<Place, Future<Optional<MacAddress>>> asked = new ConcurrentHashMap<>();
    private final Map<Place, Instant> left = new ConcurrentHashMap<>();
    private final Map<Place, Instant> held = new ConcurrentHashMap<>();
    private final Map<String, PortState> ports = new ConcurrentHashMap<>();

    private record Place(String segment, IpAddress address) {}

    /** @param segments of the host file, as they are now */
    public WireProbe(Supplier<SequencedMap<String, Segment>> segments, InstantSource clock) {
        this.segments = segments;
        this.clock = clock;
    }

    /**
     * Tells what state a link of the host's has as a port: through an uplink that does not forward nobody answers.
     *
     * @param state null for a link that is no port
     */
    public void portChanged(String link, @Nullable PortState state) {
        if (state == null) {
            ports.remove(link);
        } else if (segments.get().values().stream()
                .anyMatch(segment -> segment.uplink().equals(link))) {
            ports.put(link, state);
        }
    }

    @Override
    public void begin(String segment, IpAddress address) {
        Segment declared = segments.get().get(segment);
        Place place = new Place(segment, address);
        Instant since = left.remove(place);
        boolean justLeft = since != null && clock.instant().isBefore(since.plus(JUST_LEFT));
        if (declared == null || justLeft) {
            asked.remove(place);
        } else {
            asked.put(place, threads.submit(() -> ask(declared, address)));
        }
    }

    @Override
    public Optional<MacAddress> holder(String segment, IpAddress address) {
        Place place = new Place(segment, address);
        Future<Optional<MacAddress>> answer = asked.remove(place);
        if (answer == null) {
            return Optional.empty();
        }
        Optional<MacAddress> holder = result(answer);
        if (holder.isPresent()) {
            held.put(place, clock.instant());
        } else {
            held.remove(place);
        }
        return holder;
    }

    @Override
    public void left(String segment, IpAddress address) {
        Instant now = clock.instant();
        left.values().removeIf(when -> now.isAfter(when.plus(JUST_LEFT)));
        left.put(new Place(segment, address), now);
    }

    @Override
    public Set<IpAddress> heldOutside(String segment) {
        Instant now = clock.instant();
        held.values().removeIf(when -> now.isAfter(when.plus(REMEMBERED)));
        return held.keySet().stream()
                .filter(place -> place.segment().equals(segment))
                .map(Place::address)
                .collect(Collectors.toSet());
    }

    private static Optional<MacAddress> result(Future<Optional<MacAddress>> answer) {
        try {
            return answer.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException failed) {
            log.error("asking for an address failed in a way it should not", failed);
            return Optional.empty();
        }
    }

    /** A link that is down, or a bridge that is not there, keeps no container from starting: nobody is there to ask. */
    private Optional<MacAddress> ask(Segment segment, IpAddress address) {
        awaitUplink(segment);
        try {
            NetworkInterface link = NetworkInterface.getByName(segment.link());
            byte @Nullable [] bytes = link == null ? null : link.getHardwareAddress();
            if (link == null || bytes == null) {
                return Optional.empty();
            }
            MacAddress mac = MacAddress.of(bytes);
            try (PacketSocket socket = PacketSocket.open(
                    link.getIndex(), Ethernet.resolutionType(address.family()), ProbeFrames.filter(address.family()))) {
                return ask(socket, address, mac);
            }
        } catch (IOException | SystemCallException refused) {
            log.warn("whether {} on {} is in use is not known: {}", address, segment.name(), refused.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<MacAddress> ask(PacketSocket socket, IpAddress address, MacAddress mac) {
        byte[] probe = ProbeFrames.probe(address, mac);
        for (int number = 1; number <= PROBES; number++) {
            socket.send(probe);
            Duration pause = number < PROBES ? BETWEEN_PROBES : LAST_ANSWER;
            Optional<MacAddress> claimant = listen(socket, address, mac, System.nanoTime() + pause.toNanos());
            if (claimant.isPresent()) {
                return claimant;
            }
        }
        return Optional.empty();
    }

    private static Optional<MacAddress> listen(PacketSocket socket, IpAddress address, MacAddress mac, long end) {
        for (long rest = end - System.nanoTime(); rest > 0; rest = end - System.nanoTime()) {
            Optional<MacAddress> claimant = socket.receive(Duration.ofMillis(rest / 1_000_000 + 1))
                    .flatMap(frame -> ProbeFrames.claimant(address, frame, mac));
            if (claimant.isPresent()) {
                return claimant;
            }
        }
        return Optional.empty();
    }

    private void awaitUplink(Segment segment) {
        long end = System.nanoTime() + UPLINK_PATIENCE.toNanos();
        while (isNotYet(ports.get(segment.uplink())) && end - System.nanoTime() > 0) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private static boolean isNotYet(@Nullable PortState state) {
        return state != null && NOT_YET.contains(state);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
