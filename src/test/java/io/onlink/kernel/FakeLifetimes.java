package io.onlink.kernel;

import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.time.Duration;

/** What runs out, as time passes. */
final class FakeLifetimes {
    private FakeLifetimes() {}

    static void pass(NetworkState.Builder state, Duration elapsed) {
        state.addresses.replaceAll(
                address -> address.withLifetime(address.lifetime().after(elapsed)));
        state.addresses.removeIf(address -> address.lifetime().valid() == 0);
        state.routes.replaceAll(route -> route.after(elapsed));
        state.routes.removeIf(Route::isOver);
    }
}
