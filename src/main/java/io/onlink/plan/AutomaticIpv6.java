package io.onlink.plan;

import io.onlink.model.Address;
import io.onlink.model.Address.Flag;
import io.onlink.model.Address.Lifetime;
import io.onlink.model.Bridge;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Vrf;
import io.onlink.step.Step;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What IPv6 the kernel makes by itself, on the way from one link to another: the link-local address, and what routers
 * advertised. The kernel would make all of it again, only later: a link-local address after a second of duplicate address
 * detection (which finds nobody on a bridge that has no port yet), the rest with the next advertisement.
 */
final class AutomaticIpv6 {
    private static final String NOT_AT_ALL = "1";

    private final NetworkState observed;
    private final NetworkState desired;
    private final Draft draft;
    private final Map<String, String> held = new TreeMap<>();
    private final Set<String> changingLans = new TreeSet<>();

    AutomaticIpv6(NetworkState observed, NetworkState desired, Draft draft) {
        this.observed = observed;
        this.desired = desired;
        this.draft = draft;
    }

    /**
     * Keeps links that IPv6 is turned on for, or that come up to have a link-local address, from making it before they are on
     * the LAN: it would be there twice, with the one that the plan adds. The last
     * phase of a plan sets every sysctl as it is desired, and lets them.
     */
    void hold() {
        for (Link link : desired.links().values()) {
            String name = NetworkState.addressGeneration(link.name());
            String current = draft.sysctl(name);
            if (current != null && !current.equals(NOT_AT_ALL) && startsIpv6(link)) {
                held.put(name, current);
                draft.set(name, current, NOT_AT_ALL);
            }
        }
    }

    /** Links of which nothing is desired here make their addresses as they did, or as those made anew do. */
    void letGo() {
        held.forEach((name, was) -> {
            if (!desired.sysctls().containsKey(name)) {
                draft.set(name, NOT_AT_ALL, was);
            }
        });
    }

    private boolean startsIpv6(Link link) {
        String disable = NetworkState.disableIpv6(link.name());
        return !(link instanceof Vrf)
                && isOn(desired.sysctls().get(disable))
                && (comesUpToHaveALinkLocal(link)
                        || (isDesired(link) && (isMadeAnew(link.name()) || !isOn(draft.sysctl(disable)))));
    }

    private boolean isDesired(Link link) {
        return desired.sysctls().containsKey(NetworkState.addressGeneration(link.name()));
    }

    private boolean comesUpToHaveALinkLocal(Link wanted) {
        Link now = draft.link(wanted.name());
        return wanted.isUp()
                && now != null
                && !now.isUp()
                && desired.addresses().stream()
                        .anyMatch(address -> address.link().equals(wanted.name()) && address.isKernelsLinkLocal());
    }

    private boolean isMadeAnew(String link) {
        return draft.steps().stream()
                .anyMatch(step -> step instanceof Step.CreateLink(Link made)
                        && made.name().equals(link));
    }

    private static boolean isOn(@Nullable String disableIpv6) {
        return !"1".equals(disableIpv6);
    }

    /**
     * A host that has a link-local address already needs no detection for it: it goes with the MAC address. Another one is
     * looked for where the bridge has its port by now.
     */
    void addLinkLocals() {
        for (Address wanted : desired.addresses()) {
            Link link = draft.link(wanted.link());
            if (wanted.isKernelsLinkLocal()
                    && link != null
                    && link.isUp()
                    && isOn(draft.sysctl(NetworkState.disableIpv6(link.name())))
                    && draft.addresses().stream().noneMatch(wanted::isSameAs)) {
                draft.add(isOurs(wanted.ip()) ? wanted.withFlag(Flag.NO_DAD) : wanted);
            }
        }
    }

    /** An address that a router gave the link, and the file declares now: it stays where it is, and for good. */
    void claimLearned() {
        for (Address wanted : desired.addresses()) {
            draft.addresses().stream()
                    .filter(now -> !wanted.isKernelMade() && now.isLearned() && now.isSameAs(wanted))
                    .forEach(now -> draft.change(now, wanted));
        }
    }

    /** One that the kernel made of a MAC address which the link has no more stays for ever: it does not look again. */
    void deleteStaleLinkLocals() {
        draft.addresses().stream()
                .filter(now ->
                        now.isKernelsLinkLocal() && desired.addresses().stream().noneMatch(now::isSameAs))
                .filter(this::isOfAnotherMac)
                .forEach(draft::delete);
    }

    /** Bridges that are about to be another VLAN's, or their NIC's without a tag. */
    void noteChangesOfLans() {
        draft.links().stream()
                .filter(link -> link instanceof Bridge && changesItsLan(link.name()))
                .map(Link::name)
                .forEach(changingLans::add);
    }

    private boolean changesItsLan(String bridge) {
        List<Link> joining = desired.portsOf(bridge).stream()
                .filter(port -> !Handover.isPortOf(draft.link(port.name()), bridge))
                .toList();
        return draft.links().stream()
                .filter(port ->
                        Handover.isPortOf(port, bridge) && !Handover.isPortOf(desired.link(port.name()), bridge))
                .anyMatch(left -> joining.stream().anyMatch(joined -> UplinkExchange.areOfOneNic(left, joined)));
    }

