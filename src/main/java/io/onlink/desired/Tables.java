package io.onlink.desired;

import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Vrf;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which routing tables of a host are somebody's. */
final class Tables {
    private final NetworkState others;

    /** @param others the host without what Onlink has made */
    Tables(NetworkState others) {
        this.others = others;
    }

    /**
     * Why a table cannot be a domain's; empty where it can. What others route there would be led by what the file says, and the
     * other way about.
     *
     * @param domain name of the VRF whose table it shall be; one of this name and table that is there already is taken over
     */
    Optional<String> check(int table, String domain) {
        if (others.link(domain) instanceof Vrf same && same.table() == table) {
            return Optional.empty();
        }
        return Stream.of(vrf(table), rule(table), route(table))
                .flatMap(Optional::stream)
                .findFirst()
                .map(user -> "table %d is in use on this host, by %s: name another table here, or take that away"
                        .formatted(table, user));
    }

    /** Whether no two VRFs of others have one table. */
    boolean areOfOneVrfEach() {
        List<Integer> all = others.links().values().stream()
                .flatMap(link -> link instanceof Vrf vrf ? Stream.of(vrf.table()) : Stream.empty())
                .toList();
        return all.stream().distinct().count() == all.size();
    }

    private Optional<String> vrf(int table) {
        return others.links().values().stream()
                .filter(link -> link instanceof Vrf vrf && vrf.table() == table)
                .findFirst()
                .map(link -> "VRF " + link.name());
    }

    private Optional<String> rule(int table) {
        return others.rules().stream()
                .filter(rule -> !rule.l3mdev() && rule.action() == Rule.TO_TABLE && rule.table() == table)
                .findFirst()
                .map(rule -> "the rule of priority " + Integer.toUnsignedString(rule.priority())
                        + (rule.from() == null ? "" : " from " + rule.from())
                        + (rule.to() == null ? "" : " to " + rule.to()));
    }

    private Optional<String> route(int table) {
        return others.routes().stream()
                .filter(route -> route.table() == table)
                // What the kernel made it takes along with the link, or the address, that it is of.
                .filter(route -> !route.isKernelMade())
                .findFirst()
                .map(Tables::describe);
    }

    private static String describe(Route route) {
        String destination = route.destination().isDefault()
                ? "default"
                : route.destination().toString();
        String link = route.link();
        return "the route to " + destination + (link == null ? "" : " by " + link);
    }
}
