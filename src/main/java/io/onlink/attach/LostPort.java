package io.onlink.attach;

import org.jspecify.annotations.Nullable;

/**
 * A running container that is cut off: its link is not in its segment's bridge, down, or gone.
 *
 * @param on the segment's bridge, or its uplink where it has none
 * @param what is wrong, in a line
 * @param inside what the interface of a link that is gone is to be called in the container; null where the link is there
 */
public record LostPort(
        Endpoint endpoint, String on, String what, @Nullable String inside) {
    /** The host's side of the endpoint's link. */
    public String link() {
        return endpoint.hostLink();
    }

    /** What puts it right, in {@code ip}'s words or others. */
    public String remedy() {
        return inside == null
                ? "ip link set dev %s master %s up".formatted(link(), on)
                : "made anew on %s, and %s in the container".formatted(on, inside);
    }
}
