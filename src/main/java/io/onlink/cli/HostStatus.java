package io.onlink.cli;

import io.onlink.apply.LeftOut;
import io.onlink.attach.BridgeNetfilterFile;
import io.onlink.attach.Conflict;
import io.onlink.attach.Endpoint;
import io.onlink.coexistence.Instruction;
import io.onlink.coexistence.Program;
import io.onlink.coexistence.Standing;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.model.Address;
import io.onlink.model.Allowance;
import io.onlink.model.Firewall;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.NetworkState;
import io.onlink.nftables.Dropped;
import io.onlink.verify.Inspection;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code onlink status} says: the file last applied, or the one that waits to be confirmed, beside what the kernel
 * shows.
 *
 * @param open the change that has not ended; null where none is open
 * @param broken what is wrong by the kernel's own word
 * @param leftOut what this kernel cannot do
 * @param obstacle why the file cannot be true of this host; null where it can
 * @param released what other programs leave alone since they were told, a program a line
 * @param drift what 'onlink apply' would do, as an administrator would type it; none when the host is as the file says
 * @param firewall what is let in to the host itself
 * @param dropped what the guard and the firewall dropped of containers' frames
 * @param conflicts addresses of this host's and of its containers that others claimed within the last day
 * @param netfilter whether frames that stay on a segment's bridge are spared the way through iptables, or why not; null where the agent
 *     found nothing to do
 * @param agent that no agent runs, though there are Docker networks or containers of Onlink's; null where one runs or none is needed
 * @param lastDrifts what the agent saw since the boot, and what became of it; the newest last
 */
