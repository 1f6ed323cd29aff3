package io.onlink.model;

/**
 * A pair of virtual Ethernet links that stands in for a NIC while that becomes a bridge's port, or ceases to be one: one end is the
 * bridge's port, and by a {@link Redirect} at each the NIC's frames pass through it both ways; the other end gives it carrier.
 * It is known by its name, whoever died and left it.
 */
public final class Stub {
    private static final String PORT = "onl-stub";
    private static final String PEER = "onl-peer";

    /** Above every other: a bridge without an address of its own takes the lowest of its ports'. */
    private static final long FIRST_MAC = 0xfe_ff_ff_6f_6e_00L;

    private Stub() {}

    /** The name of the end that is a bridge's port. */
    public static String port(int number) {
        return PORT + number;
    }

    /** The name of its other end. */
    public static String peer(String port) {
        return PEER + port.substring(PORT.length());
    }

    /** Whether it is the end that is a bridge's port. */
    public static boolean isPort(String link) {
        return link.startsWith(PORT);
    }

    /** Whether it is one of the two ends. */
    public static boolean isEnd(String link) {
        return link.startsWith(PORT) || link.startsWith(PEER);
    }

    /** Whether a sysctl, by its name with slashes, is one of its ends'. */
    public static boolean isSysctl(String name) {
        return name.contains("/" + PORT) || name.contains("/" + PEER);
    }

    /** The pair, to be made. */
    public static Veth pair(int number, int mtu) {
        String port = port(number);
        return new Veth(
                LinkAttributes.named(port).withMtu(mtu).withMac(new MacAddress(FIRST_MAC + 2L * number)),
                LinkAttributes.named(peer(port)).withMtu(mtu).withMac(new MacAddress(FIRST_MAC + 2L * number + 1)));
    }
}
