package io.onlink.plan;

import io.onlink.model.Bridge;
import io.onlink.model.Exchange;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Vlan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bridges that get another uplink while frames pass. Both uplinks as ports at once were a loop in the LAN, also if this program dies at
 * that moment. So a {@link io.onlink.model.Stub} becomes the port by which the new uplink's frames come and go, before the old one
 * leaves; the new one joins behind it, and the stub goes.
 *
 * <p>What is sent leaves by the new uplink from one frame to the next; what comes in does so by both, until neighbours and switches had
 * the time to learn where the host's addresses and the stations behind the bridge are now.
 */
final class UplinkExchange {
    /** Generous for a router whose processor learns addresses; frames come in by both uplinks meanwhile. */
    private static final Duration TIME_TO_LEARN = Duration.ofMillis(500);

    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;
    private final boolean possible;
    private final Stubs stubs;
    private final List<Exchange> exchanges = new ArrayList<>();

    UplinkExchange(NetworkState observed, NetworkState desired, Draft draft, Set<Feature> features, Stubs stubs) {
        this.observed = observed;
        this.desired = desired;
        this.draft = draft;
        this.possible = features.contains(Feature.REDIRECT);
        this.stubs = stubs;
    }

    /** Ends what a failed change has left. */
    void endOthers() {
        for (Exchange left : draft.exchanges()) {
            draft.delete(left);
        }
    }

    /** From now on the bridges' frames leave by the new uplinks, and come in by both. */
    void begin() {
        if (!possible) {
            return;
        }
        for (Link bridge : desired.links().values()) {
            Link from = uplinkThatLeaves(bridge);
            Link to = uplinkThatJoins(bridge);
            if (from != null && to != null && bridge instanceof Bridge && !areOfOneNic(from, to)) {
                begin(bridge, from, to);
            }
        }
    }

    /** Then they are two LANs, the NIC's VLANs or what has no tag there: what comes in by the one is not the other's. */
    static boolean areOfOneNic(Link one, Link other) {
        return nicOf(one).equals(nicOf(other));
    }

    private static String nicOf(Link uplink) {
        return uplink instanceof Vlan vlan ? String.valueOf(vlan.parent()) : uplink.name();
    }

    private void begin(Link bridge, Link from, Link to) {
        String stub = stubs.create(to.attributes().mtu());
        stubs.join(stub, bridge.name());
        Exchange exchange = new Exchange(from.name(), to.name(), stub, Exchange.Phase.BY_STUB);
        draft.add(exchange);
        exchanges.add(exchange);
        draft.announceStations(bridge.name(), from.name(), to.name());
        MacAddress mac = bridge.attributes().mac();
        if (mac != null) {
            draft.addresses().stream()
                    .filter(address -> address.link().equals(bridge.name()) && !address.isKernelMade())
                    .map(address -> new Step.Announce(bridge.name(), address.ip(), mac))
                    .forEach(draft::announce);
        }
    }

    /** Whether an uplink is moved here, and by nobody else. */
    boolean takes(String link) {
        return exchanges.stream()
                .anyMatch(exchange ->
                        exchange.from().equals(link) || exchange.to().equals(link));
    }

    /** The old uplinks leave, the new ones join. */
    void move() {
        if (!exchanges.isEmpty()) {
            draft.awaitNeighbours(TIME_TO_LEARN);
        }
        exchanges.forEach(this::move);
    }

    private void move(Exchange exchange) {
        Link from = Objects.requireNonNull(draft.link(exchange.from()));
        Link to = Objects.requireNonNull(draft.link(exchange.to()));
        String bridge = Objects.requireNonNull(from.master());
        draft.flush(from.name());
        draft.change(from.withMaster(null), new Step.SetMaster(from.name(), bridge, null));
        draft.change(to.withMaster(bridge), new Step.SetMaster(to.name(), null, bridge));
        draft.await(to.name(), bridge);
        Exchange last = draft.handOn(exchange);
        draft.flush(exchange.stub());
        stubs.remove(exchange.stub());
        draft.delete(last);
    }

    /**
     * Where a bridge that was there before got an uplink, or its MAC address, its silent stations are still looked for elsewhere; also
     * if a change that died had only told the LAN so far.
     */
    void announceStations() {
        Set<String> bridges = new LinkedHashSet<>();
        for (Step step : draft.steps()) {
            if (step instanceof Step.SetMaster(var _, var _, String bridge) && bridge != null) {
                bridges.add(bridge);
            }
            if (step instanceof Step.SetMac(String link, var _, var _)) {
                bridges.add(link);
            }
        }
        for (String bridge : bridges) {
            desired.portsOf(bridge).stream()
                    .filter(port -> observed.link(bridge) != null && isUplinkOf(desired.link(bridge), port))
                    .filter(port -> hasMoved(port, bridge))
                    .forEach(uplink -> draft.announceStations(bridge, uplink.name(), uplink.name()));
        }
    }

    private boolean hasMoved(Link uplink, String bridge) {
        Link before = observed.link(uplink.name());
        return before == null || !bridge.equals(before.master()) || !hasMacOf(observed.link(bridge), uplink);
    }

    /** The only link that leaves the bridge to be nobody's port, and stays up. */
    private @Nullable Link uplinkThatLeaves(Link bridge) {
        List<Link> leaving = draft.links().stream()
                .filter(link -> bridge.name().equals(link.master()))
                .filter(link -> !Handover.isPortOf(desired.link(link.name()), bridge.name()))
                .toList();
        if (leaving.size() != 1) {
            return null;
        }
        Link wanted = desired.link(leaving.getFirst().name());
        boolean isLeft = wanted != null && wanted.isUp() && wanted.master() == null;
        return isLeft && wasUplink(leaving.getFirst(), bridge) ? leaving.getFirst() : null;
    }

    /** The only link that joins the bridge, which is nobody's port, and up. */
    private @Nullable Link uplinkThatJoins(Link bridge) {
        List<Link> joining = desired.portsOf(bridge.name()).stream()
                .filter(port -> !Handover.isPortOf(draft.link(port.name()), bridge.name()))
                .toList();
        if (joining.size() != 1) {
            return null;
        }
        Link link = draft.link(joining.getFirst().name());
        boolean isFree = link != null && link.isUp() && link.master() == null;
        return isFree && isUplinkOf(bridge, joining.getFirst()) ? link : null;
    }

    /** A change that died may have given the bridge the new uplink's MAC address already. */
    private boolean wasUplink(Link link, Link bridge) {
        Link before = observed.link(bridge.name());
        return link.isUp() && (isUplinkOf(before, link) || hasMacOf(before, bridge));
    }

    /** Frames for the one are frames for the other: a bridge has its uplink's MAC address. */
    private static boolean isUplinkOf(@Nullable Link bridge, @Nullable Link link) {
        return bridge instanceof Bridge
                && link != null
                && bridge.name().equals(link.master())
                && hasMacOf(bridge, link);
    }

    private static boolean hasMacOf(@Nullable Link one, Link other) {
        return one != null
                && Objects.equals(one.attributes().mac(), other.attributes().mac());
    }
}
