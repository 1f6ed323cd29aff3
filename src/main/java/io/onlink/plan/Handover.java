package io.onlink.plan;

import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
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
import org.jspecify.annotations.Nullable;

/**
 * Uplinks that become a bridge's port, or cease to be one, while frames pass. A port is deaf while it joins or leaves
 * (net/bridge/br_if.c: its frames are dropped from when the bridge takes them over until it forwards). So what comes in by the
 * uplink is given to the bridge's own stack meanwhile, and what the bridge sends leaves by the uplink through a {@link Stub}.
 *
 * <p>Never is a stub a port while its uplink's frames enter the bridge as a port's: the LAN would get its own frames back.
 *
 * <p>One uplink in another's place is an {@link UplinkExchange}.
 *
 * <p>What a change that died has left is used if it serves, and removed with the rest.
 */
final class Handover {
    private static final String STRICT = "1";
    private static final String LOOSE = "2";

    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;
    private final Stubs stubs;
    private final UplinkExchange exchange;
    private final boolean possible;
    private final List<Move> moves = new ArrayList<>();
    private final Map<String, String> loosened = new LinkedHashMap<>();

    /** An uplink that joins a bridge or leaves it. */
    private record Move(String link, String bridge, boolean joins) {}

    Handover(NetworkState observed, NetworkState desired, Draft draft, Set<Feature> features) {
        this.observed = observed;
        this.desired = desired;
        this.draft = draft;
        this.stubs = new Stubs(draft);
        this.exchange = new UplinkExchange(observed, desired, draft, features, stubs);
        this.possible = features.contains(Feature.REDIRECT);
    }

    /** What the bridges send leaves by the uplinks through stubs, which give carrier to a new bridge too. */
    void prepare() {
        exchange.endOthers();
        if (!possible) {
            return;
        }
        for (Link wanted : desired.links().values()) {
            String bridge = bridgeOfMove(wanted);
            if (bridge != null && isItsUplink(wanted.name(), bridge) && !isExchanged(bridge)) {
                moves.add(new Move(wanted.name(), bridge, bridge.equals(wanted.master())));
            }
        }
        for (Move move : moves) {
            loosenReversePathFilter(move.link());
            loosenReversePathFilter(move.bridge());
            if (!move.joins()) {
                redirect(move);
            }
            makeStub(move);
        }
        exchange.begin();
    }

    /** Whether an uplink is moved here, and by nobody else. */
    boolean takes(String link) {
        return exchange.takes(link)
                || moves.stream().anyMatch(move -> move.link().equals(link));
    }

    /** What comes in by an uplink that joins goes to the bridge's stack, which has the addresses by now. */
    void divert() {
        moves.stream().filter(Move::joins).forEach(this::redirect);
    }

    /** Makes the links ports, or takes them out of their bridges. */
    void move() {
        for (Move move : moves) {
            Link current = Objects.requireNonNull(draft.link(move.link()));
            String master = Objects.requireNonNull(desired.link(move.link())).master();
            if (current.master() != null) {
                draft.flush(move.link());
            }
            draft.change(current.withMaster(master), new Step.SetMaster(move.link(), current.master(), master));
            if (move.joins()) {
                stubs.remove(stub -> move.bridge().equals(stub.master()));
            }
        }
        exchange.move();
    }

    /** Tells the LAN's switches where stations are that may be silent. */
    void announceStations() {
        exchange.announceStations();
    }

    /** From now on what comes in by the links goes where they themselves belong. */
    void restore() {
        draft.redirects().stream()
                .filter(redirect -> redirect.hook() == Hook.INGRESS)
                .forEach(draft::delete);
    }

    /** The stubs go, also those that somebody left. */
    void remove() {
        stubs.remove(stub -> true);
        loosened.forEach((name, was) -> {
            String current = draft.sysctl(name);
            String wanted = desired.sysctls().getOrDefault(name, was);
            boolean stays = desired.links().keySet().stream().anyMatch(link -> NetworkState.isSysctlOf(link, name));
            if (stays && current != null && !current.equals(wanted)) {
                draft.set(name, current, wanted);
            }
        });
    }

    private void redirect(Move move) {
        Optional<Redirect> current = draft.redirects().stream()
                .filter(redirect -> redirect.link().equals(move.link()) && redirect.hook() == Hook.INGRESS)
                .findFirst();
        if (current.isPresent() && current.get().to().equals(move.bridge())) {
            return;
        }
        current.ifPresent(draft::delete);
        draft.add(new Redirect(move.link(), Hook.INGRESS, move.bridge()));
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

    /**
     * Frames for the one are frames for the other: both have one MAC address. Without a carrier there are none, and a stub
     * would give the bridge one: the kernel would ask nobody whether its addresses are unique, and take them for so.
     */
    private boolean isItsUplink(String link, String bridge) {
        Link current = Objects.requireNonNull(draft.link(link));
        MacAddress mac = current.attributes().mac();
        LinkStatus status = observed.status().get(link);
        return current.isUp()
                && (status == null || status.lowerUp())
                && mac != null
                && mac.equals(
                        Objects.requireNonNull(draft.link(bridge)).attributes().mac());
    }

    /** Whether one link takes another's place, which is an {@link UplinkExchange}. */
    private boolean isExchanged(String bridge) {
        boolean joined = desired.portsOf(bridge).stream().anyMatch(port -> !bridge.equals(master(port)));
        boolean left = draft.links().stream()
                .filter(link -> bridge.equals(link.master()) && desired.link(link.name()) != null)
                .anyMatch(link -> !bridge.equals(
                        Objects.requireNonNull(desired.link(link.name())).master()));
        return joined && left;
    }

    private @Nullable String master(Link link) {
        Link current = draft.link(link.name());
        return current == null ? null : current.master();
    }

    private void makeStub(Move move) {
        boolean isThere = draft.redirects().stream()
                .filter(redirect ->
                        redirect.hook() == Hook.EGRESS && redirect.to().equals(move.link()))
                .map(redirect -> draft.link(redirect.link()))
                .anyMatch(stub -> stub != null && move.bridge().equals(stub.master()));
        if (isThere) {
            return;
        }
        String port = stubs.create(
                Objects.requireNonNull(draft.link(move.link())).attributes().mtu());
        draft.add(new Redirect(port, Hook.EGRESS, move.link()));
        stubs.join(port, move.bridge());
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
