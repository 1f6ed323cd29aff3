package io.onlink.attach;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where networks and endpoints last, also when the agent is killed: the engine tells each only once. What a method has
 * done is on the disk when it returns.
 */
public interface EndpointStore {
    /**
     * Keeps a network.
     *
     * @param auxiliary addresses of its {@code --aux-address}es: their leases last as long as it
     */
    void put(SegmentNetwork network, List<IpAddress> auxiliary);

    /** Forgets a network and its endpoints. Idempotent. */
    void removeNetwork(String id);

    Optional<SegmentNetwork> network(String id);

    /** Keeps an endpoint, and that its leases are its own, whosever they were. One of the same id is replaced. */
    void put(Endpoint endpoint);

    /** Keeps that an endpoint is in a sandbox. No error if there is no such endpoint. */
    void joined(String id, String sandbox);

    /**
     * Keeps that an endpoint is in no sandbox any more, and since when. No error if there is no such endpoint, nor where it cannot be
     * written: then it holds for as long as this process does.
     */
    void left(String id, Instant since);

    /** The endpoint that has the lease of an address. */
    Optional<Endpoint> endpointOf(String segment, IpAddress address);

    /**
     * Forgets an endpoint and frees its addresses, before the engine releases them. Idempotent.
     *
     * @throws io.onlink.failure.ConfigurationException if that cannot be written; the endpoint has {@linkplain #left left} then
     */
    void removeEndpoint(String id);

    Optional<Endpoint> endpoint(String id);

    /** The endpoint whose {@linkplain Endpoint#hostLink() host link} has the name. */
    Optional<Endpoint> endpointWith(String hostLink);

    /** The endpoints whose host sides are among these links, which may be any. */
    default List<Endpoint> endpointsWith(Collection<String> links) {
        return links.stream()
                .filter(Endpoint::isHostLink)
                .map(this::endpointWith)
                .flatMap(Optional::stream)
                .toList();
    }

    List<Endpoint> endpoints();

    /** Those with a MAC address, on all segments. */
    List<Endpoint> endpointsWith(MacAddress mac);

    /** The endpoints that have joined a sandbox. */
    List<Endpoint> endpointsIn(String sandbox);

    /** Keeps what a container allows for itself, as it was written. No error if there is no such endpoint. */
    void allow(String endpoint, String allowed);

    /** What containers allow for themselves, by endpoint. */
    Map<String, String> allowed();

    /**
     * Adds to what is known of a conflict: its times to those before, and when it was heard last. What nobody heard for a day
     * is forgotten.
     */
    void put(Conflict heard);

    /** Those of the last day, the one heard last first. */
    List<Conflict> conflicts();
}
