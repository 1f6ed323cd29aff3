package io.onlink.desired;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.NetworkState;
import java.util.List;
import java.util.NavigableSet;

/**
 * The host file laid over the host as found.
 *
 * @param managed names of the links that the file makes Onlink responsible for
 * @param misfits why parts of the file do not fit this host; what they speak of stands in the state as it is observed
 */
public record Desired(NetworkState state, NavigableSet<String> managed, List<String> misfits) {
    public Desired {
        misfits = List.copyOf(misfits);
    }

    /**
     * What the file asks of this host.
     *
     * @param found how the host was before Onlink; every managed link is laid over as it was then
     * @param observed the host as it is now
     * @throws ConfigurationException if the file does not fit this host; all reasons in one message
     */
    public static Desired of(HostFile file, Found found, NetworkState observed) {
        Overlay overlay = new Overlay(file, found, observed, false);
        Desired desired = overlay.build();
        if (!desired.misfits().isEmpty()) {
            throw new ConfigurationException(String.join("\n", desired.misfits()));
        }
        return desired;
    }

    /**
     * The same of a file that was true of this host once: a part that does not fit any more, as its NIC was unplugged, does
     * not keep the others from being true.
     */
    public static Desired asFarAsItFits(HostFile file, Found found, NetworkState observed) {
        return new Fitting(file, found, observed).desired();
    }
}
