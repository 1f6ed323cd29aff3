package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Rule;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The order of steps.
 *
 * <p>It is the order in which a host stays reachable over the very NIC that changes: what is new is
 * there before what is old goes. A bridge is made with the NIC's MAC address and is up, and by a stub it
 * passes the NIC's frames, before the NIC becomes its port ({@link Handover}); it has the addresses before the
 * routes move to it; each route moves by one replacing message; only then are the NIC's addresses deleted, and
 * IPv6 turned off on it. Taking a bridge away is the same list the other way about.
 */
final class Planner {
    /** States in which an entry has a MAC address that was heard, and may be asked for again. */
    private static final int KNOWN =
            Neighbour.REACHABLE | Neighbour.STALE | Neighbour.DELAY | Neighbour.PROBE | Neighbour.PERMANENT;

    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;
    private final Set<Feature> features;
    private final Handover handover;
    private final AutomaticIpv6 automatic;
    private final NewVlans vlans;
    private final Arrivals arrivals;
    private final FirewallSteps firewall;
    private final RouteSteps routes;

    Planner(NetworkState observed, NetworkState desired, Set<Feature> features) {
        this.observed = observed;
        this.desired = desired;
        this.draft = new Draft(observed);
        this.features = features;
        this.handover = new Handover(observed, desired, draft, features);
        this.vlans = new NewVlans(observed, desired, draft);
        this.arrivals = new Arrivals(desired, draft);
        this.firewall = new FirewallSteps(observed, desired, draft);
        this.routes = new RouteSteps(desired, draft);
        this.automatic = new AutomaticIpv6(observed, desired, draft);
    }

    Plan plan() {
        firewall.close();
        addRules(rule -> rule.priority() != Rule.SOURCE_PRIORITY);
        renameBridges();
        createLinks();
        arrivals.endSearches();
        automatic.noteChangesOfLans();
        automatic.hold();
        changeLinks();
        setSysctls(Planner::allowsMore);
        deleteRules(rule -> rule.priority() == Rule.SOURCE_PRIORITY);
        moveBetweenRoutingDomains();
        handover.prepare();
        enslave(link -> link.master() == null);
        automatic.addLinkLocals();
        automatic.claimLearned();
        List<AddressGroup> groups = addressGroups();
        List<String> promoting = linksThatLoseAFirstAddress(groups);
        promoting.forEach(link -> setPromoteSecondaries(link, "0", "1"));
        addAddresses(groups);
        automatic.addLearnedAddresses();
        copyNeighbours();
        handover.divert();
        enslave(link -> true);
        routes.add(route -> true);
        addRules(rule -> true);
        automatic.addLearnedRoutes();
        automatic.deleteSpareStandIns();
        handover.move();
        handover.restore();
        routes.deleteUnwanted();
        deleteAddresses();
        automatic.deleteStaleLinkLocals();
        automatic.deleteLearnedInOtherLans();
        promoting.forEach(link -> setPromoteSecondaries(link, "1", "0"));
        setSysctls(name -> true);
        automatic.letGo();
        handover.remove();
        release(link -> true);
        deleteLinks();
        changeAddresses();
        putBackNeighbours();
        deleteRules(rule -> true);
        handover.announceStations();
        firewall.open();
        new Announcements(desired, draft).write();
        return draft.toPlan();
    }

    /**
     * Before the links: the first VRF makes an l3mdev rule where there is none, and then it is not ours to undo. Those of a source
     * once their tables lead somewhere.
     */
    private void addRules(Predicate<Rule> now) {
        for (Rule rule : desired.rules()) {
            if (now.test(rule) && !draft.rules().contains(rule)) {
                draft.add(rule);
            }
        }
    }

    /** A segment's bridge under another name is the same bridge, with its containers: its alias says whose it is. */
    private void renameBridges() {
        if (!features.contains(Feature.LIVE_RENAME)) {
            return;
        }
        for (Link wanted : desired.links().values()) {
            String alias = wanted.attributes().alias();
            if (wanted instanceof Bridge && alias != null && draft.link(wanted.name()) == null) {
                draft.links().stream()
                        .filter(link -> link instanceof Bridge && desired.link(link.name()) == null)
                        .filter(link -> alias.equals(link.attributes().alias()))
                        .findFirst()
                        .ifPresent(link -> draft.rename(link.name(), wanted.name()));
            }
        }
    }

