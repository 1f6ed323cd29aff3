package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * What links of every kind have, and an administrator can set.
 *
 * @param name unique in its namespace, at most 15 bytes ({@code IFNAMSIZ - 1})
 * @param mac its Ethernet address; null where the kind has none, or the kernel is to choose
 * @param mtu in bytes; 0 when the kernel is to choose
 * @param up administratively up ({@code IFF_UP}); whether there is a carrier is in {@link
 *     LinkStatus}
 * @param master the bridge or VRF it belongs to
 * @param alias free text ({@code ip link … alias}); Onlink writes there what a link is for
 */
public record LinkAttributes(
        String name,
        @Nullable MacAddress mac,
        int mtu,
        boolean up,
        @Nullable String master,
        @Nullable String alias) {

    /** IFNAMSIZ (linux/if.h) counts the zero at the end. */
    public static final int LONGEST_NAME = 15;

    /** A link that is down, alone, and leaves MAC address and MTU to the kernel. */
    public static LinkAttributes named(String name) {
        return new LinkAttributes(name, null, 0, false, null, null);
    }

    public LinkAttributes withName(String newName) {
        return new LinkAttributes(newName, mac, mtu, up, master, alias);
    }

    public LinkAttributes withMac(@Nullable MacAddress newMac) {
        return new LinkAttributes(name, newMac, mtu, up, master, alias);
    }

    public LinkAttributes withMtu(int newMtu) {
        return new LinkAttributes(name, mac, newMtu, up, master, alias);
    }

    public LinkAttributes withUp(boolean newUp) {
        return new LinkAttributes(name, mac, mtu, newUp, master, alias);
    }

    public LinkAttributes withMaster(@Nullable String newMaster) {
        return new LinkAttributes(name, mac, mtu, up, newMaster, alias);
    }

    public LinkAttributes withAlias(@Nullable String newAlias) {
        return new LinkAttributes(name, mac, mtu, up, master, newAlias);
    }
}
