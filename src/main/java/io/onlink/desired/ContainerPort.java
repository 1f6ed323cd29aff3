package io.onlink.desired;

import io.onlink.model.Link;
import java.util.Optional;

/**
 * The host side of a container's veth, as every program of Onlink's knows it: its alias says on which segment it is, also
 * when no agent runs and its bridge is gone.
 */
public final class ContainerPort {
    private static final String BEGIN = "onlink: ";
    private static final String ENDPOINT = " endpoint ";

    private ContainerPort() {}

    /** The alias of an endpoint's port ({@code ip link … alias}). */
    public static String alias(String segment, String endpoint) {
        return BEGIN + segment + ENDPOINT + endpoint;
    }

    /** The endpoint of a link that is a container's port, whatever the link is called; empty for any other link. */
    public static Optional<String> endpointOf(Link link) {
        return segmentOf(link)
                .flatMap(segment -> Optional.ofNullable(link.attributes().alias())
                        .map(alias -> alias.substring(alias("", "").length() + segment.length())));
    }

    /** The segment of a link that is a container's port; empty for any other link. */
    public static Optional<String> segmentOf(Link link) {
        String alias = link.attributes().alias();
        if (alias == null || !alias.startsWith(BEGIN)) {
            return Optional.empty();
        }
        int end = alias.lastIndexOf(ENDPOINT);
        return end < BEGIN.length() ? Optional.empty() : Optional.of(alias.substring(BEGIN.length(), end));
    }
}