    private void createLinks() {
        for (Link link : NewVlans.parentsFirst(desired.links().values())) {
            Link current = draft.link(link.name());
            if (current != null && mustBeMadeAnew(current, link)) {
                takeApart(current);
                current = null;
            }
            if (current == null && link instanceof Vrf vrf) {
                freeTable(vrf.table());
            }
            // The peer of a veth comes with it.
            if (current == null && !(link instanceof OtherLink)) {
                draft.create(link);
                vlans.keepSilent(link);
            }
        }
    }

    /** In strict mode the kernel makes no VRF with a table that another one has. */
    private void freeTable(int table) {
        for (Link link : draft.links()) {
            if (link instanceof Vrf vrf
                    && vrf.table() == table
                    && !(desired.link(vrf.name()) instanceof Vrf wanted && wanted.table() == table)) {
                takeApart(vrf);
            }
        }
    }

    /** A VRF's table, a VLAN's number and a link's kind are given at creation only. */
    private static boolean mustBeMadeAnew(Link current, Link desired) {
        return switch (desired) {
            case Vrf vrf -> !(current instanceof Vrf other && other.table() == vrf.table());
            case Bridge bridge -> !(current instanceof Bridge);
            case Vlan vlan ->
                !(current instanceof Vlan other
                        && other.id() == vlan.id()
                        && Objects.equals(other.parent(), vlan.parent()));
            case Veth _, Macvlan _, Ipvlan _, OtherLink _ -> false;
        };
    }

    private void changeLinks() {
        for (Link wanted : NewVlans.parentsFirst(desired.links().values())) {
            Link current = draft.link(wanted.name());
            if (current == null) {
                continue;
            }
            if (wanted instanceof Bridge bridge
                    && current instanceof Bridge now
                    && !now.options().equals(bridge.options())) {
                Bridge changed = new Bridge(now.attributes(), bridge.options());
                draft.change(changed, new Step.SetBridgeOptions(now.name(), now.options(), bridge.options()));
                current = changed;
            }
            MacAddress mac = wanted.attributes().mac();
            MacAddress currentMac = current.attributes().mac();
            if (mac != null && currentMac != null && !mac.equals(currentMac)) {
                current = current.withAttributes(current.attributes().withMac(mac));
                draft.change(current, new Step.SetMac(current.name(), currentMac, mac));
                rememberNeighbours(current);
            }
            int mtu = wanted.attributes().mtu();
            int currentMtu = current.attributes().mtu();
            if (mtu != 0 && currentMtu != 0 && mtu != currentMtu) {
                current = current.withAttributes(current.attributes().withMtu(mtu));
                draft.change(current, new Step.SetMtu(current.name(), currentMtu, mtu));
            }
            if (wanted.isUp() && !current.isUp()) {
                draft.change(current.withUp(true), new Step.SetUp(current.name(), true));
            }
        }
    }

    /** With the MAC address the kernel forgets them all (neigh_changeaddr), and packets would wait for an answer. */
    private void rememberNeighbours(Link changed) {
        String link = changed.name();
        draft.forgetNeighbours(link);
        if (!changed.isUp()) {
            return;
        }
        observed.neighbours().stream()
                .filter(neighbour -> neighbour.link().equals(link) && neighbour.mac() != null)
                .filter(neighbour -> !neighbour.isSetByHand() && (neighbour.state() & KNOWN) != 0)
                .forEach(neighbour -> draft.add(
                        new Neighbour(link, neighbour.ip(), Objects.requireNonNull(neighbour.mac()), Neighbour.STALE)));
    }

    /**
     * Sysctls that have to be set before addresses are added: the kernel gives none while IPv6 is off. That it makes
     * addresses itself comes last.
     */
    private static boolean allowsMore(String change) {
        return !change.endsWith("/disable_ipv6=1")
                && !change.contains("/addr_gen_mode=")
                && !change.endsWith("_l3mdev_accept=0");
    }

