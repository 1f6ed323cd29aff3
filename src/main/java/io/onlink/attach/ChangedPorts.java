package io.onlink.attach;

import io.onlink.hostfile.Segment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/** Running containers' ports of bridges whose options or MTU are not as they were attached. For platform threads. */
final class ChangedPorts {
    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final HostLinks links;

    ChangedPorts(Supplier<SequencedMap<String, Segment>> segments, EndpointStore store, HostLinks links) {
        this.segments = segments;
        this.store = store;
        this.links = links;
    }

    List<ChangedPort> all() {
        return changed(store.endpoints());
    }

    /** Likewise, of those with such a link. */
    List<ChangedPort> of(Collection<String> hostLinks) {
        return changed(store.endpointsWith(hostLinks));
    }

    private List<ChangedPort> changed(List<Endpoint> endpoints) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.sandbox() != null)
                .flatMap(endpoint -> bridge(endpoint)
                        .map(bridge -> new ChangedPort(endpoint, links.corrections(endpoint.hostLink(), bridge)))
                        .stream())
                .filter(port -> !port.steps().isEmpty())
                .toList();
    }

    private Optional<String> bridge(Endpoint endpoint) {
        return Optional.ofNullable(segments.get().get(endpoint.segment()))
                .filter(Segment::hasBridge)
                .map(Segment::link);
    }

    /**
     * Makes a port what it was when it was attached. Idempotent; nothing for one that is gone.
     *
     * @throws io.onlink.failure.KernelException if the kernel refuses
     */
    void putBack(ChangedPort port) {
        bridge(port.endpoint()).ifPresent(bridge -> links.correct(port.link(), bridge));
    }
}
