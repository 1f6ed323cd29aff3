package io.onlink.model;

import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A 48-bit Ethernet address.
 *
 * @param value the six bytes as a number, the first byte on the wire highest
 */
public record MacAddress(long value) implements Comparable<MacAddress> {
    private static final Pattern TEXT = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    public MacAddress {
        if (value >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits");
        }
    }

    /**
     * Reads {@code 02:42:c0:a8:16:de}.
     *
     * @throws IllegalArgumentException if the text is not six hexadecimal bytes with colons
     */
    public static MacAddress parse(String text) {
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a MAC address, as in 02:42:c0:a8:16:de");
        }
        return of(COLONS.parseHex(text));
    }

    /** The address of these six bytes in wire order. */
    public static MacAddress of(byte[] bytes) {
        if (bytes.length != 6) {
            throw new IllegalArgumentException("a MAC address has 6 bytes, not " + bytes.length);
        }
        long value = 0;
        for (byte b : bytes) {
            value = (value << 8) | (b & 0xff);
        }
        return new MacAddress(value);
    }

    /** The six bytes in wire order. */
    public byte[] toBytes() {
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (value >>> (40 - 8 * i));
        }
        return bytes;
    }

    /** The link-local address that the kernel makes of it: modified EUI-64 (RFC 4291, appendix A). */
    public IpAddress linkLocal() {
        byte[] bytes = new byte[16];
        bytes[0] = (byte) 0xfe;
        bytes[1] = (byte) 0x80;
        byte[] mac = toBytes();
        bytes[8] = (byte) (mac[0] ^ 0x02);
        bytes[9] = mac[1];
        bytes[10] = mac[2];
        bytes[11] = (byte) 0xff;
        bytes[12] = (byte) 0xfe;
        System.arraycopy(mac, 3, bytes, 13, 3);
        return IpAddress.of(bytes);
    }

    /** Whether it names a group: no interface may have it as its own. */
    public boolean isMulticast() {
        return ((value >>> 40) & 1) != 0;
    }

    @Override
    public int compareTo(MacAddress other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return COLONS.formatHex(toBytes());
    }
}
