package io.onlink.cli;

import io.onlink.attach.Endpoint;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code onlink status} says: the file last applied beside what the kernel shows.
 *
 * @param drift what 'onlink apply' would do, in {@code ip}'s words; none when the host is as the file says
 */
record HostStatus(
        List<SegmentStatus> segments, List<VrfStatus> vrfs, List<EndpointStatus> endpoints, List<String> drift) {

    /**
     * A segment as the kernel has it.
     *
     * @param state "up", or what is missing
     * @param addresses those on the bridge now
     */
    record SegmentStatus(
            String name, String bridge, String uplink, String state, List<String> addresses, long endpoints) {}

    /** A VRF of the file. */
    record VrfStatus(String name, int table, List<String> interfaces, String state) {}

    /** A container's place on a segment. */
    record EndpointStatus(
            String segment, String container, List<String> addresses, String mac, String link, String state) {}

    static HostStatus of(HostFile file, NetworkState observed, List<Endpoint> endpoints, List<Step> drift) {
        return new HostStatus(
                file.segments().values().stream()
                        .map(segment -> segment(segment, observed, endpoints))
                        .toList(),
                file.vrfs().values().stream()
                        .map(vrf -> new VrfStatus(
                                vrf.name(), vrf.table(), vrf.interfaces(), linkState(observed, vrf.name())))
                        .toList(),
                endpoints.stream().map(endpoint -> endpoint(endpoint, observed)).toList(),
                drift.stream().map(Step::command).toList());
    }

    private static SegmentStatus segment(Segment segment, NetworkState observed, List<Endpoint> endpoints) {
        return new SegmentStatus(
                segment.name(),
                segment.bridge(),
                segment.uplink(),
                uplinkState(segment, observed),
                observed.addressesOf(segment.bridge()).stream()
                        .filter(address -> !address.isKernelMade())
                        .map(Address::address)
                        .map(InterfaceAddress::toString)
                        .toList(),
                endpoints.stream()
                        .filter(endpoint -> endpoint.segment().equals(segment.name()))
                        .count());
    }

    private static String uplinkState(Segment segment, NetworkState observed) {
        String bridge = linkState(observed, segment.bridge());
        if (!bridge.equals("up")) {
            return "bridge " + bridge;
        }
        Link uplink = observed.link(segment.uplink());
        if (uplink == null || !segment.bridge().equals(uplink.master())) {
            return "uplink not in bridge";
        }
        String state = linkState(observed, segment.uplink());
        return state.equals("up") ? "up" : "uplink " + state;
    }

    private static EndpointStatus endpoint(Endpoint endpoint, NetworkState observed) {
        return new EndpointStatus(
                endpoint.segment(),
                endpoint.container() == null ? "-" : endpoint.container(),
                endpoint.addresses().map(InterfaceAddress::toString).toList(),
                endpoint.mac().toString(),
                endpoint.hostLink(),
                linkState(observed, endpoint.hostLink()));
    }

    private static String linkState(NetworkState observed, String name) {
        Link link = observed.link(name);
        if (link == null) {
            return "missing";
        }
        if (!link.isUp()) {
            return "down";
        }
        LinkStatus status = observed.status().get(name);
        return status != null && !status.lowerUp() ? "no carrier" : "up";
    }

    /** Whether everything is as it was declared. */
    boolean isWell() {
        return drift.isEmpty()
                && Stream.of(
                                segments.stream().map(SegmentStatus::state),
                                vrfs.stream().map(VrfStatus::state),
                                endpoints.stream().map(EndpointStatus::state))
                        .flatMap(states -> states)
                        .allMatch("up"::equals);
    }
}
