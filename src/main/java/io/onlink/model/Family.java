package io.onlink.model;

/** An address family that Onlink speaks. Each object of a state belongs to exactly one. */
public enum Family {
    IPV4(4, 2, "ip"),
    IPV6(16, 10, "ip -6");

    private final int bytes;
    private final int number;
    private final String command;

    Family(int bytes, int number, String command) {
        this.bytes = bytes;
        this.number = number;
        this.command = command;
    }

    /** Bytes of an address on the wire. */
    public int bytes() {
        return bytes;
    }

    /** Bits of an address: the longest prefix. */
    public int bits() {
        return bytes * 8;
    }

    /** {@code AF_INET} or {@code AF_INET6} as Linux numbers them (socket.h). */
    public int number() {
        return number;
    }

    /** How {@code ip(8)} is called for this family. */
    public String command() {
        return command;
    }
}
