package io.onlink.model;

/**
 * An address as it is given to an interface: with the length of its network's prefix ({@code
 * 192.168.22.217/24}). Host bits stay.
 */
public record InterfaceAddress(IpAddress ip, int prefixLength) implements Comparable<InterfaceAddress> {
    public InterfaceAddress {
        checkPrefixLength(ip, prefixLength);
    }

    /**
     * Reads {@code ADDRESS/LENGTH}.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static InterfaceAddress parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("'" + text + "' has no prefix length, as in 192.168.22.217/24");
        }
        IpAddress ip = IpAddress.parse(text.substring(0, slash));
        String length = text.substring(slash + 1);
        if (length.isEmpty() || length.length() > 3 || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("'" + length + "' is not a prefix length");
        }
        return new InterfaceAddress(ip, Integer.parseInt(length));
    }

    public Family family() {
        return ip.family();
    }

    /** The network the address lies in. */
    public IpNetwork network() {
        return IpNetwork.containing(ip, prefixLength);
    }

    static void checkPrefixLength(IpAddress ip, int prefixLength) {
        int bits = ip.family().bits();
        if (prefixLength < 0 || prefixLength > bits) {
            throw new IllegalArgumentException(
                    "a prefix of %s has 0 to %d bits, not %d".formatted(ip, bits, prefixLength));
        }
    }

    @Override
    public int compareTo(InterfaceAddress other) {
        int byAddress = ip.compareTo(other.ip);
        return byAddress != 0 ? byAddress : Integer.compare(prefixLength, other.prefixLength);
    }

    @Override
    public String toString() {
        return ip + "/" + prefixLength;
    }
}
