package io.onlink.attach;

import org.jspecify.annotations.Nullable;

/**
 * A running container that is cut off: its link is not in its segment's bridge, down, or gone; or that is not guarded, as its link has another name.
 *
 * @param on the segment's bridge, or its uplink where it has none
 * @param what is wrong, in a line
 * @param called the name that somebody gave the host's side; null where it has its own, or is gone
 * @param inside what the interface of a link that is gone is to be called in the container; null where the link is there
 */
public record LostPort(
        Endpoint endpoint,
        String on,
        String what,
        @Nullable String called,
        @Nullable String inside) {
    /** The host's side of the endpoint's link. */
    public String link() {
        return endpoint.hostLink();
    }

    /** What puts it right, in {@code ip}'s words or others. */
    public String remedy() {
        if (called != null) {
            return "ip link set dev %1$s down; ip link set dev %1$s name %2$s; ip link set dev %2$s master %3$s up"
                    .formatted(called, link(), on);
        }
        return inside == null
                ? "ip link set dev %s master %s up".formatted(link(), on)
                : "made anew on %s, and %s in the container".formatted(on, inside);
    }
}