    private void setSysctls(Predicate<String> now) {
        // A link that obeys no routers any more keeps its token, and takes none.
        setSysctls(NetworkState::isToken, change -> change.endsWith("=::"));
        setSysctls(name -> true, now);
    }

    private void setSysctls(Predicate<String> which, Predicate<String> now) {
        desired.sysctls().forEach((name, value) -> {
            String current = draft.sysctl(name);
            if (current != null && !current.equals(value) && which.test(name) && now.test(name + "=" + value)) {
                draft.set(name, current, value);
            }
        });
    }

    /**
     * The kernel takes IPv6 addresses and all routes from a link that enters or leaves a VRF, and from its VLANs: it takes the
     * link down and up again (drivers/net/vrf.c, cycle_netdev). They are deleted before by name, so that each is undone by name,
     * and found missing afterwards.
     */
    private void moveBetweenRoutingDomains() {
        for (Link wanted : desired.links().values()) {
            Link current = draft.link(wanted.name());
            if (current == null || Objects.equals(current.master(), wanted.master())) {
                continue;
            }
            if (!isVrf(current.master()) && !isVrf(wanted.master())) {
                continue;
            }
            List<String> cycled = takeFromRoutingToCycle(current.name());
            draft.change(
                    current.withMaster(wanted.master()),
                    new Step.SetMaster(current.name(), current.master(), wanted.master()));
            draft.vlansRise(current.name());
            cycled.forEach(this::arrive);
        }
    }

    /** The link and its VLANs that are up. */
    private List<String> takeFromRoutingToCycle(String link) {
        List<String> cycled = Stream.concat(
                        Stream.of(link),
                        draft.vlansOn(link).stream().filter(Link::isUp).map(Link::name))
                .toList();
        cycled.forEach(one -> takeFromRouting(one, Family.IPV6));
        cycled.forEach(draft::forgetNeighbours);
        AutomaticIpv6.lose(draft, cycled);
        return cycled;
    }

    /** At once, not when the bridges of the same plan are ready: who is reached by this link waits. */
    private void arrive(String link) {
        addressGroups().stream()
                .filter(group -> group.link().equals(link) && group.network().family() == Family.IPV6)
                .flatMap(group -> Stream.concat(group.firstToAdd().stream(), group.restToAdd().stream()))
                .filter(address -> observed.addresses().stream().anyMatch(address::isSameAs))
                .forEach(this::add);
        routes.add(route -> !route.isLinkless()
                && route.nextHops().stream().allMatch(hop -> link.equals(hop.link()) && arrivals.isOnLink(hop))
                && arrivals.hasItsAddresses(link, route.family()));
        addRules(rule -> rule.priority() == Rule.SOURCE_PRIORITY && arrivals.isOf(rule, link));
    }

    private boolean isVrf(@Nullable String link) {
        return link != null && (draft.link(link) instanceof Vrf || desired.link(link) instanceof Vrf);
    }

    /** Ports that change their bridge do so when the new one is connected already. */
    private void enslave(Predicate<Link> now) {
        for (Link wanted : desired.links().values()) {
            Link current = draft.link(wanted.name());
            String master = wanted.master();
            if (current != null
                    && master != null
                    && !master.equals(current.master())
                    && now.test(current)
                    && !handover.takes(wanted.name())) {
                handover.freeFromOtherUplinks(master);
                draft.change(current.withMaster(master), new Step.SetMaster(current.name(), current.master(), master));
                vlans.awaitCarrier(wanted, master);
            }
        }
    }

    private List<AddressGroup> addressGroups() {
        return AddressGroup.of(draft.addresses(), desired.addresses());
    }

    /**
     * When the first IPv4 address of a network goes, the kernel takes the further ones along, unless the link says
     * that one of them takes its place (net/ipv4/devinet.c, __inet_del_ifa).
     */
    private List<String> linksThatLoseAFirstAddress(List<AddressGroup> groups) {
        return groups.stream()
                .filter(AddressGroup::losesItsFirst)
                .map(AddressGroup::link)
                .distinct()
                .filter(link -> "0".equals(draft.sysctl(NetworkState.promoteSecondaries(link))))
                .toList();
    }

