package io.onlink.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel alone decides about a link. It is observed, never desired, and no plan compares it.
 *
 * @param index the kernel's number ({@code ifi_index}), new for every link ever made
 * @param lowerUp there is a carrier and the driver says so ({@code IFF_LOWER_UP})
 * @param portState as a port of a bridge; null for a link that is none
 */
public record LinkStatus(
        int index, boolean lowerUp, @Nullable PortState portState) {

    /** States of a bridge port, in the kernel's numbering (linux/if_bridge.h, BR_STATE_*). */
    public enum PortState {
        DISABLED,
        LISTENING,
        LEARNING,
        FORWARDING,
        BLOCKING;

        private static final List<PortState> IN_ORDER = List.of(values());

        /** The kernel's number, linux/if_bridge.h, as ip(8) takes it. */
        public int number() {
            return IN_ORDER.indexOf(this);
        }
    }
}
