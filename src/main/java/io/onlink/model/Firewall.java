package io.onlink.model;

import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The firewall of the host itself: what is let in to it by which link. Established connections and what a network needs are
 * let in always. Immutable.
 *
 * @param closed by the link's name, what gets in there, in {@linkplain Admission#disjoint() disjoint} rows; by a link that
 *     is not here everything does. The links need not be there yet
 * @param whole whether the rules are those that Onlink writes; where somebody changed them, nobody knows what gets in
 */
public record Firewall(NavigableMap<String, List<Allowance>> closed, boolean whole) {
    /** There is none: everything gets in by all links. */
    public static final Firewall NONE = new Firewall(new TreeMap<>(), true);

    public Firewall {
        NavigableMap<String, List<Allowance>> copy = new TreeMap<>();
        closed.forEach((link, allowed) -> copy.put(link, new Admission(true, allowed).disjoint()));
        closed = Collections.unmodifiableNavigableMap(copy);
    }

    /** One as Onlink writes it; without closed links there is none. */
    public static Firewall of(NavigableMap<String, List<Allowance>> closed) {
        return new Firewall(closed, true);
    }

    /** Whether there is anything of it in the kernel. */
    public boolean isThere() {
        return !equals(NONE);
    }

    /** The same with rules as Onlink writes them. */
    public Firewall madeWhole() {
        return of(closed);
    }

    /** Where both know a link, this one's word counts. */
    public Firewall and(Firewall other) {
        NavigableMap<String, List<Allowance>> both = new TreeMap<>(other.closed);
        both.putAll(closed);
        return of(both);
    }

    /** Whether a connection to a port of the host may be opened from an address. */
    public boolean admits(String link, Allowance.Protocol protocol, int port, IpAddress from) {
        return allowed(link)
                .map(rows -> rows.stream().anyMatch(row -> row.admits(protocol, port, from)))
                .orElse(true);
    }

    private Optional<List<Allowance>> allowed(String link) {
        return Optional.ofNullable(closed.get(link));
    }
}
