package io.onlink.cli;

import io.onlink.agent.Store;
import io.onlink.apply.HostChange;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Endpoint;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Position;
import io.onlink.hostfile.Segment;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The containers that run on the segments now: what a change of the host file must not take from them. */
final class AttachedContainers {
    private final List<Endpoint> endpoints;
    private final HostChange change;
    private final HostFile before;
    private final HostFile file;

    private AttachedContainers(List<Endpoint> endpoints, HostChange change, HostFile before, HostFile file) {
        this.endpoints = endpoints;
        this.change = change;
        this.before = before;
        this.file = file;
    }

    /**
     * Reads what the agent keeps; changes nothing.
     *
     * @param before the file that holds now
     */
    static AttachedContainers of(StateDirectory directory, HostChange change, HostFile before, HostFile file) {
        return new AttachedContainers(
                endpoints(directory).stream()
                        .filter(endpoint -> isThere(endpoint, change.observed()))
                        .toList(),
                change,
                before,
                file);
    }

    private static List<Endpoint> endpoints(StateDirectory directory) {
        try {
            return Store.read(directory.path(), Store::endpoints).orElse(List.of());
        } catch (ConfigurationException damaged) {
            // The agent says so, too. The ports on the bridges are known all the same, and this is what mends the host.
            return List.of();
        }
    }

    /** What the agent keeps may be older than the boot. */
    private static boolean isThere(Endpoint endpoint, NetworkState observed) {
        String sandbox = endpoint.sandbox();
        return sandbox != null && (observed.link(endpoint.hostLink()) != null || Files.exists(Path.of(sandbox)));
    }

    /**
     * Why the change is not made, a sentence each.
     *
     * @param force the containers may be cut off
     */
    List<String> refusals(boolean force) {
        List<String> refusals = new ArrayList<>();
        if (!force) {
            cutOff().ifPresent(refusals::add);
        }
        refusals.addAll(attachedOtherwise(force));
        refusals.addAll(takenAddresses());
        return refusals;
    }

    /** Also those that the agent does not know: its state may have been lost. */
    private Optional<String> cutOff() {
        Set<String> segments = new TreeSet<>();
        Set<String> lost = new TreeSet<>();
        for (Endpoint endpoint : endpoints) {
            if (before.segments().containsKey(endpoint.segment())
                    && !file.segments().containsKey(endpoint.segment())) {
                segments.add(endpoint.segment());
                lost.add(endpoint.describe());
            }
        }
        for (Link port : change.observed().links().values()) {
            String bridge = port.master();
            if (bridge == null || !Endpoint.isHostLink(port.name()) || keepsBridge(port)) {
                continue;
            }
            if (endpoints.stream().noneMatch(known -> known.hostLink().equals(port.name()))) {
                lost.add(port.name() + " on " + bridge);
            }
        }
        if (lost.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                "the file has no segment %s any more, and containers run on it: %s; nothing was changed: stop them, or leave the segment and its name in the file, or give --force, and they lose their network"
                        .formatted(
                                segments.isEmpty() ? "for them" : String.join(", ", segments),
                                String.join(", ", lost)));
    }

    private boolean keepsBridge(Link port) {
        Link desired = change.desired().link(port.name());
        String master = desired == null ? null : desired.master();
        return master != null && change.desired().link(master) != null;
    }

    /** A container keeps the link that it got when it started. */
    private List<String> attachedOtherwise(boolean force) {
        List<String> refusals = new ArrayList<>();
        for (Segment now : file.segments().values()) {
            Segment old = before.segments().get(now.name());
            if (old == null) {
                continue;
            }
            String lost = endpoints.stream()
                    .filter(endpoint -> endpoint.segment().equals(now.name()))
                    .map(Endpoint::describe)
                    .collect(Collectors.joining(", "));
            String what = otherwise(old, now);
            boolean isRefusedByKernel = needsUplinkOfLinks(old, now);
            if (lost.isEmpty() || what.isEmpty() || (force && !isRefusedByKernel)) {
                continue;
            }
            String advice = isRefusedByKernel
                    ? "stop them first, as the kernel makes no bridge's port of a link on which theirs lie, and start them afterwards"
                    : "stop them, and start them again afterwards, or give --force, and they lose their network until they are started again";
            refusals.add("%s: segments.%s: %s, and containers run on it: %s; nothing was changed: %s"
                    .formatted(now.position(), now.name(), what, lost, advice));
        }
        return refusals;
    }

    /** Empty where those who run keep their links. A bridge's ports stay such when it gets another uplink. */
    private static String otherwise(Segment old, Segment now) {
        if (old.attach() != now.attach()) {
            return "attach: %s becomes attach: %s"
                    .formatted(old.attach().word(), now.attach().word());
        }
        return now.hasBridge() || old.uplink().equals(now.uplink())
                ? ""
                : "uplink %s becomes %s".formatted(old.uplink(), now.uplink());
    }

    /** One link has bridge ports' or macvlan's receive handler, not both (EBUSY). */
    private static boolean needsUplinkOfLinks(Segment old, Segment now) {
        return !old.hasBridge() && now.hasBridge() && old.uplink().equals(now.uplink());
    }

    private List<String> takenAddresses() {
        List<String> refusals = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            segment.addresses()
                    .forEach(address -> taken(address, segment.link(), "segments." + segment.name(), segment.position())
                            .ifPresent(refusals::add));
        }
        for (HostFile.Ethernet nic : file.ethernets().values()) {
            nic.addresses()
                    .forEach(address -> taken(address, nic.name(), "ethernets." + nic.name(), nic.position())
                            .ifPresent(refusals::add));
        }
        return refusals;
    }

    private Optional<String> taken(InterfaceAddress address, String link, String key, Position position) {
        boolean isHosts =
                change.observed().addresses().stream().anyMatch(own -> own.ip().equals(address.ip()));
        if (isHosts) {
            return Optional.empty();
        }
        return endpoints.stream()
                .filter(endpoint -> has(endpoint, address.ip()) && isInDomainOf(link, endpoint))
                .findFirst()
                .map(endpoint ->
                        "%s: %s: %s belongs to %s, which runs on this host; nothing was changed: give the host another address, or stop that container first"
                                .formatted(position, key, address, endpoint.describe()));
    }

    private static boolean has(Endpoint endpoint, IpAddress ip) {
        return endpoint.addresses().anyMatch(address -> address.ip().equals(ip));
    }

    /** Two segments may have the same network, each in a VRF of its own. */
    private boolean isInDomainOf(String link, Endpoint endpoint) {
        Segment segment = file.segments().get(endpoint.segment());
        return segment != null
                && Objects.equals(
                        file.vrfOf(link).map(HostFile.Vrf::name),
                        file.vrfOf(segment.link()).map(HostFile.Vrf::name));
    }

    /** What becomes of the Docker networks, a sentence each. */
    static List<String> networksThatStay(HostFile before, HostFile after) {
        return before.segments().values().stream()
                .filter(segment -> segment.containers().isPresent())
                .map(Segment::name)
                .filter(name -> ContainersInPlan.containers(after, name).isEmpty())
                .map(name ->
                        "segment %s is none for containers any more, and its Docker network stays until it is removed: docker network rm %s"
                                .formatted(name, name))
                .toList();
    }
}
