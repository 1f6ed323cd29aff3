package io.onlink.attach;

import io.onlink.docker.Engine;
import io.onlink.docker.NetworkDriver.AddressPool;
import io.onlink.docker.NetworkDriver.CreateNetwork;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.Segment;
import io.onlink.model.IpNetwork;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/** The segments of the host file that take containers, found by what the engine says. For any thread. */
final class ContainerSegments {
    private final Supplier<SequencedMap<String, Segment>> segments;

    ContainerSegments(Supplier<SequencedMap<String, Segment>> segments) {
        this.segments = segments;
    }

    /** On which a Docker network is to be: the one that was named, else the first that has its subnets. */
    Segment of(CreateNetwork request) {
        Optional<String> name = request.options().generic().text(Engine.SEGMENT_OPTION);
        List<IpNetwork> subnets =
                request.pools().stream().map(AddressPool::subnet).toList();
        Segment segment = name.map(this::named)
                .or(() -> segments.get().values().stream()
                        .filter(candidate -> candidate.containers().isPresent()
                                && !subnets.isEmpty()
                                && candidate.networks().containsAll(subnets))
                        .findFirst())
                .orElseThrow(() -> new ConfigurationException(
                        "%s: no segment of the host file has these networks; segments for containers: %s"
                                .formatted(subnets, names())));
        if (!segment.networks().containsAll(subnets)) {
            throw new ConfigurationException(
                    "segment %s has the networks %s, not %s".formatted(segment.name(), segment.networks(), subnets));
        }
        return segment;
    }

    Segment named(String name) {
        Segment segment = segments.get().get(name);
        if (segment == null || segment.containers().isEmpty()) {
            throw new ConfigurationException(
                    "the host file has no segment %s with 'containers'; segments for containers: %s. If it had one, remove its Docker network: docker network rm %s"
                            .formatted(name, names(), name));
        }
        return segment;
    }

    private List<String> names() {
        return segments.get().values().stream()
                .filter(segment -> segment.containers().isPresent())
                .map(Segment::name)
                .toList();
    }
}
