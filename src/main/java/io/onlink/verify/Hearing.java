package io.onlink.verify;

import io.onlink.model.Bridge;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.NetworkState;
import java.util.Objects;

/** Whether a question that leaves by a link reaches the LAN. */
final class Hearing {
    private Hearing() {}

    /** Containers give a bridge carrier, also where its uplink has none. */
    static boolean isHeard(NetworkState state, String link) {
        if (!(state.link(link) instanceof Bridge bridge)) {
            return hasCarrier(state, link);
        }
        return state.portsOf(bridge.name()).stream()
                .filter(port -> Objects.equals(
                        port.attributes().mac(), bridge.attributes().mac()))
                .map(port -> state.status().get(port.name()))
                .anyMatch(status -> status != null && status.portState() == PortState.FORWARDING);
    }

    static boolean hasCarrier(NetworkState state, String link) {
        LinkStatus status = state.status().get(link);
        return status != null && status.lowerUp();
    }
}