    private void setPromoteSecondaries(String link, String from, String to) {
        draft.set(NetworkState.promoteSecondaries(link), from, to);
    }

    private void addAddresses(List<AddressGroup> groups) {
        for (AddressGroup group : groups) {
            group.firstToAdd().ifPresent(this::add);
            for (Address displaced : group.displaced()) {
                takeRoutesThatNeed(displaced);
                draft.delete(displaced);
            }
            group.restToAdd().forEach(this::add);
        }
    }

    private boolean answersFor(IpAddress ip) {
        return observed.addresses().stream()
                .anyMatch(address -> address.isUnique() && address.ip().equals(ip));
    }

    /**
     * What the host answers for already needs no detection, and would be mute for its second; and a route that has it for its
     * source would be refused meanwhile (net/ipv6/route.c, "Invalid source address").
     */
    private void add(Address address) {
        boolean isNeeded = address.family() == Family.IPV6
                && (answersFor(address.ip())
                        || desired.routes().stream().anyMatch(route -> Objects.equals(address.ip(), route.source())));
        draft.add(isNeeded ? address.withFlag(Address.Flag.NO_DAD) : address);
    }

    private void changeAddresses() {
        for (Address wanted : desired.addresses()) {
            draft.addresses().stream()
                    .filter(current -> !current.isKernelMade() && current.hasSameEffectAs(wanted))
                    .filter(current -> current.needsChangeTo(wanted) && hasItsNetworksMetric(current))
                    .forEach(current -> draft.change(current, wanted));
        }
    }

    /** Where addresses of a network have several, the kernel takes the other's route for this one's (modify_prefix_route). */
    private boolean hasItsNetworksMetric(Address address) {
        return draft.addresses().stream()
                .filter(other -> other.link().equals(address.link()))
                .filter(other ->
                        other.address().network().equals(address.address().network()))
                .allMatch(other -> other.metric() == address.metric());
    }

    /** The kernel would take them along, or leave them behind without a way to their router. */
    private void takeRoutesThatNeed(Address address) {
        boolean isLast = draft.addresses().stream()
                .filter(other -> other.link().equals(address.link()) && !other.equals(address))
                .noneMatch(other -> other.hasConnectedRoute()
                        && other.address().network().equals(address.address().network()));
        routes.delete(route -> route.family() == address.family()
                && (Objects.equals(route.source(), address.ip()) || (isLast && route.uses(address.link()))));
    }

    private static boolean has(List<Address> addresses, Address wanted) {
        return addresses.stream().anyMatch(wanted::hasSameEffectAs);
    }

    /**
     * A link that gets another's address does not know the neighbours yet, and while the NIC is a bridge's port their answers
     * come to the bridge alone: a NIC that is given back would be mute until it asks again, a second later.
     */
    private void copyNeighbours() {
        for (Step step : draft.steps()) {
            if (step instanceof Step.AddAddress(Address address)) {
                observed.addresses().stream()
                        .filter(old ->
                                old.ip().equals(address.ip()) && !old.link().equals(address.link()))
                        .forEach(old -> copyNeighbours(old, address));
            }
        }
    }

    private void copyNeighbours(Address from, Address to) {
        for (Neighbour neighbour : observed.neighbours()) {
            MacAddress mac = neighbour.mac();
            if (neighbour.link().equals(from.link())
                    && from.address().network().contains(neighbour.ip())
                    && mac != null
                    && (neighbour.state() & KNOWN) != 0) {
                draft.add(new Neighbour(to.link(), neighbour.ip(), mac, Neighbour.STALE));
            }
        }
    }

    /** The kernel takes all IPv4 routes of a link with its last IPv4 address (fib_disable_ip): those that stay come back. */
    private void deleteAddresses() {
        inOrderOfDeleting(draft.addresses()).stream()
                .filter(address -> !address.isKernelMade())
                .filter(address -> !has(desired.addresses(), address))
                .forEach(address -> {
                    if (isLastOfIpv4(address)) {
                        takeRoutes(address.link(), Family.IPV4);
                    }
                    draft.delete(address);
                });
        routes.add(route -> true);
    }

