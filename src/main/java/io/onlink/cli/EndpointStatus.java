package io.onlink.cli;

import io.onlink.attach.Endpoint;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's place on a segment, as the kernel has it.
 *
 * @param container its name; "-" until the engine told it
 * @param link the host's end of the container's link; where there is none, what that lies on
 * @param state "up", or what is wrong: {@link #CUT_OFF}, {@link #NO_SEGMENT}, or what is wrong with the link
 * @param next what is wrong in words, and what to do; null where it is said elsewhere, or nothing is
 */
record EndpointStatus(
        String segment,
        String container,
        List<String> addresses,
        String mac,
        String link,
        String state,
        @Nullable String next) {
    /** Nothing comes through, in either direction. */
    static final String CUT_OFF = "cut off";

    /** It may run on as it was, and does not start again: the host file has no segment of the name. */
    static final String NO_SEGMENT = "no segment";

    static EndpointStatus of(Endpoint endpoint, HostFile file, NetworkState observed) {
        Segment segment = file.segments().get(endpoint.segment());
        String port = endpoint.hostLink();
        if (segment == null) {
            return withoutSegment(endpoint, observed);
        }
        Link hostSide = observed.link(port);
        if (hostSide == null) {
            // Where there is no bridge the host has no link of the container's, only what that lies on.
            String link = segment.hasBridge() ? port : segment.uplink();
            return of(endpoint, link, HostStatus.linkState(observed, link), null);
        }
        if (!segment.hasBridge()) {
            return of(
                    endpoint,
                    port,
                    CUT_OFF,
                    "it was attached when the segment had a bridge; start it again, and it is attached by %s (%s)"
                            .formatted(segment.attach().word(), restart(endpoint)));
        }
        if (!segment.link().equals(hostSide.master())) {
            return of(
                    endpoint,
                    port,
                    CUT_OFF,
                    "%s is no port of %s; the agent makes it one within a second of that being there, or else start the container again (%s)"
                            .formatted(port, segment.link(), restart(endpoint)));
        }
        return of(endpoint, port, HostStatus.linkState(observed, port), null);
    }

    /** Removed or renamed by {@code onlink apply --force}. */
    private static EndpointStatus withoutSegment(Endpoint endpoint, NetworkState observed) {
        Link hostSide = observed.link(endpoint.hostLink());
        String master = hostSide == null ? null : hostSide.master();
        boolean isPort = master != null && observed.link(master) instanceof Bridge;
        boolean isCutOff = hostSide != null && !isPort;
        String what = isPort ? "it is still a port of %s, but the".formatted(master) : "the";
        return of(
                endpoint,
                endpoint.hostLink(),
                isCutOff ? CUT_OFF : NO_SEGMENT,
                "%s host file has no segment %s any more, so it does not start again there; put the segment back under its name ('onlink apply') and start the container again (%s), or give it another network (docker network connect NETWORK %s)"
                        .formatted(what, endpoint.segment(), restart(endpoint), name(endpoint)));
    }

    private static String restart(Endpoint endpoint) {
        return "docker restart " + name(endpoint);
    }

    private static String name(Endpoint endpoint) {
        return endpoint.container() == null ? "CONTAINER" : endpoint.container();
    }

    private static EndpointStatus of(Endpoint endpoint, String link, String state, @Nullable String next) {
        return new EndpointStatus(
                endpoint.segment(),
                endpoint.container() == null ? "-" : endpoint.container(),
                endpoint.addresses().map(InterfaceAddress::toString).toList(),
                endpoint.mac().toString(),
                link,
                state,
                next);
    }
}
