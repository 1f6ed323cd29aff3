package io.onlink.attach;

import io.onlink.hostfile.Segment;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Scope;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * That a container on several segments answers by the one it was asked by: for what has an address of a segment as its source
 * there is a table with the ways that this segment has. A segment without a router has none. Decides only.
 *
 * <p>The tables and the rules' priority are Onlink's own in a container. What stands in them and is not wanted goes, but for what
 * somebody adds there by himself ({@code ip route add} writes another protocol).
 */
final class SourceRoutes {
    /** The interface's number is added: {@code eth1} has 1001. */
    static final int FIRST_TABLE = 1000;

    private static final int TABLES = 1000;

    /** Behind those that people give, and before the main table's. */
    static final int PRIORITY = 30000;

    private static final Pattern NUMBERED = Pattern.compile(SandboxRepair.NAME_PREFIX + "(\\d{1,3})");

    private final NetworkState state;
    private final Map<String, Segment> segments;
    private final List<Rule> rules = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();

    private SourceRoutes(NetworkState state, Map<String, Segment> segments) {
        this.state = state;
        this.segments = segments;
    }

    /**
     * What has to be done so that the rules and tables are as they are to be; nothing where they are.
     *
     * @param state of the sandbox
     * @param endpoints all that are in it
     * @param links what their interfaces are called in it, by id, as far as they are there
     * @param segments of the host file
     */
    static List<Step> correct(
            NetworkState state, List<Endpoint> endpoints, Map<String, String> links, Map<String, Segment> segments) {
        SourceRoutes wanted = new SourceRoutes(state, segments);
        if (endpoints.size() > 1) {
            wanted.want(endpoints, links);
        }
        return wanted.steps();
    }

    private void want(List<Endpoint> endpoints, Map<String, String> links) {
        Map<String, Endpoint> byLink = new TreeMap<>();
        endpoints.stream()
                .filter(endpoint -> links.containsKey(endpoint.id()))
                .forEach(endpoint -> byLink.put(links.get(endpoint.id()), endpoint));
        Set<Integer> taken = new HashSet<>();
        byLink.forEach((link, endpoint) -> {
            int table = FIRST_TABLE + number(link);
            // One that somebody renamed inside.
            while (!taken.add(table)) {
                table++;
            }
            for (InterfaceAddress address : endpoint.addresses().toList()) {
                want(endpoint, address, link, table);
            }
        });
    }

    private static int number(String link) {
        Matcher numbered = NUMBERED.matcher(link);
        return numbered.matches() ? Integer.parseInt(numbered.group(1)) : 0;
    }

    private void want(Endpoint endpoint, InterfaceAddress address, String link, int table) {
        Segment segment = segments.get(endpoint.segment());
        boolean isUsable = state.links().containsKey(link)
                && state.links().get(link).isUp()
                && state.addressesOf(link).stream()
                        .anyMatch(own -> own.address().equals(address));
        if (segment == null || !isUsable) {
            return;
        }
        Family family = address.family();
        segment.router(family).filter(router -> isOn(address, router)).ifPresent(router -> {
            rules.add(rule(address, table));
            routes.add(direct(address.network(), link, table));
            segment.containerRoutes().stream()
                    .filter(route -> address.network().contains(route.via()))
                    .forEach(route -> routes.add(Route.via(route.to(), table, route.via(), link)));
            routes.add(Route.via(IpNetwork.defaultOf(family), table, router, link));
        });
    }

    private static boolean isOn(InterfaceAddress address, IpAddress router) {
        return address.network().contains(router) || router.isIpv6LinkLocal();
    }

    private static Rule rule(InterfaceAddress address, int table) {
        IpNetwork source = new IpNetwork(address.ip(), address.family().bytes() * Byte.SIZE);
        return new Rule(
                address.family(),
                PRIORITY,
                source,
                null,
                null,
                null,
                0,
                0,
                false,
                table,
                Rule.TO_TABLE,
                Route.PROTOCOL_STATIC);
    }

    private static Route direct(IpNetwork network, String link, int table) {
        boolean isIpv6 = network.family() == Family.IPV6;
        return new Route(
                network,
                table,
                isIpv6 ? Route.IPV6_DEFAULT_METRIC : 0,
                Route.Type.UNICAST,
                List.of(new Route.NextHop(null, link, 1, false)),
                null,
                isIpv6 ? Scope.GLOBAL : Scope.LINK,
                Route.PROTOCOL_STATIC,
                new TreeMap<>());
    }

    /** A rule comes after its table's routes, and goes before them: nobody is sent into an empty table. */
    private List<Step> steps() {
        List<Rule> presentRules = state.rules().stream()
                .filter(rule -> rule.priority() == PRIORITY && rule.protocol() == Route.PROTOCOL_STATIC)
                .toList();
        List<Route> presentRoutes = state.routes().stream()
                .filter(route -> route.table() >= FIRST_TABLE
                        && route.table() < FIRST_TABLE + TABLES
                        && route.protocol() == Route.PROTOCOL_STATIC)
                .toList();
        Stream<Step> rulesToDelete = presentRules.stream()
                .filter(present -> !rules.contains(present))
                .map(Step.DeleteRule::new);
        Stream<Step> routesToDelete = presentRoutes.stream()
                .filter(present -> routes.stream().noneMatch(present::hasSameEffectAs))
                .map(Step.DeleteRoute::new);
        Stream<Step> routesToAdd = routes.stream()
                .filter(wanted -> presentRoutes.stream().noneMatch(wanted::hasSameEffectAs))
                .map(Step.AddRoute::new);
        Stream<Step> rulesToAdd =
                rules.stream().filter(wanted -> !presentRules.contains(wanted)).map(Step.AddRule::new);
        return Stream.of(rulesToDelete, routesToDelete, routesToAdd, rulesToAdd)
                .flatMap(steps -> steps)
                .toList();
    }
}
