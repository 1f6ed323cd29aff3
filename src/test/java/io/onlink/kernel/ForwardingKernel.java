package io.onlink.kernel;

import io.onlink.model.BridgePort;
import io.onlink.model.Firewall;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Another kernel, for tests that come in between some of its calls. */
public abstract class ForwardingKernel implements Kernel {
    private final Kernel kernel;

    protected ForwardingKernel(Kernel kernel) {
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
    public Optional<String> refusalOf(Firewall firewall) {
        return kernel.refusalOf(firewall);
    }

    @Override
    public Set<Feature> features() {
        return kernel.features();
    }

    @Override
    public boolean supportsLinkKind(String kind) {
        return kernel.supportsLinkKind(kind);
    }
}
