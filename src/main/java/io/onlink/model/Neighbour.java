package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * An entry of the neighbour table: which MAC address answers for an IP address (ARP, RFC 4861).
 *
 * @param mac null while it is not known
 * @param state as the kernel numbers it ({@code NUD_*}, linux/neighbour.h)
 * @param proxy the host answers in its place ({@code NTF_PROXY}); it has neither MAC address nor state then
 */
public record Neighbour(String link, IpAddress ip, @Nullable MacAddress mac, int state, boolean proxy) {
    public static final int REACHABLE = 0x02;
    public static final int STALE = 0x04;
    public static final int DELAY = 0x08;
    public static final int PROBE = 0x10;
    public static final int FAILED = 0x20;
    public static final int NO_ARP = 0x40;
    public static final int PERMANENT = 0x80;

    /** One that was learned, or set by hand; no proxy's. */
    public Neighbour(String link, IpAddress ip, @Nullable MacAddress mac, int state) {
        this(link, ip, mac, state, false);
    }

    /** The same on another link. */
    public Neighbour on(String otherLink) {
        return new Neighbour(otherLink, ip, mac, state, proxy);
    }

    /** Whether nobody will learn it again once it is gone. */
    public boolean isSetByHand() {
        return proxy || (state & PERMANENT) != 0;
    }
}