    /** The routers of the LAN that a bridge has left are not there to take back what they told it. */
    void deleteLearnedInOtherLans() {
        draft.routes().stream()
                .filter(route -> route.isLearned() && changingLans.stream().anyMatch(route::uses))
                .filter(route -> desired.routes().stream().noneMatch(route::isLearnedAs))
                .forEach(draft::delete);
        // The temporary ones first: the kernel takes them along with the address that they are of.
        draft.addresses().stream()
                .filter(address -> address.isLearned() && changingLans.contains(address.link()))
                .filter(address -> desired.addresses().stream().noneMatch(address::isSameAs))
                .sorted(Comparator.comparing(Address::isTemporary).reversed())
                .forEach(draft::delete);
    }

    private boolean isOfAnotherMac(Address address) {
        Link link = desired.link(address.link());
        MacAddress mac = link == null ? null : link.attributes().mac();
        return mac != null
                && isOn(desired.sysctls().get(NetworkState.disableIpv6(address.link())))
                && (!address.ip().equals(mac.linkLocal()) || hasAnother(address));
    }

    private boolean hasAnother(Address address) {
        return desired.addresses().stream()
                .anyMatch(wanted -> wanted.isKernelsLinkLocal() && wanted.link().equals(address.link()));
    }

    private boolean isOurs(IpAddress ip) {
        return observed.addresses().stream()
                .anyMatch(address -> address.ip().equals(ip) && address.isKernelMade() && address.isUnique());
    }

    /** The last first: the kernel puts each new one in front. */
    void addLearnedAddresses() {
        for (Address wanted : desired.addresses().reversed()) {
            if (wanted.isLearned()
                    && wanted.lifetime().valid() > 0
                    && isOn(draft.sysctl(NetworkState.disableIpv6(wanted.link())))
                    && draft.addresses().stream().noneMatch(wanted::isSameAs)) {
                draft.add(carried(wanted));
            }
        }
    }

    /**
     * A temporary address can only be made by the kernel, which makes a new one; the old one stays for the connections
     * that use it, and no new ones.
     */
    private Address carried(Address address) {
        if (address.isTemporary()) {
            return address.withLifetime(new Lifetime(address.lifetime().valid(), 0))
                    .withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT)
                    .withFlags(Flag.NO_DAD, Flag.NO_PREFIX_ROUTE);
        }
        Address plain = address.withProtocol(Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT);
        return isOnTheLink(address)
                ? plain.withFlags(Flag.NO_DAD, Flag.MANAGE_TEMPORARY)
                : plain.withFlags(Flag.NO_DAD, Flag.MANAGE_TEMPORARY, Flag.NO_PREFIX_ROUTE);
    }

    /** Not every network that routers give addresses of is (RFC 4861, 4.6.2: the L bit); the kernel thinks so of what we add. */
    private boolean isOnTheLink(Address address) {
        IpNetwork network = address.address().network();
        return desired.routes().stream()
                        .anyMatch(route -> route.isDirect()
                                && route.uses(address.link())
                                && route.destination().equals(network))
                || desired.addresses().stream()
                        .anyMatch(other -> !other.isLearned()
                                && other.link().equals(address.link())
                                && other.address().network().equals(network));
    }

    void addLearnedRoutes() {
        for (Route wanted : desired.routes()) {
            String link = wanted.link();
            if (wanted.isLearned()
                    && link != null
                    && !wanted.isOver()
                    && isOn(draft.sysctl(NetworkState.disableIpv6(link)))
                    && draft.routes().stream().noneMatch(wanted::isLearnedAs)
                    && !comesWithAnAddress(wanted)) {
                draft.add(standIn(wanted));
            }
        }
    }

    /**
     * A default route is put behind the place that the kernel's own has: at the next advertisement the kernel finds it in
     * the wrong place, and replaces it by one that is wholly its own (net/ipv6/ndisc.c, ndisc_router_discovery).
     */
    private static Route standIn(Route route) {
        boolean isTheKernelsOwn = route.protocol() == Route.PROTOCOL_ROUTER_ADVERTISEMENT;
        int metric = route.destination().isDefault() && isTheKernelsOwn ? route.metric() + 1 : route.metric();
        return route.withMetric(metric).withProtocol(Route.PROTOCOL_BOOT);
    }

    /**
     * The bridge asks for routers as soon as it has a link-local address, and one may answer before its stand-in is put. With
     * both there the router could only withdraw the kernel's own.
     */
    void deleteSpareStandIns() {
        draft.routes().stream()
                .filter(route -> route.isLearned()
                        && route.destination().isDefault()
                        && route.protocol() == Route.PROTOCOL_BOOT
                        && !desired.routes().contains(route))
                .filter(route -> draft.routes().stream()
                        .anyMatch(other ->
                                other.protocol() == Route.PROTOCOL_ROUTER_ADVERTISEMENT && other.isLearnedAs(route)))
                .forEach(draft::delete);
    }

    private boolean comesWithAnAddress(Route route) {
        return route.isDirect()
                && draft.addresses().stream()
                        .anyMatch(address -> address.link().equals(route.link())
                                && address.hasConnectedRoute()
                                && address.address().network().equals(route.destination()));
    }

    /** What the kernel takes without a word from a link whose routing domain changes, and does not make again. */
    static void lose(Draft draft, List<String> links) {
        draft.forget(
                address -> address.isLearned() && links.contains(address.link()),
                route -> route.isLearned() && links.stream().anyMatch(route::uses));
    }
}
