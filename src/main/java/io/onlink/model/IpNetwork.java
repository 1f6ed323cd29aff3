package io.onlink.model;

/**
 * A network: an address whose host bits are zero, and a prefix length ({@code 192.168.22.0/24}).
 *
 * @param address the first address of the network
 * @param prefixLength bits that are fixed, 0 to 32 or 128
 */
public record IpNetwork(IpAddress address, int prefixLength) implements Comparable<IpNetwork> {
    /** {@code 0.0.0.0/0}, the destination of an IPv4 default route. */
    public static final IpNetwork DEFAULT_IPV4 = parse("0.0.0.0/0");

    /** {@code ::/0}, the destination of an IPv6 default route. */
    public static final IpNetwork DEFAULT_IPV6 = parse("::/0");

    public IpNetwork {
        InterfaceAddress.checkPrefixLength(address, prefixLength);
        if (!masked(address, prefixLength).equals(address)) {
            throw new IllegalArgumentException("%s/%d has host bits set; the network is %s/%d"
                    .formatted(address, prefixLength, masked(address, prefixLength), prefixLength));
        }
    }

    /** The network that an address with a prefix length lies in. */
    public static IpNetwork containing(IpAddress address, int prefixLength) {
        InterfaceAddress.checkPrefixLength(address, prefixLength);
        return new IpNetwork(masked(address, prefixLength), prefixLength);
    }

    /**
     * Reads {@code ADDRESS/LENGTH}.
     *
     * @throws IllegalArgumentException if it is anything else, or host bits are set
     */
    public static IpNetwork parse(String text) {
        InterfaceAddress address = InterfaceAddress.parse(text);
        return new IpNetwork(address.ip(), address.prefixLength());
    }

    /** The default destination of a family. */
    public static IpNetwork defaultOf(Family family) {
        return switch (family) {
            case IPV4 -> DEFAULT_IPV4;
            case IPV6 -> DEFAULT_IPV6;
        };
    }

    public Family family() {
        return address.family();
    }

    /** Whether every address of the family is in it. */
    public boolean isDefault() {
        return prefixLength == 0;
    }

    /** Whether the address is in the network; false for the other family. */
    public boolean contains(IpAddress other) {
        return other.family() == family() && masked(other, prefixLength).equals(address);
    }

    /** Whether every address of the other network is in this one. */
    public boolean contains(IpNetwork other) {
        return other.prefixLength >= prefixLength && contains(other.address);
    }

    /** Whether an address is in both. */
    public boolean overlaps(IpNetwork other) {
        return contains(other) || other.contains(this);
    }

    /** The last address: in IPv4 the broadcast address (RFC 922). */
    public IpAddress last() {
        byte[] bytes = address.toBytes();
        for (int bit = prefixLength; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] |= (byte) (0x80 >> (bit % 8));
        }
        return IpAddress.of(bytes);
    }

    private static IpAddress masked(IpAddress address, int prefixLength) {
        byte[] bytes = address.toBytes();
        for (int bit = prefixLength; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
        }
        return IpAddress.of(bytes);
    }

    @Override
    public int compareTo(IpNetwork other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(prefixLength, other.prefixLength);
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
