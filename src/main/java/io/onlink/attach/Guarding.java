package io.onlink.attach;

import io.onlink.hostfile.Segment;
import io.onlink.hostfile.Segment.Containers;
import io.onlink.model.Admission;
import io.onlink.model.InterfaceAddress;
import io.onlink.nftables.GuardedPort;
import io.onlink.nftables.PortGuard;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/** What may pass the ports of endpoints, by what the store and the host file say. For any platform thread. */
final class Guarding {
    private final Supplier<SequencedMap<String, Segment>> segments;
    private final EndpointStore store;
    private final PortGuard guard;

    Guarding(Supplier<SequencedMap<String, Segment>> segments, EndpointStore store, PortGuard guard) {
        this.segments = segments;
        this.store = store;
        this.guard = guard;
    }

    /** From its return on nothing forged comes through the endpoint's port; to be called before that is up. */
    void protect(Endpoint endpoint) {
        guard.protect(port(endpoint));
    }

    /** Idempotent; to be called once the port is gone. */
    void release(String link) {
        guard.release(link);
    }

    /** All endpoints anew: what is left of others goes. */
    void protectAll() {
        guard.replaceAll(store.endpoints().stream().map(this::port).toList());
    }

    private GuardedPort port(Endpoint endpoint) {
        // A segment that left the file leaves its containers running: guarded as before, and open.
        Optional<Containers> containers =
                Optional.ofNullable(segments.get().get(endpoint.segment())).flatMap(Segment::containers);
        return new GuardedPort(
                endpoint.hostLink(),
                endpoint.mac(),
                endpoint.addresses().map(InterfaceAddress::ip).toList(),
                containers.map(Containers::isolated).orElse(false),
                containers.map(Containers::admission).orElse(Admission.OPEN));
    }
}
