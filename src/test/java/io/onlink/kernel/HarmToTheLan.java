package io.onlink.kernel;

import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Redirect;
import java.util.Optional;

/** States in which Linux does what it is told to, and all on the LAN suffer. */
final class HarmToTheLan {
    private HarmToTheLan() {}

    /** What it is; empty where there is none. */
    static Optional<String> of(NetworkState.Builder state) {
        return loop(state).or(() -> framesSentBack(state));
    }

    private static Optional<String> loop(NetworkState.Builder state) {
        return state.links.values().stream()
                .filter(Bridge.class::isInstance)
                .map(Link::name)
                .filter(bridge -> state.links.values().stream()
                                .filter(port -> port instanceof OtherLink && bridge.equals(port.master()))
                                .count()
                        > 1)
                .findFirst()
                .map(bridge -> "two uplinks in " + bridge + " are a loop");
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
