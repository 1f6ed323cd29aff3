package io.onlink.kernel;

import io.onlink.model.Bridge;
import io.onlink.model.Exchange;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Uplinks that take another's place in a {@link FakeKernel}; each call gives why it is refused, where Linux would lose frames. */
final class FakeExchanges {
    private final NetworkState.Builder state;

    FakeExchanges(NetworkState.Builder state) {
        this.state = state;
    }

    Optional<String> add(Exchange exchange) {
        Link from = state.links.get(exchange.from());
        Link to = state.links.get(exchange.to());
        Link stub = state.links.get(exchange.stub());
        if (from == null || to == null || stub == null) {
            return Optional.of("No such device");
        }
        Link bridge = master(from);
        if (!(bridge instanceof Bridge) || !bridge.name().equals(stub.master())) {
            return Optional.of("they are no ports of one bridge");
        }
        if (!to.isUp() || to.master() != null) {
            return Optional.of("the new uplink is not free");
        }
        if (!Objects.equals(bridge.attributes().mac(), to.attributes().mac())) {
            return Optional.of("what comes in by the stub for another MAC address is dropped");
        }
        state.exchanges.add(exchange);
        return Optional.empty();
    }

    Optional<String> handOn(Exchange exchange) {
        Link to = state.links.get(exchange.to());
        if (to == null || !(master(to) instanceof Bridge)) {
            return Optional.of("frames would come in by nobody's port");
        }
        if (!state.exchanges.remove(exchange)) {
            return Optional.of("No such file or directory");
        }
        state.exchanges.add(exchange.byPort());
        return Optional.empty();
    }

    private @Nullable Link master(Link port) {
        String master = port.master();
        return master == null ? null : state.links.get(master);
    }
}
