package io.onlink.attach;

import io.onlink.desired.ContainerPort;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container's place on a segment: Docker's endpoint. It gets a new id at every start of the container.
 *
 * @param mac of the container's side
 * @param defaultRoute what the user said by {@code onlink.default-route}; null if nothing
 * @param sandbox path of the container's network namespace; null until it joined
 * @param container name of the container, for messages; null until the engine told it
 * @param since when it was made, or left its sandbox
 */
public record Endpoint(
        String id,
        String network,
        String segment,
        @Nullable InterfaceAddress ipv4,
        @Nullable InterfaceAddress ipv6,
        MacAddress mac,
        @Nullable Boolean defaultRoute,
        @Nullable String sandbox,
        @Nullable String container,
        Instant since) {

    /** What every {@link #hostLink} begins with. */
    public static final String HOST_LINK_PREFIX = "onl";

    private static final String SANDBOX_LINK_PREFIX = "onp";

    private static final int HOST_LINK_DIGITS = 11;

    /** The name of the veth's host side: "onl" and as much of the id as a link's name can hold (IFNAMSIZ). */
    public String hostLink() {
        return hostLink(id);
    }

    private static String hostLink(String id) {
        return HOST_LINK_PREFIX + id.substring(0, Math.min(HOST_LINK_DIGITS, id.length()));
    }

    /** The name that a host side has to have to which somebody gave another; empty for any other link. */
    public static Optional<String> ownNameOf(Link renamed) {
        return ContainerPort.endpointOf(renamed).map(Endpoint::hostLink).filter(name -> !name.equals(renamed.name()));
    }

    /** Whether a link's name is one that {@link #hostLink} makes. */
    public static boolean isHostLink(String name) {
        return name.length() == HOST_LINK_PREFIX.length() + HOST_LINK_DIGITS
                && name.startsWith(HOST_LINK_PREFIX)
                && name.substring(HOST_LINK_PREFIX.length()).chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }

    /** What the id of the endpoint with such a link begins with. */
    public static String idPrefix(String hostLink) {
        return hostLink.substring(HOST_LINK_PREFIX.length());
    }

    /** The name that the container's link has until the engine moves and renames it. */
    String sandboxLink() {
        return sandboxLink(hostLink());
    }

    /** The name of the container's link of the endpoint with such a host side. */
    static String sandboxLink(String hostLink) {
        return SANDBOX_LINK_PREFIX + idPrefix(hostLink);
    }

    /** The other way about; empty for a link that is no container's. */
    static Optional<String> hostLinkOf(String sandboxLink) {
        return Optional.of(sandboxLink)
                .filter(name -> name.startsWith(SANDBOX_LINK_PREFIX))
                .map(name -> HOST_LINK_PREFIX + name.substring(SANDBOX_LINK_PREFIX.length()))
                .filter(Endpoint::isHostLink);
    }

    /** Its addresses, IPv4 first. */
    public Stream<InterfaceAddress> addresses() {
        return Stream.of(Optional.ofNullable(ipv4), Optional.ofNullable(ipv6)).flatMap(Optional::stream);
    }

    /** The same endpoint in a sandbox. */
    public Endpoint in(String newSandbox) {
        return new Endpoint(id, network, segment, ipv4, ipv6, mac, defaultRoute, newSandbox, container, since);
    }

    /** How a user knows it. */
    public String describe() {
        return container != null ? "container " + container : "endpoint " + id.substring(0, Math.min(12, id.length()));
    }
}
