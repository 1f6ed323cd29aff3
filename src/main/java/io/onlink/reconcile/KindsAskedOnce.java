package io.onlink.reconcile;

import io.onlink.kernel.Kernel;
import io.onlink.model.BridgePort;
import io.onlink.model.Firewall;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kernel that is asked once for each kind of links it has: to find out takes a namespace, and the agent looks often. What
 * it lacks may be loaded later, and is asked for again.
 */
final class KindsAskedOnce implements Kernel {
    private final Kernel kernel;
    private final Set<String> known = new HashSet<>();
    private Firewall possible = Firewall.NONE;

    KindsAskedOnce(Kernel kernel) {
        this.kernel = kernel;
    }

    @Override
    public NetworkState observe() {
        return kernel.observe();
    }

    @Override
    public @Nullable Link link(String name) {
        return kernel.link(name);
    }

    @Override
    public @Nullable BridgePort port(String link) {
        return kernel.port(link);
    }

    @Override
    public void perform(Step step) {
        kernel.perform(step);
    }

    @Override
    public boolean supportsLinkKind(String kind) {
        if (!known.contains(kind) && kernel.supportsLinkKind(kind)) {
            known.add(kind);
        }
        return known.contains(kind);
    }

    @Override
    public Optional<String> refusalOf(Firewall firewall) {
        if (firewall.equals(possible)) {
            return Optional.empty();
        }
        Optional<String> refusal = kernel.refusalOf(firewall);
        possible = refusal.isEmpty() ? firewall : possible;
        return refusal;
    }

    /** What is put right is broken: there are no frames to save on the way, and a short plan is the better one. */
    @Override
    public Set<Feature> features() {
        return Set.of();
    }
}
