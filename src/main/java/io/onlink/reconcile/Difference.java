package io.onlink.reconcile;

import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Firewall;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.plan.Plan;
import io.onlink.step.FirewallTable;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How one part of the host differs from what it should be.
 *
 * @param steps that would put it right
 */
record Difference(Subject subject, List<Step> steps) {
    Difference {
        steps = List.copyOf(steps);
    }

    /** The steps between two states, by the part that each puts right; in the plan's order. */
    static SequencedMap<Subject, Difference> between(NetworkState observed, NetworkState right) {
        SequencedMap<Subject, List<Step>> steps = new LinkedHashMap<>();
        for (Step step : Plan.between(observed, right).steps()) {
            subject(step, observed, right)
                    .ifPresent(subject -> steps.computeIfAbsent(subject, _ -> new ArrayList<>())
                            .add(step));
        }
        SequencedMap<Subject, Difference> differences = new LinkedHashMap<>();
        steps.forEach((subject, its) -> differences.put(subject, new Difference(subject, its)));
        return differences;
    }

    /** Empty for a step that only helps another. */
    private static Optional<Subject> subject(Step step, NetworkState observed, NetworkState right) {
        return switch (step) {
            case Step.CreateLink(Link link) -> ofLink(link.name());
            case Step.DeleteLink(Link link) -> ofLink(link.name());
            case Step.SetMaster(String link, var _, var _) -> ofLink(link);
            case Step.SetUp(String link, var _) -> ofLink(link);
            case Step.SetMac(String link, var _, var _) -> ofLink(link);
            case Step.RenameLink(String from, var _) -> ofLink(from);
            case Step.SetMtu(String link, var _, var _) -> ofLink(link);
            case Step.SetBridgeOptions(String link, var _, var _) -> ofLink(link);
            case Step.SetPortOptions(String link, var _, var _) -> ofLink(link);
            case Step.SetPortState(String link, var _, var _) -> ofLink(link);
            case Step.MoveLink(String link, var _, var _) -> ofLink(link);
            case Step.AddRedirect(var redirect) -> ofLink(redirect.link());
            case Step.DeleteRedirect(var redirect) -> ofLink(redirect.link());
            case Step.AddExchange(var exchange) -> ofLink(exchange.to());
            case Step.HandOnExchange(var exchange) -> ofLink(exchange.to());
            case Step.DeleteExchange(var exchange) -> ofLink(exchange.to());
            case Step.AddAddress(var address) -> Optional.of(new Subject.Addressing(address.link(), address.family()));
            case Step.ChangeAddress(var _, var address) ->
                Optional.of(new Subject.Addressing(address.link(), address.family()));
            case Step.DeleteAddress(var address) ->
                Optional.of(new Subject.Addressing(address.link(), address.family()));
            case Step.AddRoute(var route) -> ofRoute(route, right);
            case Step.AppendRoute(var route) -> ofRoute(route, right);
            case Step.PrependRoute(var route) -> ofRoute(route, right);
            case Step.DeleteRoute(var route) -> ofRoute(route, right);
            case Step.ReplaceRoute(var _, var route) -> ofRoute(route, right);
            case Step.AddRule(var rule) -> Optional.of(new Subject.OfRule(rule));
            case Step.DeleteRule(var rule) -> Optional.of(new Subject.OfRule(rule));
            case Step.SetSysctl(String name, var _, var _) -> ofSysctl(name, observed, right);
            case Step.SetFirewall _ -> Optional.of(new Subject.HostFirewall());
            case Step.AddNeighbour _,
                    Step.AwaitForwarding _,
                    Step.AwaitNeighbours _,
                    Step.FlushPort _,
                    Step.Announce _,
                    Step.AnnounceStations _ -> Optional.empty();
        };
    }

    private static Optional<Subject> ofLink(String name) {
        return Optional.of(new Subject.OfLink(name));
    }

    private static Optional<Subject> ofRoute(Route route, NetworkState right) {
        if (route.isLinkless()) {
            return Own.domainOf(route, right).map(domain -> new Subject.Addressing(domain, route.family()));
        }
        return route.nextHops().stream()
                .map(Route.NextHop::link)
                .filter(Objects::nonNull)
                .findFirst()
                .map(link -> new Subject.Addressing(link, route.family()));
    }

    private static Optional<Subject> ofSysctl(String name, NetworkState observed, NetworkState right) {
        // A plan turns promote_secondaries on for a while, and back.
        if (Objects.equals(observed.sysctls().get(name), right.sysctls().get(name))) {
            return Optional.empty();
        }
        return right.links().keySet().stream()
                .filter(link -> NetworkState.isSysctlOf(link, name))
                .findFirst()
                .<Subject>map(Subject.OfLink::new)
                .or(() -> Optional.of(new Subject.OfSysctl(name)));
    }

    /** What is wrong, in a line: "address 192.168.22.217/24 is gone from br0". */
    String describe() {
        boolean isGone = steps.stream().anyMatch(Step.CreateLink.class::isInstance);
        List<String> parts = steps.stream()
                // A link that is made is brought up too.
                .filter(step -> !(isGone && step instanceof Step.SetUp))
                .map(Difference::describe)
                .flatMap(Optional::stream)
                .toList();
        return String.join("; ", parts.isEmpty() ? List.of(subject.describe() + " is not as declared") : parts);
    }

