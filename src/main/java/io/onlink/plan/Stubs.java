package io.onlink.plan;

import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect.Hook;
import io.onlink.model.Stub;
import io.onlink.step.Step;
import java.util.Objects;
import java.util.function.Predicate;

/** Makes and removes the {@link Stub}s of a plan. */
final class Stubs {
    private final Draft draft;

    Stubs(Draft draft) {
        this.draft = draft;
    }

    /** Makes one, still down; the name of the end that is to be a port. */
    String create(int mtu) {
        int number = 0;
        while (draft.link(Stub.port(number)) != null) {
            number++;
        }
        String port = Stub.port(number);
        draft.create(Stub.pair(number, mtu));
        // They would tell the segment of themselves.
        turnIpv6Off(port);
        turnIpv6Off(Stub.peer(port));
        return port;
    }

    /** Makes it a bridge's port that forwards. */
    void join(String port, String bridge) {
        bringUp(Stub.peer(port));
        bringUp(port);
        Link made = Objects.requireNonNull(draft.link(port));
        draft.change(made.withMaster(bridge), new Step.SetMaster(port, null, bridge));
        draft.await(port, bridge);
    }

    void remove(String port) {
        Link stub = Objects.requireNonNull(draft.link(port));
        draft.redirects().stream()
                .filter(redirect -> redirect.hook() == Hook.EGRESS_FORWARD
                        && redirect.link().equals(port))
                .forEach(redirect -> {
                    if (stub.master() != null) {
                        // Frames to stations that were learned behind it went by it so far.
                        draft.flush(port);
                    }
                    draft.delete(redirect);
                });
        draft.delete(stub);
    }

    void remove(Predicate<Link> which) {
        for (Link stub : draft.links()) {
            if (Stub.isPort(stub.name()) && which.test(stub)) {
                remove(stub.name());
            }
        }
    }

    private void turnIpv6Off(String link) {
        String name = NetworkState.disableIpv6(link);
        if ("0".equals(draft.sysctl(name))) {
            draft.set(name, "0", "1");
        }
    }

    private void bringUp(String name) {
        Link link = Objects.requireNonNull(draft.link(name));
        draft.change(link.withUp(true), new Step.SetUp(name, true));
    }
}
