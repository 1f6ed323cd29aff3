package io.onlink.ipam;

import io.onlink.model.IpAddress;
import java.util.Set;

/** Asks a segment whether somebody has an address. Any thread. */
public interface AddressProbe {
    /** Asks nobody. */
    AddressProbe NONE = new AddressProbe() {
        @Override
        public void begin(String segment, IpAddress address) {}

        @Override
        public Set<IpAddress> heldOutside(String segment) {
            return Set.of();
        }
    };

    /** Begins to ask; the answer is awaited before the container starts. Does not block. */
    void begin(String segment, IpAddress address);

    /** Addresses that somebody outside was found to have a short time ago: a pool passes them over. */
    Set<IpAddress> heldOutside(String segment);
}
