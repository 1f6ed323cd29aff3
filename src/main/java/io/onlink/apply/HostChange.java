package io.onlink.apply;

import io.onlink.coexistence.Instructions;
import io.onlink.desired.Desired;
import io.onlink.desired.Found;
import io.onlink.failure.UnsupportedException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.hostfile.SegmentKind;
import io.onlink.kernel.Kernel;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Stub;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import io.onlink.plan.Plan;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A change of the host that has been thought through and not been made: what is observed, what is
 * desired, the plan between them, and what has to be remembered to go back.
 *
 * @param leftOut what the kernel cannot do, and the change goes on without
 * @param misfits why parts of the host file do not fit this host any more; the change leaves what they speak of as it is
 * @param forOthers what other programs are told with it
 */
public record HostChange(
        NetworkState observed,
        NetworkState desired,
        Plan plan,
        Found found,
        List<LeftOut> leftOut,
        List<String> misfits,
        Instructions forOthers) {
    public HostChange {
        leftOut = List.copyOf(leftOut);
        misfits = List.copyOf(misfits);
    }

    /**
     * The change that makes a host file true. Reads the kernel, changes nothing.
     *
     * @param found how the host was found, by what was remembered so far
     * @param skipUnsupported go on without what the kernel cannot do
     * @throws UnsupportedException if the kernel lacks what the file asks for
     * @throws io.onlink.failure.ConfigurationException if the file does not fit this host
     */
    public static HostChange to(HostFile file, Kernel kernel, Found found, boolean skipUnsupported) {
        return to(file, kernel, found, skipUnsupported, Desired::of);
    }

    /**
     * The change that makes a file true again which was applied to this host, as far as it still fits, and as far as the kernel
     * can: where nobody is there to be asked, a half of the host is better than none. Reads the kernel, changes nothing.
     */
    public static HostChange asFarAsItFits(HostFile file, Kernel kernel, Found found) {
        return to(file, kernel, found, true, Desired::asFarAsItFits);
    }

    private interface Laying {
        Desired over(HostFile file, Found found, NetworkState observed);
    }

    private static HostChange to(HostFile file, Kernel kernel, Found found, boolean skipUnsupported, Laying laying) {
        List<LeftOut> leftOut = new ArrayList<>();
        HostFile possible = file;
        if (!file.vrfs().isEmpty() && !kernel.supportsLinkKind("vrf")) {
            String vrfs = String.join(", ", file.vrfs().keySet());
            HostFile.Vrf first = file.vrfs().firstEntry().getValue();
            if (!skipUnsupported) {
                throw new UnsupportedException(
                        ("%s: vrfs.%s: this kernel cannot make VRF devices (CONFIG_NET_VRF, module vrf). Nothing was"
                                        + " changed. Load the module or boot a kernel that has it; --skip-unsupported goes on"
                                        + " without the VRFs and leaves their interfaces as they are")
                                .formatted(first.position(), vrfs));
            }
            leftOut.add(new LeftOut(
                    LeftOut.Part.VRFS, vrfs, "this kernel cannot make VRF devices; its interfaces stay as they are"));
            possible = withoutVrfs(file);
        }
        for (SegmentKind kind : SegmentKind.values()) {
            possible = withoutSegmentsOf(kind, possible, kernel, skipUnsupported, leftOut);
        }
        possible = withoutImpossibleFirewall(possible, kernel, skipUnsupported, leftOut);
        NetworkState observed = kernel.observe();
        Desired desired = laying.over(possible, found, observed);
        Found remembered = found.including(desired.managed(), observed, desired.state());
        Set<Feature> features = kernel.features();
        Plan plan = Plan.between(observed, desired.state(), features);
        leftOut.addAll(unguarded(plan, features));
        return new HostChange(
                observed, desired.state(), plan, remembered, leftOut, desired.misfits(), Instructions.none());
    }

    /** The change that gives the host back as it was found. Reads the kernel, changes nothing. */
    public static HostChange back(Kernel kernel, Found found) {
        NetworkState observed = kernel.observe();
        NetworkState desired = found.restoredIn(observed);
        Set<Feature> features = kernel.features();
        Plan plan = Plan.between(observed, desired, features);
        List<LeftOut> leftOut = new ArrayList<>(unguarded(plan, features));
        found.displacedIn(desired).stream()
                .map(route -> new LeftOut(
                        LeftOut.Part.ROUTE,
                        "%s by %s"
                                .formatted(
                                        route.destination().isDefault() ? "default" : route.destination(),
                                        route.link()),
                        "the kernel would make one of it and of the route that others have put in its place since (metric %d); delete theirs first, or add it by hand with another metric"
                                .formatted(route.metric())))
                .forEach(leftOut::add);
        return new HostChange(observed, desired, plan, found, leftOut, List.of(), Instructions.none());
    }

    /** What is said where frames may be lost for want of redirects. */
    private static List<LeftOut> unguarded(Plan plan, Set<Feature> features) {
        boolean moves = plan.steps().stream().anyMatch(Step.SetMaster.class::isInstance);
        return !moves || features.contains(Feature.REDIRECT) || features.contains(Feature.FORWARD)
                ? List.of()
                : List.of(LeftOut.of(
                        LeftOut.Part.REDIRECTS,
                        "this kernel has none (BPF at tcx, Linux 6.6; or nftables netdev tables with an owner,"
                                + " Linux 5.12, and libnftables): a few frames may be lost"
                                + " in the moment in which a NIC becomes a bridge's port or ceases to be one"));
    }

    /** The same change, with other programs told. */
    public HostChange with(Instructions told) {
        return new HostChange(observed, desired, plan, found, leftOut, misfits, told);
    }

    /** What becomes of connections that exist, a sentence each; none where nothing enters or leaves a VRF. */
    public List<String> connections() {
        List<String> sentences = new ArrayList<>();
        for (Link link : desired.links().values()) {
            Optional<String> joined = vrfOf(link.name(), desired);
            if (vrfOf(link.name(), observed).equals(joined)) {
                continue;
            }
            vrfLeftBy(link.name())
                    .ifPresent(vrf -> sentences.add(
                            "%s leaves VRF %s: connections that were accepted there are bound to it and end; older ones go on"
                                    .formatted(link.name(), vrf)));
            joined.filter(vrf -> observed.link(link.name()) != null)
                    .ifPresent(vrf -> sentences.add(
                            "%s joins VRF %s: the kernel takes %s down and up again for that. Connections to its declared addresses go on, by the rules of priority %d; what is accepted from then on is bound to %s, and what this host begins goes by the main table as before"
                                    .formatted(
                                            link.name(),
                                            vrf,
                                            withVlansThatAreUp(link.name()),
                                            Rule.SOURCE_PRIORITY,
                                            vrf)));
        }
        return sentences;
    }

    private String withVlansThatAreUp(String link) {
        List<String> vlans =
                vlansOn(link).filter(Link::isUp).map(Link::name).sorted().toList();
        return vlans.isEmpty() ? link : "%s and its VLANs (%s)".formatted(link, String.join(", ", vlans));
    }

    /** The VRF that a link is a member of and shall be no more. */
    public Optional<String> vrfLeftBy(String link) {
        return vrfOf(link, observed).filter(vrf -> !vrfOf(link, desired).equals(Optional.of(vrf)));
    }

    private static Optional<String> vrfOf(String name, NetworkState state) {
        Link link = state.link(name);
        return Optional.ofNullable(link == null ? null : link.master())
                .filter(master -> state.link(master) instanceof Vrf);
    }

    /** Whether there is nothing to do, in the kernel and elsewhere. */
    public boolean isEmpty() {
        return plan.isEmpty() && forOthers.isEmpty();
    }

    private static HostFile withoutSegmentsOf(
            SegmentKind kind, HostFile file, Kernel kernel, boolean skipUnsupported, List<LeftOut> leftOut) {
        List<Segment> needy = kind.neededBy(file);
        if (needy.isEmpty() || kernel.supportsLinkKind(kind.word())) {
            return file;
        }
        if (!skipUnsupported) {
            throw kind.lackedFor(needy.getFirst(), SegmentKind.SKIP_UNSUPPORTED);
        }
        needy.forEach(segment -> leftOut.add(
                new LeftOut(LeftOut.Part.SEGMENT, segment.name(), "this kernel cannot make " + kind.what())));
        return kind.without(file);
    }

    /** A segment in a VRF goes with it: in the main table its routes would be somebody else's. */
    private static HostFile withoutVrfs(HostFile file) {
        SequencedMap<String, Segment> segments = new LinkedHashMap<>(file.segments());
        segments.values().removeIf(segment -> file.vrfOf(segment.link()).isPresent());
        return new HostFile(
                file.version(), segments, file.ethernets(), new LinkedHashMap<>(), file.firewall(), file.verify());
    }

    private static HostFile withoutImpossibleFirewall(
            HostFile file, Kernel kernel, boolean skipUnsupported, List<LeftOut> leftOut) {
        if (!file.hostFirewall().isThere()) {
            return file;
        }
        Optional<String> refusal = kernel.refusalOf(file.hostFirewall());
        if (refusal.isEmpty()) {
            return file;
        }
        HostFile.Entrance first = file.firewall().firstEntry().getValue();
        if (!skipUnsupported) {
            throw new UnsupportedException(
                    "%s: firewall.%s: this host cannot have a firewall (nf_tables of family inet with conntrack, Linux 5.6): %s. Nothing was changed. Load the modules nf_tables, nft_ct and nf_conntrack or boot a kernel that has them; --skip-unsupported goes on without it, and everybody gets in"
                            .formatted(first.position(), first.name(), refusal.get()));
        }
        leftOut.add(LeftOut.of(LeftOut.Part.FIREWALL, "everybody gets in: " + refusal.get()));
        return new HostFile(
                file.version(), file.segments(), file.ethernets(), file.vrfs(), new LinkedHashMap<>(), file.verify());
    }

    /**
     * Refuses a change that could not be taken back: one that deletes what Onlink cannot make.
     *
     * @throws UnsupportedException naming the routes
     */
    public void requireWayBack() {
        missingWayBack().ifPresent(reason -> {
            throw new UnsupportedException(reason);
        });
    }

    /** Why the change could not be taken back; empty if it could. */
    public Optional<String> missingWayBack() {
        List<String> lost = displaced()
                .filter(route -> route.more() != null)
                .map(route -> "%s by %s (%s)".formatted(route.destination(), route.link(), route.more()))
                .toList();
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "the change deletes routes that Onlink could not put back, and nothing was changed: %s. Delete them by hand before (ip route del), or give them another link"
                                .formatted(String.join(", ", lost)));
    }

    /**
     * What is desired, beside what others did meanwhile: containers came and went, an engine made a bridge. Their links
     * stand in it as they are now, but for those of them that the plan changes and that are still there. A route of theirs that
     * stood where the plan has changed one is not forgiven: it may be the plan that took it.
     *
     * @param now the host as it is after the last step
     */
    NetworkState desiredBeside(NetworkState now) {
        NetworkState.Builder beside = desired.toBuilder();
        Set<String> names = new TreeSet<>(desired.links().keySet());
        names.addAll(now.links().keySet());
        names.removeAll(found.links());
        names.removeIf(Stub::isEnd);
        Set<String> others = new HashSet<>();
        for (String name : names) {
            Link link = now.link(name);
            if (link != null && !Objects.equals(observed.link(name), desired.link(name))) {
                continue;
            }
            others.add(name);
            beside.remove(name);
            if (link != null) {
                beside.put(link);
                beside.addresses.addAll(now.addressesOf(name));
            }
        }
        Predicate<Route> isOfOthers = route -> route.nextHops().stream().anyMatch(hop -> others.contains(hop.link()));
        Set<Route.Place> changed = changedPlaces();
        beside.routes.clear();
        desired.routes().stream()
                .filter(route -> !isOfOthers.test(route) || changed.contains(route.place()))
                .filter(route -> route.nextHops().stream()
                        .allMatch(hop -> hop.link() == null || beside.links.containsKey(hop.link())))
                .forEach(beside.routes::add);
        Set<Route> there = new HashSet<>(beside.routes);
        now.routes().stream().filter(isOfOthers).filter(there::add).forEach(beside.routes::add);
        now.rules().stream()
                .filter(rule -> !observed.rules().contains(rule) && !beside.rules.contains(rule))
                .forEach(beside.rules::add);
        return beside.build();
    }

    private Set<Route.Place> changedPlaces() {
        return displaced().map(Route::place).collect(Collectors.toSet());
    }

    /** Routes that the plan deletes, or puts others in the place of. */
    private Stream<Route> displaced() {
        return plan.steps().stream().mapMulti((step, routes) -> {
            if (step instanceof Step.DeleteRoute(Route gone)) {
                routes.accept(gone);
            }
            if (step instanceof Step.ReplaceRoute(Route from, var _)) {
                routes.accept(from);
            }
        });
    }

    /** Every link that the change may touch, as it is observed before it, with all its sysctls. */
    Found wayBack() {
        NavigableSet<String> touched = new TreeSet<>(found.links());
        found.links().stream()
                .filter(this::isTakenDownOrUp)
                .flatMap(this::vlansOn)
                .map(Link::name)
                .forEach(touched::add);
        Found back = Found.untouched().including(touched, observed, desired);
        NetworkState.Builder state = back.state().toBuilder();
        observed.sysctls().forEach((name, value) -> {
            if (touched.stream().anyMatch(link -> NetworkState.isSysctlOf(link, name))) {
                state.sysctls.put(name, value);
            }
        });
        state.firewall = observed.firewall().madeWhole();
        return back.withState(state.build()).includingAutomatic(observed);
    }

    /** The kernel does the same to its VLANs, whosever they are; to join a VRF or to leave it means both. */
    private boolean isTakenDownOrUp(String link) {
        Link was = observed.link(link);
        Link wanted = desired.link(link);
        boolean isUp = was != null && was.isUp();
        return isUp != (wanted != null && wanted.isUp())
                || !vrfOf(link, observed).equals(vrfOf(link, desired));
    }

    private Stream<Vlan> vlansOn(String link) {
        return Vlan.on(link, observed.links().values()).stream();
    }
}
