package io.onlink.kernel;

import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.BridgePort.Option;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.NetworkState;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What links are as bridges' ports: all as at first, but for what was changed since each came into its bridge. */
final class FakePorts {
    private final Map<String, Set<Option>> options = new HashMap<>();
    private final Map<String, PortState> states = new HashMap<>();

    @Nullable
    BridgePort port(@Nullable Link link, NetworkState.Builder state) {
        String master = link == null ? null : link.master();
        if (link == null || master == null || !(state.links.get(master) instanceof Bridge)) {
            return null;
        }
        PortState since = states.getOrDefault(link.name(), PortState.FORWARDING);
        return new BridgePort(
                link.isUp() ? since : PortState.DISABLED,
                link.isUp(),
                options.getOrDefault(link.name(), BridgePort.ON_AT_FIRST));
    }

    /** It left its bridge, or came into one. */
    void forget(String link) {
        options.remove(link);
        states.remove(link);
    }

    /** It went down: when it is up again its bridge decides. */
    void forgetState(String link) {
        states.remove(link);
    }

    /** Why not; empty where it is done. */
    Optional<String> set(String link, @Nullable BridgePort port, Set<Option> from, Set<Option> to) {
        if (port == null || !port.on().equals(from)) {
            return Optional.of("it is no port, or has other options");
        }
        if (from.equals(to)) {
            return Optional.of("it is so already");
        }
        options.put(link, to);
        return Optional.empty();
    }

    /** Likewise. */
    Optional<String> set(String link, @Nullable BridgePort port, Bridge bridge, PortState from, PortState to) {
        if (port == null || port.state() != from) {
            return Optional.of("it is no port, or in another state");
        }
        if (bridge.options().stp()) {
            return Optional.of("Device or resource busy");
        }
        if (!port.operational()) {
            return Optional.of("Network is down");
        }
        states.put(link, to);
        return Optional.empty();
    }
}
