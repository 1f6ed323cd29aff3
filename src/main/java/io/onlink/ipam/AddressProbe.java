package io.onlink.ipam;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import java.util.Optional;
import java.util.Set;

/** Asks a segment whether somebody has an address. Any platform thread. */
public interface AddressProbe {
    /** Asks nobody. */
    AddressProbe NONE = new AddressProbe() {
        @Override
        public void begin(String segment, IpAddress address) {}

        @Override
        public Optional<MacAddress> holder(String segment, IpAddress address) {
            return Optional.empty();
        }

        @Override
        public void left(String segment, IpAddress address) {}

        @Override
        public Set<IpAddress> heldOutside(String segment) {
            return Set.of();
        }
    };

    /** Begins to ask; does not block. */
    void begin(String segment, IpAddress address);

    /** Waits for the answer to {@link #begin}; empty if nobody answered, or nobody was asked. */
    Optional<MacAddress> holder(String segment, IpAddress address);

    /** A container had the address until now: where it comes back at once, nobody else has to be asked. */
    void left(String segment, IpAddress address);

    /** Addresses that somebody outside was found to have a short time ago: a pool passes them over. */
    Set<IpAddress> heldOutside(String segment);
}
