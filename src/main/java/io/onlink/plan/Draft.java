package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Exchange;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.Link;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Stub;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.step.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A plan being written: the steps so far, and the state as it will be after them. What a phase of the
 * {@link Planner} takes away early (a link that moves into a VRF loses its addresses), a later phase
 * finds missing and puts back.
 */
final class Draft {
    /** But for the routes. */
    private NetworkState.Builder state;

    private Routes routes;
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> withoutNeighbours = new HashSet<>();

    Draft(NetworkState observed) {
        state = observed.toBuilder();
        routes = new Routes(observed.routes());
    }

    Plan toPlan() {
        return new Plan(steps);
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    @Nullable
    Link link(String name) {
        return state.links.get(name);
    }

    List<Link> links() {
        return List.copyOf(state.links.values());
    }

    List<Address> addresses() {
        return List.copyOf(state.addresses);
    }

    List<Route> routes() {
        return routes.all();
    }

    /** Those in a place, in the kernel's order, but for the kernel's own. */
    List<Route> routesIn(Route.Place place) {
        return routes.in(place);
    }

    boolean hasRouteLike(Route wanted) {
        return routes.hasOneLike(wanted);
    }

    List<Rule> rules() {
        return List.copyOf(state.rules);
    }

    List<Redirect> redirects() {
        return List.copyOf(state.redirects);
    }

    /** The value a sysctl has; of a link made in this plan, what links inherit. */
    @Nullable
    String sysctl(String name) {
        String value = state.sysctls.get(name);
        if (value != null) {
            return value;
        }
        String[] parts = name.split("/");
        if (parts.length != 5) {
            return null;
        }
        parts[3] = "default";
        return state.sysctls.get(String.join("/", parts));
    }

    void create(Link link) {
        steps.add(new Step.CreateLink(link));
        state.put(link.withUp(false).withMaster(null));
        if (link instanceof Veth veth && veth.peer() != null && Stub.isPort(link.name())) {
            state.put(new Veth(veth.peer(), null));
        }
    }

    void delete(Link link) {
        steps.add(new Step.DeleteLink(link.withUp(false).withMaster(null)));
        state.links.remove(link.name());
        if (Stub.isPort(link.name())) {
            state.remove(link.name());
            state.remove(Stub.peer(link.name()));
            routes.removeIf(route -> route.uses(link.name()) || route.uses(Stub.peer(link.name())));
        }
    }

    /** The link and all that has its name in it. */
    void rename(String from, String to) {
        steps.add(new Step.RenameLink(from, to));
        state.routes.clear();
        state.routes.addAll(routes.all());
        NetworkState renamed = state.build().withRenamed(from, to);
        state = renamed.toBuilder();
        routes = new Routes(renamed.routes());
    }

    void flush(String port) {
        steps.add(new Step.FlushPort(port));
    }

    void await(String port, String bridge) {
        steps.add(new Step.AwaitForwarding(port, bridge));
    }

    void add(Redirect redirect) {
        steps.add(new Step.AddRedirect(redirect));
        state.redirects.add(redirect);
    }

    void delete(Redirect redirect) {
        steps.add(new Step.DeleteRedirect(redirect));
        state.redirects.remove(redirect);
    }

    List<Exchange> exchanges() {
        return List.copyOf(state.exchanges);
    }

    void add(Exchange exchange) {
        steps.add(new Step.AddExchange(exchange));
        state.exchanges.add(exchange);
    }

    /** The exchange as it is from now on. */
    Exchange handOn(Exchange exchange) {
        steps.add(new Step.HandOnExchange(exchange));
        state.exchanges.remove(exchange);
        state.exchanges.add(exchange.byPort());
        return exchange.byPort();
    }

    void delete(Exchange exchange) {
        steps.add(new Step.DeleteExchange(exchange));
        state.exchanges.remove(exchange);
    }

    void awaitNeighbours(Duration time) {
        steps.add(new Step.AwaitNeighbours(time));
    }

    void announceStations(String bridge, String from, String uplink) {
        steps.add(new Step.AnnounceStations(bridge, from, uplink));
    }

    void change(Link changed, Step step) {
        steps.add(step);
        state.put(changed);
        if (step instanceof Step.SetUp(String name, boolean up) && up) {
            vlansRise(name);
        }
    }

    /** Those on a link and on each other, all of them up: the kernel brings them up with the link (net/8021q, vlan_device_event). */
    void vlansRise(String link) {
        for (Vlan vlan : vlansOn(link)) {
            state.put(vlan.withUp(true));
        }
    }

    /** The VLANs of a link, and theirs. */
    List<Vlan> vlansOn(String link) {
        return Vlan.on(link, state.links.values());
    }

    void add(Address address) {
        steps.add(new Step.AddAddress(address));
        switch (address.family()) {
            case IPV4 -> state.addresses.add(address);
            // The kernel puts each new one in front.
            case IPV6 -> state.addresses.addFirst(address);
        }
    }

    /** The kernel forgets those of a link, also those that were set by hand. */
    void forgetNeighbours(String link) {
        withoutNeighbours.add(link);
    }

    /** Whether it has forgotten them since the plan began. */
    boolean hasForgottenNeighbours(String link) {
        return withoutNeighbours.contains(link);
    }

    void change(Address from, Address to) {
        steps.add(new Step.ChangeAddress(from, to));
        state.addresses.set(state.addresses.indexOf(from), to);
    }

    /** Takes note of what the kernel takes by itself. */
    void forget(Predicate<Address> lostAddresses, Predicate<Route> lostRoutes) {
        state.addresses.removeIf(lostAddresses);
        routes.removeIf(lostRoutes);
    }

    void delete(Address address) {
        steps.add(new Step.DeleteAddress(address));
        state.addresses.remove(address);
        if (address.family() == Family.IPV4
                && state.addresses.stream()
                        .noneMatch(other -> other.link().equals(address.link()) && other.family() == Family.IPV4)) {
            forgetNeighbours(address.link());
        }
    }

    /** Once, however many addresses of a network move. */
    void add(Neighbour neighbour) {
        Step step = new Step.AddNeighbour(neighbour);
        if (!steps.contains(step)) {
            steps.add(step);
        }
    }

    void add(Route route) {
        steps.add(new Step.AddRoute(route));
        routes.add(route);
    }

    void prepend(Route route) {
        steps.add(new Step.PrependRoute(route));
        routes.addFirst(route);
    }

    void append(Route route) {
        steps.add(new Step.AppendRoute(route));
        routes.add(route);
    }

    void delete(Route route) {
        steps.add(new Step.DeleteRoute(route));
        routes.remove(route);
    }

    void replace(Route from, Route to) {
        steps.add(new Step.ReplaceRoute(from, to));
        routes.replace(from, to);
    }

    void add(Rule rule) {
        steps.add(new Step.AddRule(rule));
        state.rules.add(rule);
    }

    void delete(Rule rule) {
        steps.add(new Step.DeleteRule(rule));
        state.rules.remove(rule);
    }

    void set(String sysctl, String from, String to) {
        steps.add(new Step.SetSysctl(sysctl, from, to));
        state.sysctls.put(sysctl, to);
    }

    Firewall firewall() {
        return state.firewall;
    }

    void set(Firewall firewall) {
        steps.add(new Step.SetFirewall(state.firewall, firewall));
        state.firewall = firewall;
    }

    void announce(Step.Announce announcement) {
        steps.add(announcement);
    }
}
