package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect;
import io.onlink.model.Redirect.Hook;
import io.onlink.model.Stub;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Links that change their bridge while frames pass. A port is deaf while it joins or leaves (net/bridge/br_if.c: its frames are
 * dropped from when the bridge takes them over until it forwards). So a {@link Stub} is the port meanwhile, and redirects
 * carry the link's frames through it, both ways: to the bridge it makes no difference.
 *
 * <p>Where one uplink takes another's place, both must not be connected at once, or frames would go round in circles. Then the
 * old one's frames go to the bridge's own stack, and no further, until the neighbours have been told of the new MAC address.
 *
 * <p>What a change that died has left is used if it serves, and removed with the rest.
 */
final class Handover {
    private static final String STRICT = "1";
    private static final String LOOSE = "2";

    private final NetworkState desired;
    private final Draft draft;
    private final boolean possible;
    private final List<Cable> cables = new ArrayList<>();
    private final List<Exchange> exchanges = new ArrayList<>();
    private final Map<String, String> loosened = new LinkedHashMap<>();

    /** The link's frames go through the stub, which is the bridge's port. */
    private record Cable(String link, String bridge, String stub) {}

    /** One link takes the place of others in a bridge. */
    private record Exchange(String bridge, String joining, List<String> leaving) {}

    Handover(NetworkState desired, Draft draft, Set<Feature> features) {
        this.desired = desired;
        this.draft = draft;
        this.possible = features.contains(Feature.REDIRECT);
    }

    /** Gives each bridge that gains or loses a link a stub: it has carrier, and what it sends leaves by the link. */
    void prepare() {
        if (!possible) {
            return;
        }
        for (Link wanted : desired.links().values()) {
            String bridge = bridgeOfMove(wanted);
            if (bridge != null && bridge.equals(wanted.master()) && isUplink(wanted, bridge)) {
                List<String> leaving = leaving(bridge);
                if (!leaving.isEmpty()) {
                    exchanges.add(new Exchange(bridge, wanted.name(), leaving));
                }
            }
        }
        for (Link wanted : desired.links().values()) {
            String bridge = bridgeOfMove(wanted);
            if (bridge != null && !takes(wanted.name()) && isUplink(wanted, bridge)) {
                loosenReversePathFilter(wanted.name());
                loosenReversePathFilter(bridge);
                cables.add(new Cable(wanted.name(), bridge, stubFor(wanted, bridge)));
            }
        }
    }

    /** Links that leave a bridge. */
    private List<String> leaving(String bridge) {
        return draft.links().stream()
                .filter(link -> bridge.equals(link.master()))
                .map(Link::name)
                .filter(link -> {
                    Link wanted = desired.link(link);
                    return wanted != null && !bridge.equals(wanted.master());
                })
                .toList();
    }

    /** Whether a link is moved here, and by nobody else. */
    boolean takes(String link) {
        return cables.stream().anyMatch(cable -> cable.link().equals(link))
                || exchanges.stream()
                        .anyMatch(exchange -> exchange.joining().equals(link)
                                || exchange.leaving().contains(link));
    }

    /** Sends what comes in by the links through their stubs. The bridges have their addresses by now. */
    void divert() {
        exchanges.forEach(this::perform);
        cables.forEach(cable -> redirect(cable.link(), cable.stub()));
    }

    private void perform(Exchange exchange) {
        String bridge = exchange.bridge();
        exchange.leaving().forEach(leaving -> redirect(leaving, bridge));
        removeStubs(stub -> bridge.equals(stub.master()));
        Link joining = Objects.requireNonNull(desired.link(exchange.joining()));
        String stub = makeStub(joining, bridge);
        exchange.leaving().forEach(this::move);
        redirect(joining.name(), stub);
        move(joining.name());
    }

    /** Sends what comes in by a link to another one. */
    private void redirect(String link, String to) {
        Optional<Redirect> current = draft.redirects().stream()
                .filter(redirect -> redirect.link().equals(link) && redirect.hook() == Hook.INGRESS)
                .findFirst();
        if (current.isPresent() && current.get().to().equals(to)) {
            return;
        }
        current.ifPresent(draft::delete);
        boolean isUp = Objects.requireNonNull(draft.link(link)).isUp();
        if (isUp) {
            draft.add(new Redirect(link, Hook.INGRESS, to, !draft.isClassified(link)));
        }
    }

    /** Makes the links ports, or takes them out of their bridges. */
    void move() {
        cables.forEach(cable -> move(cable.link()));
    }

    private void move(String link) {
        Link current = Objects.requireNonNull(draft.link(link));
        String master = Objects.requireNonNull(desired.link(link)).master();
        if (current.master() != null) {
            draft.flush(link);
        }
        draft.change(current.withMaster(master), new Step.SetMaster(link, current.master(), master));
    }