record HostStatus(
        List<SegmentStatus> segments,
        List<VrfStatus> vrfs,
        List<EndpointStatus> endpoints,
        @Nullable String open,
        List<String> broken,
        List<String> leftOut,
        @Nullable String obstacle,
        List<String> released,
        List<String> drift,
        List<EntranceStatus> firewall,
        List<DroppedStatus> dropped,
        List<ConflictStatus> conflicts,
        @Nullable String netfilter,
        @Nullable String agent,
        List<io.onlink.reconcile.Drift> lastDrifts) {
    private static final String UP = "up";

    private static final String NO_AGENT =
            "no agent runs: containers run on, but none can be started, and nothing is put right; start it (systemctl start onlink-agent, or onlink agent)";

    /** The kernel lacks what it takes, and the rest goes on without. */
    private static final String LEFT_OUT = "left out";

    /**
     * A file, and what would have to be done to make it true.
     *
     * @param steps as an administrator would type them
     * @param obstacle why it cannot be made true; null where it can
     */
    record Drift(
            HostFile file,
            List<String> steps,
            List<LeftOut> leftOut,
            @Nullable String obstacle) {
        /** Whether the kernel cannot have a link of the file: a VRF, or what is in one. */
        private boolean isLeftOut(String link) {
            return isLeftOut(LeftOut.Part.VRFS)
                    && (file.vrfs().containsKey(link) || file.vrfOf(link).isPresent());
        }

        private boolean isLeftOut(Segment segment) {
            return isLeftOut(segment.link())
                    || leftOut.stream()
                            .anyMatch(what -> what.part() == LeftOut.Part.SEGMENT
                                    && what.name().equals(segment.name()));
        }

        private boolean isLeftOut(LeftOut.Part part) {
            return leftOut.stream().anyMatch(what -> what.part() == part);
        }
    }

    /**
     * A segment as the kernel has it.
     *
     * @param link the one with the host's addresses: a bridge, or the uplink
     * @param state "up", or what is missing
     * @param addresses those on the link now
     */
    record SegmentStatus(
            String name,
            String attach,
            String link,
            String uplink,
            String state,
            List<String> addresses,
            long endpoints) {}

    /** A VRF of the file. */
    record VrfStatus(String name, int table, List<String> interfaces, String state) {}

    /**
     * What the host's own firewall lets in.
     *
     * @param name of the segment, NIC or VRF
     * @param links by which it comes in
     * @param byDefault deny or allow
     * @param allowed beside the default, as in the file
     * @param state "up", or what is wrong with it in the kernel
     * @param refused packets that were not let in
     */
    record EntranceStatus(
            String name, List<String> links, String byDefault, List<String> allowed, String state, long refused) {
        private static EntranceStatus of(
                HostFile.Entrance entrance, Drift drift, NetworkState observed, Map<String, Long> refused) {
            return new EntranceStatus(
                    entrance.name(),
                    entrance.links(),
                    entrance.admission().closed() ? "deny" : "allow",
                    entrance.admission().allowed().stream()
                            .map(Allowance::toString)
                            .toList(),
                    state(entrance, drift, observed.firewall()),
                    entrance.links().stream()
                            .mapToLong(link -> refused.getOrDefault(link, 0L))
                            .sum());
        }

        private static String state(HostFile.Entrance entrance, Drift drift, Firewall now) {
            if (drift.isLeftOut(LeftOut.Part.FIREWALL)) {
                return LEFT_OUT;
            }
            if (entrance.admission().closed() && !now.isThere()) {
                return "missing";
            }
            Firewall wanted = drift.file().hostFirewall();
            return now.whole()
                            && entrance.links().stream()
                                    .allMatch(link -> Objects.equals(
                                            wanted.closed().get(link),
                                            now.closed().get(link)))
                    ? UP
                    : "changed";
        }
    }

    /**
     * Frames that were dropped at a container's port.
     *
     * @param reason one of {@link io.onlink.nftables.Offence}
     * @param words the same for people
     */
    record DroppedStatus(String segment, String container, String link, String reason, String words, long packets) {
        private static Stream<DroppedStatus> of(Endpoint endpoint, List<Dropped> dropped) {
            return dropped.stream()
                    .filter(some -> some.link().equals(endpoint.hostLink()) && some.packets() > 0)
                    .map(some -> new DroppedStatus(
                            endpoint.segment(),
                            endpoint.describe(),
                            some.link(),
                            some.offence().toString(),
                            some.offence().words(),
                            some.packets()));
        }
    }

    /**
     * Another machine that claims an address.
     *
     * @param owner whose it is here
     * @param holder the machine's MAC address
     * @param times how often it was heard
     */
    record ConflictStatus(
            String segment, String address, String owner, String holder, String since, String last, long times) {
        private static ConflictStatus of(Conflict conflict) {
            return new ConflictStatus(
                    conflict.segment(),
                    conflict.address().toString(),
                    conflict.owner(),
                    conflict.holder().toString(),
                    conflict.since().truncatedTo(ChronoUnit.SECONDS).toString(),
                    conflict.last().truncatedTo(ChronoUnit.SECONDS).toString(),
                    conflict.times());
        }
    }

    /**
     * @param open as {@link HostStatus#open}
     * @param lacksAgent whether none runs, and one is needed
     */
    static HostStatus of(
            Drift drift,
            NetworkState observed,
            List<Endpoint> endpoints,
            @Nullable String open,
            Standing standing,
            Map<String, Long> refused,
            List<Dropped> dropped,
            List<Conflict> conflicts,
            BridgeNetfilterFile.Changes netfilter,
            boolean lacksAgent,
            List<io.onlink.reconcile.Drift> lastDrifts) {
        HostFile file = drift.file();
        return new HostStatus(
                file.segments().values().stream()
                        .map(segment -> segment(segment, drift, observed, endpoints))
                        .toList(),
                file.vrfs().values().stream()
                        .map(vrf -> new VrfStatus(
                                vrf.name(),
                                vrf.table(),
                                vrf.interfaces(),
                                drift.isLeftOut(vrf.name()) ? LEFT_OUT : linkState(observed, vrf.name())))
                        .toList(),
                endpoints.stream()
                        .map(endpoint -> EndpointStatus.of(endpoint, file, observed))
                        .toList(),
                open,
                Inspection.of(observed),
                drift.leftOut().stream().map(LeftOut::toString).toList(),
                drift.obstacle(),
                released(standing),
                drift.steps(),
                file.firewall().values().stream()
                        .map(entrance -> EntranceStatus.of(entrance, drift, observed, refused))
                        .toList(),
                endpoints.stream()
                        .flatMap(endpoint -> DroppedStatus.of(endpoint, dropped))
                        .toList(),
                conflicts.stream().map(ConflictStatus::of).toList(),
                netfilter.words(),
                lacksAgent ? NO_AGENT : null,
                lastDrifts);
    }

    private static List<String> released(Standing standing) {
        return standing.programs().stream()
                // It binds services, and has no hand in links.
                .filter(program -> program != Program.SYSTEMD)
                .map(program -> program + ": "
                        + standing.instructions().stream()
                                .filter(told -> told.program() == program
                                        && !told.link().isEmpty())
                                .map(Instruction::link)
                                .distinct()
                                .collect(Collectors.joining(", ")))
                .toList();
    }

    private static SegmentStatus segment(
            Segment segment, Drift drift, NetworkState observed, List<Endpoint> endpoints) {
        return new SegmentStatus(
                segment.name(),
                segment.attach().word(),
                segment.link(),
                segment.uplink(),
                drift.isLeftOut(segment) ? LEFT_OUT : uplinkState(segment, observed),
                observed.addressesOf(segment.link()).stream()
                        .filter(address -> !address.isKernelMade())
                        .map(Address::address)
                        .map(InterfaceAddress::toString)
                        .toList(),
                endpoints.stream()
                        .filter(endpoint -> endpoint.segment().equals(segment.name()))
                        .count());
    }

    private static String uplinkState(Segment segment, NetworkState observed) {
        if (!segment.hasBridge()) {
            return linkState(observed, segment.uplink());
        }
        String bridge = linkState(observed, segment.link());
        if (!bridge.equals(UP)) {
            return "bridge " + bridge;
        }
        Link uplink = observed.link(segment.uplink());
        if (uplink == null) {
            return "uplink missing";
        }
        if (!segment.link().equals(uplink.master())) {
            return "uplink not in bridge";
        }
        String state = linkState(observed, segment.uplink());
        return state.equals(UP) ? UP : "uplink " + state;
    }

    static String linkState(NetworkState observed, String name) {
        Link link = observed.link(name);
        if (link == null) {
            return "missing";
        }
        if (!link.isUp()) {
            return "down";
        }
        LinkStatus status = observed.status().get(name);
        return status != null && !status.lowerUp() ? "no carrier" : UP;
    }

    /** Whether everything is as it was declared, as far as this kernel can have it. */
    boolean isWell() {
        return drift.isEmpty()
                && open == null
                && broken.isEmpty()
                && obstacle == null
                && Stream.of(
                                segments.stream().map(SegmentStatus::state),
                                vrfs.stream().map(VrfStatus::state),
                                firewall.stream().map(EntranceStatus::state),
                                endpoints.stream().map(EndpointStatus::state))
                        .flatMap(states -> states)
                        .allMatch(state -> state.equals(UP) || state.equals(LEFT_OUT));
    }
}
