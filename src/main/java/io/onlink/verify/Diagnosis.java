package io.onlink.verify;

import io.onlink.model.Bridge;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Vrf;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why a probe was not answered, as far as the state after the change and the other probes tell. */
final class Diagnosis {
    private final List<Outcome> outcomes;
    private final NetworkState state;

    Diagnosis(List<Outcome> outcomes, NetworkState state) {
        this.outcomes = outcomes;
        this.state = state;
    }

    /** In words, for the administrator; a question where it is a guess. */
    String likelyCause(Outcome outcome) {
        return switch (outcome.probe()) {
            case Probe.Impossible(String reason) -> impossible(outcome.target(), reason);
            case Probe.Solicitation solicitation -> silentNeighbour(solicitation);
            case Probe.Echo echo -> silentEcho(echo);
            case Probe.EchoFrom echo -> silentEcho(echo);
        };
    }

    private static String impossible(Target target, String reason) {
        return switch (target) {
            case Target.DefaultRoute(var _, int table, IpAddress router, String link) ->
                "the host file declares none; before the change there was one through %s on %s%s"
                        .formatted(router, link, table == Route.MAIN ? "" : " in table " + table);
            case Target.Router _, Target.Host _, Target.Own _, Target.Login _ ->
                reason + ": is the host's address in the host file, with the right prefix length?";
        };
    }

    private String silentNeighbour(Probe.Solicitation probe) {
        return wrongLink(probe.link(), probe.source()).orElseGet(() -> {
            String uplink = uplink(probe.link()).map(Link::name).orElse(probe.link());
            Optional<IpAddress> another = anotherNeighbour(probe);
            return another.isPresent()
                    ? "nobody on the LAN behind %s has %s, though %s answers there: is it the router's address?"
                            .formatted(uplink, probe.target(), another.get())
                    : "nobody answers behind %s: is %s plugged into the right LAN (switch port, VLAN), does the switch let it through (spanning tree, port security), and is %s the router's address there?"
                            .formatted(uplink, uplink, probe.target());
        });
    }

    /** Somebody who did answer on the same link. */
    private Optional<IpAddress> anotherNeighbour(Probe.Solicitation silent) {
        return outcomes.stream()
                .filter(Outcome::answered)
                .flatMap(
                        outcome -> outcome.probe() instanceof Probe.Solicitation asked ? Stream.of(asked) : Stream.of())
                .filter(asked -> asked.link().equals(silent.link()))
                .map(Probe.Solicitation::target)
                .findFirst();
    }

    /** What in this host keeps a link from hearing answers. */
    private Optional<String> wrongLink(String name, @Nullable IpAddress source) {
        Link link = state.link(name);
        LinkStatus status = state.status().get(name);
        if (link == null || status == null) {
            return Optional.of("there is no link %s any more".formatted(name));
        }
        String master = link.master();
        if (master != null && state.link(master) instanceof Bridge) {
            return Optional.of(
                    "%s is a port of %s, and what a port receives goes to the bridge: the address %s must be on %s"
                            .formatted(name, master, source, master));
        }
        if (!link.isUp()) {
            return Optional.of("%s is down".formatted(name));
        }
        if (link instanceof Bridge) {
            return wrongBridge(link);
        }
        return status.lowerUp() ? Optional.empty() : Optional.of("%s has no carrier".formatted(name));
    }

    private Optional<String> wrongBridge(Link bridge) {
        Optional<Link> uplink = uplink(bridge.name());
        if (uplink.isEmpty()) {
            return Optional.of(
                    "%s has no NIC as a port: is its uplink a port of %s?".formatted(bridge.name(), bridge.name()));
        }
        String name = uplink.get().name();
        LinkStatus status = state.status().get(name);
        if (!uplink.get().isUp()) {
            return Optional.of("%s, the port of %s, is down".formatted(name, bridge.name()));
        }
        if (status != null && !status.lowerUp()) {
            return Optional.of("%s, the port of %s, has no carrier".formatted(name, bridge.name()));
        }
        if (status != null && status.portState() != PortState.FORWARDING) {
            return Optional.of("%s, the port of %s, is %s and not forwarding: is spanning tree on?"
                    .formatted(name, bridge.name(), word(status.portState())));
        }
        MacAddress mac = bridge.attributes().mac();
        if (!Objects.equals(mac, uplink.get().attributes().mac())) {
            return Optional.of(
                    "%s sends as %s, which is not %s's own MAC address: does the switch or hypervisor let it (port security, forged transmits)?"
                            .formatted(bridge.name(), mac, name));
        }
        return Optional.empty();
    }

