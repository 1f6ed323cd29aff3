package io.onlink.ipam;

import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;

/**
 * Addresses in a row, of one family, both ends included.
 *
 * @param first the lowest
 * @param last the highest; not below the first
 */
public record AddressRange(IpAddress first, IpAddress last) {
    public AddressRange {
        if (first.family() != last.family() || first.compareTo(last) > 0) {
            throw new IllegalArgumentException("no address from %s to %s".formatted(first, last));
        }
    }

    /** All addresses of a network. */
    public static AddressRange of(IpNetwork network) {
        return new AddressRange(network.address(), network.last());
    }

    /** Whether the address is one of them. */
    public boolean contains(IpAddress address) {
        return address.family() == first.family() && first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    @Override
    public String toString() {
        return first.equals(last) ? first.toString() : first + "-" + last;
    }
}
