package io.onlink.kernel;

import io.onlink.libc.HeldNetworkNamespace;
import io.onlink.nftables.HostFirewall;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A namespace's firewall, opened when it is first asked for. For one thread at a time. */
final class LazyFirewall implements AutoCloseable {
    private final @Nullable HeldNetworkNamespace namespace;
    private @Nullable HostFirewall opened;

    private LazyFirewall(@Nullable HeldNetworkNamespace namespace) {
        this.namespace = namespace;
    }

    static LazyFirewall of(HeldNetworkNamespace namespace) {
        return new LazyFirewall(namespace);
    }

    /** Where the rules are another's, as in a container. */
    static LazyFirewall none() {
        return new LazyFirewall(null);
    }

    /** Empty where libnftables is not installed. */
    Optional<HostFirewall> open() {
        if (opened == null && namespace != null) {
            opened = namespace.call(HostFirewall::open).orElse(null);
        }
        return Optional.ofNullable(opened);
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
