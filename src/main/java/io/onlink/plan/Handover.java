package io.onlink.plan;

import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect;
import io.onlink.model.Redirect.Hook;
import io.onlink.model.Stub;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
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

    /** Whether what comes in by an uplink can come in by a stub only, not by the bridge's own stack. */
    private final boolean isByStub;

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
        this.isByStub = !features.contains(Feature.REDIRECT);
        this.possible = features.contains(Feature.REDIRECT) || features.contains(Feature.FORWARD);
    }

    /** What the bridges send leaves by the uplinks through stubs, which give carrier to a new bridge too. */
    void prepare() {
        exchange.endOthers();
        if (!possible) {
            return;
        }
        for (Link wanted : desired.links().values()) {
            String bridge = bridgeOfMove(wanted);
            if (bridge != null && isItsUplink(wanted.name(), bridge) && !isExchanged(bridge, wanted)) {
                moves.add(new Move(wanted.name(), bridge, bridge.equals(wanted.master())));
            }
        }
        for (Move move : moves) {
            if (move.joins()) {
                removeStubsOfOthers(move);
                freeFromOtherUplinks(move.bridge());
            }
            loosenReversePathFilter(move.link());
            loosenReversePathFilter(move.bridge());
            if (!move.joins() && !isByStub) {
                redirect(move);
            }
            makeStub(move);
            if (!move.joins() && isByStub) {
                redirect(move);
            }
        }
        exchange.begin();
        freeForVlans();
    }

    /** While the NIC has no addresses yet that its bridge has: what comes in then would be lost with its leave. */
    private void freeForVlans() {
        for (Link wanted : desired.links().values()) {
            String bridge = wanted.master();
            if (wanted instanceof Vlan && bridge != null && !bridge.equals(master(wanted)) && !takes(wanted.name())) {
                freeFromOtherUplinks(bridge);
            }
        }
    }

    /** A way back from where another VLAN was about to join: beside its stub this one were a port of two LANs' bridge. */
    private void removeStubsOfOthers(Move move) {
        for (Redirect out : draft.redirects()) {
            boolean isOfAnother = !out.hook().isIncoming()
                    && !out.to().equals(move.link())
                    && isPortOf(draft.link(out.link()), move.bridge());
            if (isOfAnother) {
                // As in restore(): while it is a port too, its frames must not enter the bridge with the stub there.
                if (out.hook() == Hook.EGRESS) {
                    stubs.remove(out.link());
                }
                draft.redirects().stream()
                        .filter(in -> in.hook().isIncoming() && in.link().equals(out.to()))
                        .filter(in -> in.to().equals(move.bridge()) || in.to().equals(out.link()))
                        .forEach(draft::delete);
                if (out.hook() != Hook.EGRESS) {
                    stubs.remove(out.link());
                }
            }
        }
    }

    /** Before one joins: two uplinks in one bridge would send frames round in circles, or from one VLAN into another. */
    void freeFromOtherUplinks(String bridge) {
        if (!(draft.link(bridge) instanceof Bridge)) {
            return;
        }
        for (Link port : draft.links()) {
            Link wanted = desired.link(port.name());
            boolean stays = wanted != null && bridge.equals(wanted.master());
            if (bridge.equals(port.master()) && !stays && !(port instanceof Veth) && !exchange.takes(port.name())) {
                draft.change(port.withMaster(null), new Step.SetMaster(port.name(), bridge, null));
            }
        }
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
                if (isByStub) {
                    restore();
                }
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
        removeStubsBesideTheirUplinks();
        draft.redirects().stream()
                .filter(redirect -> redirect.hook().isIncoming())
                .forEach(draft::delete);
    }

    /** A way back to a port whose leave was only prepared. What comes in by the uplink would go out again by the stub. */
    private void removeStubsBesideTheirUplinks() {
        draft.redirects().stream()
                .filter(out -> out.hook() == Hook.EGRESS)
                .map(out -> draft.link(out.link()))
                .filter(stub -> stub != null && stub.master() != null)
                .filter(stub -> leadsBesideItself(Objects.requireNonNull(stub)))
                .forEach(stub -> stubs.remove(stub.name()));
    }

    private boolean leadsBesideItself(Link stub) {
        return draft.redirects().stream()
                .filter(out -> out.hook() == Hook.EGRESS && out.link().equals(stub.name()))
                .anyMatch(out -> isPortOf(draft.link(out.to()), Objects.requireNonNull(stub.master())));
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
        Redirect wanted = isByStub
                ? new Redirect(move.link(), Hook.INGRESS_FORWARD, stubOf(move))
                : new Redirect(move.link(), Hook.INGRESS, move.bridge());
        Optional<Redirect> current = draft.redirects().stream()
                .filter(redirect ->
                        redirect.link().equals(move.link()) && redirect.hook().isIncoming())
                .findFirst();
        if (current.isPresent() && current.get().equals(wanted)) {
            return;
        }
        current.ifPresent(draft::delete);
        draft.add(wanted);
    }

    private String stubOf(Move move) {
        return outgoing(move)
                .map(Redirect::link)
                .orElseThrow(() -> new IllegalStateException("the stub of " + move.bridge() + " was made before"));
    }

    /** By which what the bridge sends leaves by the uplink. */
    private Optional<Redirect> outgoing(Move move) {
        return draft.redirects().stream()
                .filter(redirect ->
                        !redirect.hook().isIncoming() && redirect.to().equals(move.link()))
                .filter(redirect -> isPortOf(draft.link(redirect.link()), move.bridge()))
                .findFirst();
    }

    static boolean isPortOf(@Nullable Link link, String bridge) {
        return link != null && bridge.equals(link.master());
    }

    /** The bridge that a link is to join, or else the one that it is to leave; null if it does neither. */
    private @Nullable String bridgeOfMove(Link wanted) {
        Link current = draft.link(wanted.name());
        // A link that this plan makes has no frames yet.
        boolean isNew = observed.link(wanted.name()) == null;
        if (current == null || isNew || Objects.equals(current.master(), wanted.master())) {
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

    /**
     * Whether one link takes another's place, which is an {@link UplinkExchange}. One of the same NIC is another LAN's: it joins
     * when the other has left.
     */
    private boolean isExchanged(String bridge, Link moved) {
        List<Link> left = draft.links().stream()
                .filter(link -> bridge.equals(link.master()) && desired.link(link.name()) != null)
                .filter(link -> !bridge.equals(
                        Objects.requireNonNull(desired.link(link.name())).master()))
                .toList();
        if (bridge.equals(moved.master())) {
            return left.stream().anyMatch(link -> !UplinkExchange.areOfOneNic(link, moved));
        }
        return !left.isEmpty() && desired.portsOf(bridge).stream().anyMatch(port -> !bridge.equals(master(port)));
    }

    private @Nullable String master(Link link) {
        Link current = draft.link(link.name());
        return current == null ? null : current.master();
    }

    private void makeStub(Move move) {
        if (outgoing(move).isPresent()) {
            return;
        }
        String port = stubs.create(
                Objects.requireNonNull(draft.link(move.link())).attributes().mtu());
        draft.add(new Redirect(port, isByStub ? Hook.EGRESS_FORWARD : Hook.EGRESS, move.link()));
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
