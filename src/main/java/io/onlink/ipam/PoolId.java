package io.onlink.ipam;

import io.onlink.failure.ConfigurationException;
import io.onlink.model.IpNetwork;
import java.util.Optional;

/**
 * What the engine knows a pool by: all there is to know about it. Nothing is kept for it, so nothing can be lost or
 * counted wrongly, whatever is killed in between.
 *
 * @param range where addresses are to come from; the segment's own pool if empty
 */
record PoolId(IpNetwork network, Optional<IpNetwork> range, String segment) {
    private static final String PREFIX = "onlink";

    static PoolId parse(String text) {
        String[] parts = text.split(" ", 4);
        if (parts.length != 4 || !parts[0].equals(PREFIX)) {
            throw new ConfigurationException("'%s' is no pool of Onlink's".formatted(text));
        }
        try {
            IpNetwork network = IpNetwork.parse(parts[1]);
            Optional<IpNetwork> range =
                    Optional.of(parts[2]).filter(given -> !given.equals("-")).map(IpNetwork::parse);
            if (range.filter(inside -> !network.contains(inside)).isPresent()) {
                throw new ConfigurationException(
                        "'%s' is no pool of Onlink's: %s is not in %s".formatted(text, parts[2], network));
            }
            return new PoolId(network, range, parts[3]);
        } catch (IllegalArgumentException malformed) {
            throw new ConfigurationException("'%s' is no pool of Onlink's".formatted(text), malformed);
        }
    }

    @Override
    public String toString() {
        return String.join(
                " ", PREFIX, network.toString(), range.map(IpNetwork::toString).orElse("-"), segment);
    }
}