    private boolean isLastOfIpv4(Address address) {
        return address.family() == Family.IPV4
                && draft.addresses().stream()
                        .filter(other -> other.link().equals(address.link()) && !other.equals(address))
                        .noneMatch(other -> other.family() == Family.IPV4);
    }

    private void takeRoutes(String link, Family family) {
        routes.delete(route -> route.family() == family && route.uses(link));
    }

    /**
     * In IPv4 the last first: when the first of a network goes, the kernel takes its secondaries along. In IPv6 the first
     * first: what is left in the middle of it is then what was there before the others, which can be put in front again.
     */
    private static List<Address> inOrderOfDeleting(List<Address> addresses) {
        return Stream.concat(
                        addresses.stream().filter(address -> address.family() == Family.IPV6),
                        addresses.reversed().stream().filter(address -> address.family() == Family.IPV4))
                .toList();
    }

    private void release(Predicate<Link> now) {
        for (Link current : draft.links()) {
            Link wanted = desired.link(current.name());
            if (wanted != null
                    && wanted.master() == null
                    && current.master() != null
                    && now.test(current)
                    && !handover.takes(current.name())) {
                draft.change(current.withMaster(null), new Step.SetMaster(current.name(), current.master(), null));
            }
        }
    }

    private void deleteLinks() {
        for (Link current : NewVlans.parentsLast(draft.links())) {
            Link wanted = desired.link(current.name());
            if (wanted == null) {
                takeApart(current);
            } else if (current.isUp() && !wanted.isUp()) {
                setDown(current);
            }
        }
    }

    /**
     * The kernel takes the IPv6 addresses of a link that goes down (addrconf_ifdown), and gives it new ones all the same: a
     * link that was found down with addresses gets them back afterwards.
     */
    private void setDown(Link link) {
        List<Address> addresses = draft.addresses().stream()
                .filter(address -> address.link().equals(link.name()) && address.family() == Family.IPV6)
                .filter(address -> !address.isKernelMade())
                .toList();
        addresses.forEach(draft::delete);
        draft.change(link.withUp(false), new Step.SetUp(link.name(), false));
        addresses.reversed().forEach(draft::add);
        draft.forgetNeighbours(link.name());
    }

    /** Those set by hand, which the kernel takes along with a link's last address. */
    private void putBackNeighbours() {
        for (Neighbour neighbour : desired.neighbours()) {
            if (neighbour.isSetByHand()
                    && draft.link(neighbour.link()) != null
                    && (draft.hasForgottenNeighbours(neighbour.link())
                            || !observed.neighbours().contains(neighbour))) {
                draft.add(neighbour);
            }
        }
    }

    /** Deletes a link after all that hangs on it, so that each part is undone by name. */
    private void takeApart(Link link) {
        for (Link port : draft.links()) {
            if (link.name().equals(port.master())) {
                if (link instanceof Vrf) {
                    takeFromRoutingToCycle(port.name());
                }
                draft.change(port.withMaster(null), new Step.SetMaster(port.name(), link.name(), null));
                if (link instanceof Vrf) {
                    draft.vlansRise(port.name());
                }
            }
        }
        takeFromRouting(link.name(), Family.IPV4, Family.IPV6);
        String master = link.master();
        if (master != null) {
            draft.change(link.withMaster(null), new Step.SetMaster(link.name(), master, null));
        }
        if (link.isUp()) {
            draft.change(link.withMaster(null).withUp(false), new Step.SetUp(link.name(), false));
        }
        draft.delete(link);
    }

    /** Deletes a link's routes, and its addresses of the families. */
    private void takeFromRouting(String link, Family... families) {
        routes.delete(route -> route.uses(link));
        inOrderOfDeleting(draft.addresses()).stream()
                .filter(address -> address.link().equals(link) && !address.isKernelMade())
                .filter(address -> List.of(families).contains(address.family()))
                .forEach(draft::delete);
    }

    private void deleteRules(Predicate<Rule> now) {
        for (Rule rule : draft.rules()) {
            if (now.test(rule) && !desired.rules().contains(rule)) {
                draft.delete(rule);
            }
        }
    }
}