    /** From now on what comes in by the links goes where they themselves belong. */
    void restore() {
        draft.redirects().stream()
                .filter(redirect -> redirect.hook() == Hook.INGRESS)
                .filter(redirect -> desired.link(redirect.to()) == null)
                .forEach(draft::delete);
    }

    /** The stubs go, also those that somebody left. */
    void remove() {
        removeStubs(stub -> true);
        loosened.forEach((name, was) -> {
            String current = draft.sysctl(name);
            String wanted = desired.sysctls().getOrDefault(name, was);
            boolean stays = desired.links().keySet().stream().anyMatch(link -> NetworkState.isSysctlOf(link, name));
            if (stays && current != null && !current.equals(wanted)) {
                draft.set(name, current, wanted);
            }
        });
    }

    /** What still comes in by an uplink of before: the neighbours know better by now. */
    void finish() {
        draft.redirects().forEach(draft::delete);
    }

    private void removeStubs(Predicate<Link> which) {
        for (Link stub : draft.links()) {
            if (!Stub.isPort(stub.name()) || !which.test(stub)) {
                continue;
            }
            draft.redirects().stream()
                    .filter(redirect -> redirect.to().equals(stub.name()))
                    .forEach(draft::delete);
            if (stub.master() != null) {
                draft.flush(stub.name());
            }
            draft.delete(stub);
        }
    }

    /** The bridge that a link is to join, or else the one that it is to leave; null if it does neither. */
    private @Nullable String bridgeOfMove(Link wanted) {
        Link current = draft.link(wanted.name());
        if (current == null || Objects.equals(current.master(), wanted.master())) {
            return null;
        }
        String bridge = wanted.master() != null ? wanted.master() : current.master();
        boolean isBridge = bridge != null && draft.link(bridge) instanceof Bridge there && there.isUp();
        return isBridge ? bridge : null;
    }

    /** Whether the host itself is reached by the link: it has addresses, or wears the bridge's MAC address, as an uplink does. */
    private boolean isUplink(Link link, String bridge) {
        Link current = Objects.requireNonNull(draft.link(link.name()));
        MacAddress mac = current.attributes().mac();
        return hasAddresses(draft.addresses(), link.name())
                || hasAddresses(desired.addresses(), link.name())
                || (mac != null
                        && mac.equals(Objects.requireNonNull(draft.link(bridge))
                                .attributes()
                                .mac()));
    }

    private static boolean hasAddresses(List<Address> addresses, String link) {
        return addresses.stream().anyMatch(address -> address.link().equals(link) && !address.isKernelMade());
    }

    /** Of the one that is there, or made now. */
    private String stubFor(Link link, String bridge) {
        return draft.redirects().stream()
                .filter(redirect ->
                        redirect.hook() == Hook.EGRESS && redirect.to().equals(link.name()))
                .map(Redirect::link)
                .filter(stub -> draft.link(stub) != null
                        && bridge.equals(
                                Objects.requireNonNull(draft.link(stub)).master()))
                .findFirst()
                .orElseGet(() -> makeStub(link, bridge));
    }

    private String makeStub(Link link, String bridge) {
        int number = 0;
        while (draft.link(Stub.port(number)) != null) {
            number++;
        }
        String port = Stub.port(number);
        String peer = Stub.peer(port);
        draft.create(Stub.pair(
                number,
                Objects.requireNonNull(draft.link(link.name())).attributes().mtu()));
        // They would tell the segment of themselves.
        turnIpv6Off(port);
        turnIpv6Off(peer);
        draft.add(new Redirect(port, Hook.EGRESS, link.name(), true));
        bringUp(peer);
        bringUp(port);
        Link made = Objects.requireNonNull(draft.link(port));
        draft.change(made.withMaster(bridge), new Step.SetMaster(port, null, bridge));
        return port;
    }

    private void turnIpv6Off(String link) {
        String name = NetworkState.disableIpv6(link);
        if ("0".equals(draft.sysctl(name))) {
            draft.set(name, "0", "1");
        }
    }

    private void bringUp(String name) {
        Link link = Objects.requireNonNull(draft.link(name));
        draft.change(link.withUp(true), new Step.SetUp(name, true));
    }

    /** While both have the address, what comes in by one is answered by the other. */
    private void loosenReversePathFilter(String link) {
        String name = NetworkState.reversePathFilter(link);
        String own = draft.sysctl(name);
        String all = draft.sysctl(NetworkState.reversePathFilter("all"));
        if (own == null || own.equals(LOOSE) || !(own.equals(STRICT) || STRICT.equals(all))) {
            return;
        }
        loosened.put(name, own);
        draft.set(name, own, LOOSE);
    }
}