    /** What a step puts right, in a line; empty for what follows from another step. */
    static Optional<String> describe(Step step) {
        return Optional.ofNullable(
                switch (step) {
                    case Step.CreateLink(Link link) -> link.name() + " is gone";
                    case Step.DeleteLink(Link link) -> link.name() + " does not belong here";
                    case Step.SetMaster(String link, var from, var to) -> master(link, from, to);
                    case Step.SetUp(String link, boolean up) -> "%s is %s".formatted(link, up ? "down" : "up");
                    case Step.SetMac(String link, var from, var to) ->
                        "%s has MAC %s, not %s".formatted(link, from, to);
                    case Step.RenameLink(String from, String to) -> "%s should be called %s".formatted(from, to);
                    case Step.MoveLink(String link, var to, var _) -> "%s is not in %s".formatted(link, to);
                    case Step.SetMtu(String link, int from, int to) ->
                        "%s has MTU %d, not %d".formatted(link, from, to);
                    case Step.SetPortOptions(String link, var from, var to) ->
                        "%s has %s".formatted(link, BridgePort.words(to, from, ", "));
                    case Step.SetPortState(String link, var from, var _) ->
                        "%s has state %s".formatted(link, from.name().toLowerCase(Locale.ROOT));
                    case Step.AddRedirect(var redirect) ->
                        "frames of %s are not redirected to %s".formatted(redirect.link(), redirect.to());
                    case Step.DeleteRedirect(var redirect) ->
                        "frames of %s are redirected to %s".formatted(redirect.link(), redirect.to());
                    case Step.SetBridgeOptions(String link, var from, var to) -> options(link, from, to);
                    case Step.AddAddress(var address) ->
                        "address %s is gone from %s".formatted(address.address(), address.link());
                    case Step.ChangeAddress(var _, var address) ->
                        "address %s on %s has another lifetime, or other flags"
                                .formatted(address.address(), address.link());
                    case Step.DeleteAddress(var address) ->
                        "address %s does not belong on %s".formatted(address.address(), address.link());
                    case Step.AddRoute(var route) -> "%s is gone".formatted(route(route));
                    case Step.AppendRoute(var route) -> "%s is gone".formatted(route(route));
                    case Step.PrependRoute(var route) -> "%s is gone".formatted(route(route));
                    case Step.DeleteRoute(var route) -> "%s does not belong here".formatted(route(route));
                    case Step.ReplaceRoute(var from, var to) ->
                        "%s stands in the place of %s".formatted(route(from), route(to));
                    case Step.AddRule(var rule) -> new Subject.OfRule(rule).describe() + " is gone";
                    case Step.DeleteRule(var rule) -> new Subject.OfRule(rule).describe() + " does not belong here";
                    case Step.SetSysctl(String name, String from, String to) ->
                        "%s is %s, not %s".formatted(name.replace('/', '.'), from, to);
                    case Step.SetFirewall(Firewall from, Firewall to) -> firewall(from, to);
                    case Step.AddExchange _, Step.HandOnExchange _ -> null;
                    case Step.DeleteExchange(var exchange) ->
                        "frames of %s leave by %s".formatted(exchange.from(), exchange.to());
                    case Step.AddNeighbour _,
                            Step.AwaitForwarding _,
                            Step.AwaitNeighbours _,
                            Step.FlushPort _,
                            Step.Announce _,
                            Step.AnnounceStations _ -> null;
                });
    }

    private static String firewall(Firewall from, Firewall to) {
        String table = "the host's firewall (table " + FirewallTable.TABLE + ")";
        if (!from.isThere()) {
            return table + " is gone";
        }
        if (!to.isThere()) {
            return table + " does not belong here";
        }
        return table + (from.whole() ? " lets in what it should not, or the other way about" : " has other rules");
    }

    private static String options(String link, Bridge.Options from, Bridge.Options to) {
        List<String> parts = new ArrayList<>();
        if (from.stp() != to.stp()) {
            parts.add("stp is " + (from.stp() ? "on" : "off"));
        }
        if (from.forwardDelay() != to.forwardDelay()) {
            parts.add("forward_delay is %d, not %d".formatted(from.forwardDelay(), to.forwardDelay()));
        }
        if (from.multicastSnooping() != to.multicastSnooping()) {
            parts.add("multicast snooping is " + (from.multicastSnooping() ? "on" : "off"));
        }
        if (from.vlanFiltering() != to.vlanFiltering()) {
            parts.add("VLAN filtering is " + (from.vlanFiltering() ? "on" : "off"));
        }
        if (from.noLinkLocalLearning() != to.noLinkLocalLearning()) {
            parts.add("it learns %s link-local groups"
                    .formatted(from.noLinkLocalLearning() ? "nothing from frames to" : "from frames to"));
        }
        if (from.iptables() != to.iptables()) {
            parts.add("its frames %s through iptables".formatted(from.iptables() ? "go" : "do not go"));
        }
        if (from.ip6tables() != to.ip6tables()) {
            parts.add("its frames %s through ip6tables".formatted(from.ip6tables() ? "go" : "do not go"));
        }
        return "%s: %s".formatted(link, String.join(", ", parts));
    }

    private static String master(String link, @Nullable String from, @Nullable String to) {
        if (from == null) {
            return "%s is no port of %s".formatted(link, to);
        }
        return "%s is in %s, not in %s".formatted(link, from, to == null ? "any" : to);
    }

    private static String route(Route route) {
        String destination = route.destination().isDefault()
                ? "default"
                : route.destination().toString();
        String hops = String.join(
                " ",
                route.nextHops().stream()
                        .map(hop -> hop.via() == null
                                ? "by " + hop.link()
                                : "via %s by %s".formatted(hop.via(), hop.link()))
                        .toList());
        return route.isLinkless()
                ? "route %s %s of table %d".formatted(route.type().word(), destination, route.table())
                : "route %s %s".formatted(destination, hops);
    }
}
