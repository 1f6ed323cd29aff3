package io.onlink.desired;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.NetworkState;
import java.util.NavigableSet;

/**
 * The host file laid over the host as found.
 *
 * @param managed names of the links that the file makes Onlink responsible for
 */
public record Desired(NetworkState state, NavigableSet<String> managed) {

    /**
     * What the file asks of this host.
     *
     * @param found how the host was before Onlink; every managed link is laid over as it was then
     * @param observed the host as it is now
     * @throws ConfigurationException if the file does not fit this host; all reasons in one message
     */
    public static Desired of(HostFile file, Found found, NetworkState observed) {
        return new Overlay(file, found, observed).build();
    }
}
