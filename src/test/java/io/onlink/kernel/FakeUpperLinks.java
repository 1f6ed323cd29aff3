package io.onlink.kernel;

import io.onlink.model.Family;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.Macvlan;
import io.onlink.model.NetworkState;
import io.onlink.model.UpperLink;
import io.onlink.model.Vlan;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a kernel refuses of links that lie on others, or would do to them without a word. */
final class FakeUpperLinks {
    private final NetworkState.Builder state;
    private final Set<String> kinds;

    FakeUpperLinks(NetworkState.Builder state, Set<String> kinds) {
        this.state = state;
        this.kinds = kinds;
    }

    Optional<String> refusalToMake(Link made) {
        if (!(made instanceof UpperLink link)) {
            return Optional.empty();
        }
        if (!kinds.contains(kindOf(link))) {
            return Optional.of("Unknown device type");
        }
        if (link.parent() == null || !state.links.containsKey(link.parent())) {
            return Optional.of("No such device");
        }
        boolean isTaken = link instanceof Vlan vlan
                && on(link.parent()).anyMatch(other -> other instanceof Vlan v && v.id() == vlan.id());
        return isTaken ? Optional.of("VLAN device already exists") : Optional.empty();
    }

    Optional<String> refusalToSetUp(Link link, boolean up) {
        if (up) {
            return link instanceof UpperLink upper && !isUp(upper.parent())
                    ? Optional.of("Network is down")
                    : Optional.empty();
        }
        return on(link.name()).anyMatch(Link::isUp)
                ? Optional.of("the kernel would take down what lies on it")
                : Optional.empty();
    }

    Optional<String> refusalToDelete(Link link) {
        return on(link.name()).findAny().map(upper -> "the kernel would take along " + upper.name());
    }

    /** The VLANs of a link, and theirs: all go up with it (measured on 6.1). */
    List<Vlan> vlansOn(String link) {
        return on(link).flatMap(upper -> upper instanceof Vlan vlan
                        ? Stream.concat(Stream.of(vlan), vlansOn(vlan.name()).stream())
                        : Stream.empty())
                .toList();
    }

    /** A link and those VLANs that go down and up again with it. */
    List<String> cycledWith(String link) {
        return Stream.concat(
                        Stream.of(link),
                        vlansOn(link).stream().filter(Link::isUp).map(Link::name))
                .toList();
    }

    Optional<String> refusalToCycle(String link) {
        List<String> cycled = cycledWith(link);
        boolean losesAddresses = state.addresses.stream()
                .anyMatch(a -> a.family() == Family.IPV6 && !a.isKernelMade() && cycled.contains(a.link()));
        boolean losesRoutes = state.routes.stream()
                .anyMatch(route -> !route.isKernelMade() && cycled.stream().anyMatch(route::uses));
        return losesAddresses || losesRoutes
                ? Optional.of("the kernel would take IPv6 addresses or routes of " + String.join(", ", cycled))
                : Optional.empty();
    }

    private Stream<UpperLink> on(@Nullable String parent) {
        return state.links.values().stream()
                .flatMap(link -> link instanceof UpperLink upper ? Stream.of(upper) : Stream.empty())
                .filter(upper -> Objects.equals(upper.parent(), parent));
    }

    private boolean isUp(@Nullable String name) {
        Link link = name == null ? null : state.links.get(name);
        return link != null && link.isUp();
    }

    private static String kindOf(UpperLink link) {
        return switch (link) {
            case Vlan _ -> "vlan";
            case Macvlan _ -> "macvlan";
            case Ipvlan _ -> "ipvlan";
        };
    }
}
