package io.onlink.desired;

import io.onlink.hostfile.Position;
import io.onlink.model.Family;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Two links cannot both have the route of a place, and the one that is not in the file is not ours to take. */
final class Places {
    private final NetworkState.Builder state;
    private final NetworkState observed;
    private final Map<Route, Position> ours;

    /** @param ours the file's routes, which the state has */
    Places(NetworkState.Builder state, NetworkState observed, Map<Route, Position> ours) {
        this.state = state;
        this.observed = observed;
        this.ours = ours;
    }

    /** @param besideOthers whether the file's routes may stand in front of others' */
    List<String> check(boolean besideOthers) {
        List<String> errors = new ArrayList<>();
        ours.forEach((route, position) -> {
            for (Route other : othersBeside(route)) {
                if (!besideOthers || !isPutInFrontOf(other, route)) {
                    errors.add(takenPlace(route, position, other));
                }
            }
        });
        return errors;
    }

    private List<Route> othersBeside(Route route) {
        return state.routes.stream()
                .filter(other -> !other.isKernelMade() && !ours.containsKey(other))
                .filter(other -> other.place().equals(route.place()))
                .toList();
    }

    /**
     * Somebody's route that came into the place stays, and ours is used before it; but of IPv6 routes through routers the kernel
     * would make one of both, and of two that are there the order is somebody's wish.
     */
    private boolean isPutInFrontOf(Route other, Route route) {
        int there = indexOf(other, observed.routes());
        if (there < 0) {
            state.routes.remove(other);
            return true;
        }
        boolean isIpv6 = route.family() == Family.IPV6;
        if (isIpv6 && !route.isDirect() && !other.isDirect()) {
            state.routes.remove(route);
            return false;
        }
        state.routes.remove(route);
        state.routes.add(indexOf(other, state.routes), route);
        return isIpv6 || indexOf(route, observed.routes()) < there;
    }

    private static int indexOf(Route route, List<Route> routes) {
        return IntStream.range(0, routes.size())
                .filter(i -> routes.get(i).hasSameEffectAs(route))
                .findFirst()
                .orElse(-1);
    }

    private String takenPlace(Route route, Position position, Route other) {
        String where = route.destination().isDefault()
                ? "default"
                : route.destination().toString();
        if (observed.routes().stream().anyMatch(other::hasSameEffectAs)) {
            return "%s: this host has a route to %s by %s already, which this file does not name: delete it, or give this one another metric"
                    .formatted(position, where, other.link());
        }
        return "%s: %s, which this file does not name any more, gets back its route to %s, which it was found with: name %s under ethernets with the addresses it shall have, or give this one another metric"
                .formatted(position, other.link(), where, other.link());
    }
}
