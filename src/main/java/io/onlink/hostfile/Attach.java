package io.onlink.hostfile;

import java.util.Locale;

/** How containers are attached to a segment. */
public enum Attach {
    /** Ports of a bridge, of which the uplink is another; the host's addresses are on the bridge. */
    BRIDGE,
    /** A MAC address of its own each, on the uplink; the host's addresses are there too, and not for them. */
    MACVLAN,
    /** All with the uplink's MAC address, told apart by their IP addresses; the host's addresses likewise. */
    IPVLAN;

    /** The word of the host file, and the kernel's for the kind. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Attach parse(String text) {
        return switch (text) {
            case "bridge" -> BRIDGE;
            case "macvlan" -> MACVLAN;
            case "ipvlan" -> IPVLAN;
            default -> throw new IllegalArgumentException("is the text '" + text + "'");
        };
    }
}
