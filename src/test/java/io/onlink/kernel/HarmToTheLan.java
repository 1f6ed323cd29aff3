package io.onlink.kernel;

import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Redirect;
import io.onlink.model.Vlan;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** States in which Linux does what it is told to, and all on the LAN suffer. */
final class HarmToTheLan {
    private HarmToTheLan() {}

    /** What it is; empty where there is none. */
    static Optional<String> of(NetworkState.Builder state) {
        return loop(state).or(() -> loopByStub(state)).or(() -> framesSentBack(state));
    }

    private static Optional<String> loop(NetworkState.Builder state) {
        return state.links.values().stream()
                .filter(Bridge.class::isInstance)
                .map(Link::name)
                .filter(bridge -> state.links.values().stream()
                                .filter(port -> isUplink(port) && bridge.equals(port.master()))
                                .count()
                        > 1)
                .findFirst()
                .map(bridge -> "two uplinks in " + bridge + " are a loop");
    }

    /** One that is a port, and another by which leaves what the bridge sends. */
    private static Optional<String> loopByStub(NetworkState.Builder state) {
        return state.redirects.stream()
                .filter(out -> !out.hook().isIncoming())
                .filter(out -> state.links.values().stream()
                        .anyMatch(port -> isUplink(port)
                                && port.master() != null
                                && !port.name().equals(out.to())
                                && isPortOf(state.links.get(out.link()), port.master())))
                .findFirst()
                .map(out -> "an uplink and " + out.to() + " by " + out.link() + " are a loop");
    }

    private static boolean isPortOf(@Nullable Link link, String bridge) {
        return link != null && bridge.equals(link.master());
    }

    /** A VLAN's too: it is a loop with another uplink of the same LAN, and joins two LANs where it is not the same. */
    private static boolean isUplink(Link port) {
        return port instanceof OtherLink || port instanceof Vlan;
    }

    /** The switch would take this host for the LAN's stations. */
    private static Optional<String> framesSentBack(NetworkState.Builder state) {
        return state.redirects.stream()
                .filter(out -> out.hook() == Redirect.Hook.EGRESS && areBothPorts(state, out))
                .filter(out -> state.redirects.stream()
                        .noneMatch(in -> in.link().equals(out.to()) && in.hook() == Redirect.Hook.INGRESS))
                .findFirst()
                .map(out -> "the LAN would get its own frames back by " + out.to());
    }

    private static boolean areBothPorts(NetworkState.Builder state, Redirect out) {
        Link stub = state.links.get(out.link());
        Link uplink = state.links.get(out.to());
        return stub != null
                && uplink != null
                && stub.master() != null
                && stub.master().equals(uplink.master());
    }
}
