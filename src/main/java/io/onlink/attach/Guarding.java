package io.onlink.attach;

import io.onlink.docker.NetworkDriver.CreateEndpoint;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.Segment;
import io.onlink.hostfile.Segment.Containers;
import io.onlink.model.Admission;
import io.onlink.model.Allowance;
import io.onlink.model.InterfaceAddress;
import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.PortGuard;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may pass the ports of endpoints, by what the store and the host file say. For any platform thread. */
final class Guarding {
    /** A label of a container, or a driver option of its endpoint. */
    static final String ALLOW = "onlink.allow";

    private static final int WRONG_ITEMS_SAID = 3;

    private static final Logger log = LoggerFactory.getLogger(Guarding.class);

    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final PortGuard guard;

    Guarding(Supplier<SequencedMap<String, Segment>> segments, EndpointStore store, PortGuard guard) {
        this.segments = segments;
        this.store = store;
        this.guard = guard;
    }

    /**
     * What an attachment's own option allows; empty where it has none.
     *
     * @throws ConfigurationException if it cannot be understood, or the segment has no ports to keep it at
     */
    static Optional<String> allowed(CreateEndpoint request, Segment segment) {
        Optional<String> allowed = request.options().text(ALLOW);
        if (allowed.isPresent() && !segment.hasBridge()) {
            throw new ConfigurationException(
                    "%s: a firewall is kept at a bridge's ports, and segment %s has attach: %s; leave the option out"
                            .formatted(ALLOW, segment.name(), segment.attach().word()));
        }
        allowed.ifPresent(text -> {
            try {
                Allowance.parseList(text);
            } catch (IllegalArgumentException wrong) {
                throw new ConfigurationException(
                        "%s=%s: %s; %s".formatted(ALLOW, text, wrong.getMessage(), Allowance.SYNTAX), wrong);
            }
        });
        return allowed;
    }

    /** From its return on nothing forged comes through the endpoint's port; to be called before that is up. */
    void protect(Endpoint endpoint) {
        if (!hasPort(endpoint)) {
            return;
        }
        guard.protect(port(endpoint, store.allowed()));
    }

    /** Idempotent; to be called once the ports are gone. */
    void release(Collection<String> links) {
        guard.release(links);
    }

    /** All endpoints anew whose host sides are there: what is left of others goes. */
    void protectAll(Set<String> hostLinks) {
        Map<String, String> allowed = store.allowed();
        guard.replaceAll(store.endpoints().stream()
                .filter(endpoint -> hostLinks.contains(endpoint.hostLink()) && hasPort(endpoint))
                .map(endpoint -> port(endpoint, allowed))
                .toList());
    }

    /** What the container itself allows from now on; with it, nothing else but what its segment allows gets in. */
    void allow(String endpointId, String allowed) {
        if (allowed.equals(store.allowed().get(endpointId))) {
            return;
        }
        store.allow(endpointId, allowed);
        store.endpoint(endpointId)
                .filter(endpoint -> !hasPort(endpoint))
                .ifPresent(endpoint -> log.warn(
                        "{} on {}: {} means nothing here, everything gets in: a firewall is kept at a bridge's ports, and the segment has no bridge",
                        endpoint.describe(),
                        endpoint.segment(),
                        ALLOW));
    }

    /** A segment that left the file had one as far as anybody knows: guarding what is not there does no harm. */
    private boolean hasPort(Endpoint endpoint) {
        Segment segment = segments.get().get(endpoint.segment());
        return segment == null || segment.hasBridge();
    }

    private GuardedPort port(Endpoint endpoint, Map<String, String> allowed) {
        // A segment that left the file leaves its containers running: guarded as before, and open.
        Optional<Containers> containers =
                Optional.ofNullable(segments.get().get(endpoint.segment())).flatMap(Segment::containers);
        Admission admission = containers.map(Containers::admission).orElse(Admission.OPEN);
        String own = allowed.get(endpoint.id());
        return new GuardedPort(
                endpoint.hostLink(),
                endpoint.mac(),
                endpoint.addresses().map(InterfaceAddress::ip).toList(),
                containers.map(Containers::isolated).orElse(false),
                own == null ? admission : admission.and(understood(endpoint, own)));
    }

    /** A slip of the pen must not open what was to be closed. */
    private static List<Allowance> understood(Endpoint endpoint, String allowed) {
        List<Allowance> understood = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (String one : allowed.split(",", -1)) {
            try {
                understood.add(Allowance.parse(one));
            } catch (IllegalArgumentException malformed) {
                wrong.add(String.valueOf(malformed.getMessage()));
            }
        }
        if (!wrong.isEmpty()) {
            // Of thousands the first ones: each look at the container would say them all again.
            log.warn(
                    "{} on {}: {}: {}{}, and gets nothing in; {}",
                    endpoint.describe(),
                    endpoint.segment(),
                    ALLOW,
                    wrong.stream().limit(WRONG_ITEMS_SAID).collect(Collectors.joining("; ")),
                    wrong.size() > WRONG_ITEMS_SAID ? " (and %d more)".formatted(wrong.size() - WRONG_ITEMS_SAID) : "",
                    Allowance.SYNTAX);
        }
        return understood;
    }
}