    /** The port through which a bridge reaches the LAN: the one whose MAC it has, else one that is no container's. */
    private Optional<Link> uplink(String bridge) {
        Link master = state.link(bridge);
        MacAddress mac = master == null ? null : master.attributes().mac();
        List<Link> ports = master instanceof Bridge ? state.portsOf(bridge) : List.of();
        return ports.stream()
                .filter(port -> Objects.equals(port.attributes().mac(), mac))
                .findFirst()
                .or(() -> ports.stream().findFirst());
    }

    private static String word(@Nullable PortState portState) {
        return portState == null ? "in no state" : portState.name().toLowerCase(Locale.ROOT);
    }

    private String silentEcho(Probe.Echo probe) {
        Optional<Route> route = routeTo(probe);
        if (route.isEmpty()) {
            return "there is no route to %s%s".formatted(probe.target(), inVrf(probe));
        }
        String link = route.get().link();
        String taken = describe(route.get());
        if (probe.link() != null && link != null && !link.equals(probe.link())) {
            return "a route leads elsewhere: %s is reached by '%s', but the host's address on its network is on %s"
                    .formatted(probe.target(), taken, probe.link());
        }
        Optional<Outcome> neighbour = neighbour(probe.target());
        if (neighbour.isPresent() && !neighbour.get().answered()) {
            return "%s does not answer %s either: see there".formatted(probe.target(), Probe.protocol(probe.target()));
        }
        if (neighbour.isPresent()) {
            return "the router answers %s but no echo: it leads the answer elsewhere, or a filter on it or on this host drops the echo"
                    .formatted(Probe.protocol(probe.target()));
        }
        return beyond(probe.target(), route.get(), taken);
    }

    private String silentEcho(Probe.EchoFrom probe) {
        Optional<Route> route = routeTo(probe.target(), tableOf(probe.source()), 0, probe.link());
        if (route.isEmpty()) {
            return "there is no route to %s for what leaves from %s".formatted(probe.target(), probe.source());
        }
        return beyond(probe.target(), route.get(), describe(route.get()));
    }

    /** Which table leads what leaves from an address. */
    private int tableOf(IpAddress source) {
        return state.rules().stream()
                .filter(rule -> rule.from() != null && rule.from().contains(source) && rule.action() == Rule.TO_TABLE)
                .filter(rule -> !rule.l3mdev())
                .min(Comparator.comparingInt(Rule::priority))
                .filter(rule -> rule.priority() < Rule.MAIN_PRIORITY)
                .map(Rule::table)
                .orElse(Route.MAIN);
    }

    private static String describe(Route route) {
        String destination = route.destination().isDefault()
                ? "default"
                : route.destination().toString();
        return "%s dev %s".formatted(destination, route.link());
    }

    private String beyond(IpAddress target, Route route, String taken) {
        IpAddress router =
                route.nextHops().isEmpty() ? null : route.nextHops().getFirst().via();
        if (router == null) {
            return route.link() == null
                    ? "a route of type %s keeps %s from being sent"
                            .formatted(route.type().word(), target)
                    : "the route '%s' takes %s for a neighbour: is it on that LAN, and are the prefix lengths right?"
                            .formatted(taken, target);
        }
        Optional<Outcome> neighbour = neighbour(router);
        if (neighbour.isPresent() && !neighbour.get().answered()) {
            return "the route '%s' leads through %s, which does not answer %s"
                    .formatted(taken, router, Probe.protocol(router));
        }
        return "the route '%s' leads through %s, which does not pass the echo on, or %s sends its answer elsewhere: is it the right router?"
                .formatted(taken, router, target);
    }

    private Optional<Outcome> neighbour(IpAddress ip) {
        return outcomes.stream()
                .filter(outcome -> outcome.probe() instanceof Probe.Solicitation solicitation
                        && solicitation.target().equals(ip))
                .findFirst();
    }

    /** As the kernel looks it up in the table: the longest prefix, of these the smallest metric, of these the first. */
    private Optional<Route> routeTo(Probe.Echo probe) {
        int table = probe.vrf() != null && state.link(probe.vrf()) instanceof Vrf vrf ? vrf.table() : Route.MAIN;
        return routeTo(probe.target(), table, probe.scope(), probe.link());
    }

    private Optional<Route> routeTo(IpAddress target, int table, int scope, @Nullable String link) {
        return state.routes().stream()
                .filter(route -> route.table() == table && route.destination().contains(target))
                .filter(route -> scope == 0 || route.uses(Objects.requireNonNullElse(link, "")))
                .min(Comparator.comparingInt(
                                (Route route) -> -route.destination().prefixLength())
                        .thenComparing(Route::metric, Integer::compareUnsigned));
    }

    private static String inVrf(Probe.Echo probe) {
        return probe.vrf() == null ? "" : " in VRF " + probe.vrf();
    }
}
