package io.onlink.model;

import java.math.BigInteger;

/**
 * Consecutive addresses of one family, both ends included ({@code 192.168.22.222-192.168.22.239}). It may hold more
 * than can be counted through: an IPv6 /64 is a range.
 */
public record AddressRange(IpAddress first, IpAddress last) {
    public AddressRange {
        if (first.family() != last.family()) {
            throw new IllegalArgumentException("%s and %s are of two families".formatted(first, last));
        }
        if (first.compareTo(last) > 0) {
            throw new IllegalArgumentException("%s comes after %s".formatted(first, last));
        }
    }

    /**
     * Reads {@code FIRST-LAST}, or a network as {@code ADDRESS/LENGTH}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static AddressRange parse(String text) {
        int dash = text.indexOf('-');
        if (dash >= 0) {
            return new AddressRange(
                    IpAddress.parse(text.substring(0, dash)), IpAddress.parse(text.substring(dash + 1)));
        }
        if (text.indexOf('/') < 0) {
            throw new IllegalArgumentException("'" + text + "' is not a range of addresses");
        }
        return of(IpNetwork.parse(text));
    }

    /** All addresses of a network, the first and the last too. */
    public static AddressRange of(IpNetwork network) {
        return new AddressRange(network.address(), network.last());
    }

    public Family family() {
        return first.family();
    }

    /** Whether the address is one of them; false for the other family. */
    public boolean contains(IpAddress address) {
        return address.family() == family() && first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
    }

    /** Whether an address is in both. */
    public boolean overlaps(AddressRange other) {
        return contains(other.first) || other.contains(first);
    }

    /** How many addresses there are; up to 2 to the power of 128. */
    public BigInteger size() {
        return new BigInteger(1, last.toBytes())
                .subtract(new BigInteger(1, first.toBytes()))
                .add(BigInteger.ONE);
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
