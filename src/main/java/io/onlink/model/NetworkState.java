package io.onlink.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The network of one namespace: what is observed, what is desired, and what a change is undone to.
 * Immutable; the difference of two is a plan.
 *
 * <p>Everything is keyed by the link's name. What Onlink does not manage stands in a desired state as
 * it was observed, so a plan cannot name it.
 *
 * @param links by name
 * @param status by name; what the kernel alone decides, never compared
 * @param addresses in the kernel's order: in IPv4 the first of a network is its primary
 * @param routes in the kernel's order: of equal ones the first is used
 * @param redirects of Onlink's own, while a change is under way
 * @param exchanges of Onlink's own, while a change is under way
 * @param firewall of the host itself; like the rules it has links' names, and they need not be there
 * @param sysctls by name with slashes, relative to {@code /proc/sys}: {@code
 *     net/ipv6/conf/eth0/disable_ipv6}
 */
public record NetworkState(
        NavigableMap<String, Link> links,
        NavigableMap<String, LinkStatus> status,
        List<Address> addresses,
        List<Route> routes,
        List<Rule> rules,
        List<Neighbour> neighbours,
        List<Redirect> redirects,
        List<Exchange> exchanges,
        Firewall firewall,
        NavigableMap<String, String> sysctls) {
    private static final String TOKEN = "token";

    public NetworkState {
        links = Collections.unmodifiableNavigableMap(new TreeMap<>(links));
        status = Collections.unmodifiableNavigableMap(new TreeMap<>(status));
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
        neighbours = List.copyOf(neighbours);
        redirects = List.copyOf(redirects);
        exchanges = List.copyOf(exchanges);
        // A journal that was written before there was one has none.
        firewall = Objects.requireNonNullElse(firewall, Firewall.NONE);
        sysctls = Collections.unmodifiableNavigableMap(new TreeMap<>(sysctls));
    }

    /** A namespace with nothing in it. */
    public static NetworkState empty() {
        return new Builder().build();
    }

    public @Nullable Link link(String name) {
        return links.get(name);
    }

    /** The addresses of a link, in order. */
    public List<Address> addressesOf(String link) {
        return addresses.stream().filter(address -> address.link().equals(link)).toList();
    }

    /** The links whose master it is, by name. */
    public List<Link> portsOf(String master) {
        return links.values().stream()
                .filter(link -> master.equals(link.master()))
                .toList();
    }

    /** A builder that starts with this state. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.links.putAll(links);
        builder.status.putAll(status);
        builder.addresses.addAll(addresses);
        builder.routes.addAll(routes);
        builder.rules.addAll(rules);
        builder.neighbours.addAll(neighbours);
        builder.redirects.addAll(redirects);
        builder.exchanges.addAll(exchanges);
        builder.firewall = firewall;
        builder.sysctls.putAll(sysctls);
        return builder;
    }

    /**
     * The same with one link under another name. Rules and firewall keep the name: the kernel compares it, and not the link.
     */
    public NetworkState withRenamed(String from, String to) {
        Builder renamed = toBuilder();
        Link link = links.get(from);
        LinkStatus known = status.get(from);
        renamed.remove(from);
        if (link != null) {
            renamed.put(link.withAttributes(link.attributes().withName(to)));
        }
        if (known != null) {
            renamed.status.put(to, known);
        }
        renamed.links.replaceAll((name, port) -> from.equals(port.master()) ? port.withMaster(to) : port);
        renamed.links.replaceAll(
                (name, upper) -> upper instanceof UpperLink on && from.equals(on.parent()) ? on.withParent(to) : upper);
        renamed.addresses.clear();
        addresses.forEach(address -> renamed.addresses.add(address.link().equals(from) ? address.on(to) : address));
        renamed.routes.clear();
        routes.forEach(route -> renamed.routes.add(route.moved(from, to)));
        renamed.neighbours.replaceAll(neighbour -> neighbour.link().equals(from) ? neighbour.on(to) : neighbour);
        sysctls.forEach((name, value) -> {
            if (isSysctlOf(from, name)) {
                renamed.sysctls.put(name.replaceFirst("/conf/[^/]+/", "/conf/" + to + "/"), value);
            }
        });
        return renamed.build();
    }

    /** The name of the sysctl that turns IPv6 off on a link. */
    public static String disableIpv6(String link) {
        return "net/ipv6/conf/" + link + "/disable_ipv6";
    }

    /** The name of the sysctl that says whether a link obeys routers' advertisements: 0, 1 or 2 (ip-sysctl.rst). */
    public static String acceptRa(String link) {
        return ipv6("accept_ra", link);
    }

    /** The name of the sysctl that makes a router of a link; what Docker turns on for all. */
    public static String forwardingIpv6(String link) {
        return ipv6("forwarding", link);
    }

    /**
     * The name of the sysctl that says how a link makes its own addresses: 0 of its MAC address, 1 no link-local one, 2 and 3
     * of a secret (RFC 7217), the NIC's permanent MAC address and the network.
     */
    public static String addressGeneration(String link) {
        return ipv6("addr_gen_mode", link);
    }

    /**
     * The name under which a state has a link's token, the second half of all addresses that it makes of what routers
     * advertise (ip-token(8)); {@code ::} for none. It is no sysctl but netlink's (IFLA_INET6_TOKEN), and behaves like one.
     */
    public static String token(String link) {
        return ipv6(TOKEN, link);
    }

    /** Whether a name is one of {@link #token}'s. */
    public static boolean isToken(String name) {
        return name.startsWith("net/ipv6/conf/") && name.endsWith("/" + TOKEN);
    }

    /** The link that a sysctl is of. */
    public static String linkOf(String sysctl) {
        return sysctl.split("/", -1)[3];
    }

    /** The name of a link's IPv6 sysctl. */
    public static String ipv6(String sysctl, String link) {
        return "net/ipv6/conf/" + link + "/" + sysctl;
    }

    /** The name of the sysctl that lets a further IPv4 address take the place of a deleted first one. */
    public static String promoteSecondaries(String link) {
        return "net/ipv4/conf/" + link + "/promote_secondaries";
    }

    /** The name of the sysctl that refuses packets whose sender would be answered by another link. */
    public static String reversePathFilter(String link) {
        return "net/ipv4/conf/" + link + "/rp_filter";
    }

    /** Whether a sysctl belongs to a link, and goes with it. */
    public static boolean isSysctlOf(String link, String name) {
        return name.startsWith("net/ipv4/conf/" + link + "/") || name.startsWith("net/ipv6/conf/" + link + "/");
    }

    /** A state under construction: its collections are changed in place. Not for several threads. */
    public static final class Builder {
        public final NavigableMap<String, Link> links = new TreeMap<>();
        public final NavigableMap<String, LinkStatus> status = new TreeMap<>();
        public final List<Address> addresses = new ArrayList<>();
        public final List<Route> routes = new ArrayList<>();
        public final List<Rule> rules = new ArrayList<>();
        public final List<Neighbour> neighbours = new ArrayList<>();
        public final List<Redirect> redirects = new ArrayList<>();
        public final List<Exchange> exchanges = new ArrayList<>();
        public Firewall firewall = Firewall.NONE;
        public final NavigableMap<String, String> sysctls = new TreeMap<>();

        public Builder put(Link link) {
            links.put(link.name(), link);
            return this;
        }

        /** Takes a link away with all that hangs on it. */
        public Builder remove(String link) {
            links.remove(link);
            status.remove(link);
            addresses.removeIf(address -> address.link().equals(link));
            routes.removeIf(route -> route.uses(link));
            redirects.removeIf(redirect -> redirect.link().equals(link));
            sysctls.keySet().removeIf(name -> isSysctlOf(link, name));
            return this;
        }

        public NetworkState build() {
            return new NetworkState(
                    links, status, addresses, routes, rules, neighbours, redirects, exchanges, firewall, sysctls);
        }
    }
}
