package io.onlink.desired;

import io.onlink.model.Link;
import java.util.Optional;

/** The link that is a segment's on the host, a bridge most often: its alias says so, also while its name is being changed. */
public final class SegmentLink {
    private static final String BEGIN = "Onlink: ";

    private SegmentLink() {}

    /** The alias of a segment's link ({@code ip link … alias}). */
    public static String alias(String segment) {
        return BEGIN + segment;
    }

    /** The segment whose link it is; empty for any other link. */
    public static Optional<String> segmentOf(Link link) {
        return Optional.ofNullable(link.attributes().alias())
                .filter(alias -> alias.startsWith(BEGIN))
                .map(alias -> alias.substring(BEGIN.length()));
    }
}
