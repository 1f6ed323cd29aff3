package io.onlink.model;

import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An address on a link, with all that is needed to put it back as it was (rtnetlink(7), RTM_NEWADDR).
 *
 * @param link name of the link
 * @param address with its prefix length
 * @param peer the other side of a point-to-point link; null where there is none
 * @param broadcast IPv4 only; null where none is set
 * @param protocol who put it there ({@code IFA_PROTO}); 0 where nobody said
 * @param metric of the connected route that comes with it ({@code IFA_RT_PRIORITY}); 0 for the kernel's own
 * @param label IPv4 only: the name ifconfig(8) shows it under, {@code eth0:1}; null where it is the link's own
 */
public record Address(
        String link,
        InterfaceAddress address,
        @Nullable IpAddress peer,
        @Nullable IpAddress broadcast,
        Scope scope,
        Set<Flag> flags,
        Lifetime lifetime,
        int protocol,
        int metric,
        @Nullable String label) {

    /** {@code IFAPROT_KERNEL_LL} (linux/if_addr.h): the link-local address that the kernel made. */
    public static final int PROTOCOL_KERNEL_LINK_LOCAL = 3;

    /** {@code IFAPROT_KERNEL_RA}: made from a router's advertisement. */
    public static final int PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT = 2;

    public Address {
        flags = Set.copyOf(flags);
    }

    /** What {@code ip} calls {@code proto kernel_ll}: the link-local address of an Ethernet link (RFC 4291, appendix A). */
    public static Address linkLocal(String link, MacAddress mac) {
        InterfaceAddress address = new InterfaceAddress(mac.linkLocal(), 64);
        return new Address(
                link,
                address,
                null,
                null,
                Scope.LINK,
                Set.of(Flag.PERMANENT),
                Lifetime.FOREVER,
                PROTOCOL_KERNEL_LINK_LOCAL);
    }

    /** Without label, and with the kernel's own metric. */
    public Address(
            String link,
            InterfaceAddress address,
            @Nullable IpAddress peer,
            @Nullable IpAddress broadcast,
            Scope scope,
            Set<Flag> flags,
            Lifetime lifetime,
            int protocol) {
        this(link, address, peer, broadcast, scope, flags, lifetime, protocol, 0, null);
    }

    /** An address that stays for ever, as {@code ip addr add ADDRESS dev LINK} gives it. */
    public static Address permanent(String link, InterfaceAddress address) {
        IpAddress broadcast = address.family() == Family.IPV4 && address.prefixLength() < 31
                ? address.network().last()
                : null;
        Scope scope = address.ip().isIpv6LinkLocal() ? Scope.LINK : Scope.GLOBAL;
        return new Address(link, address, null, broadcast, scope, Set.of(Flag.PERMANENT), Lifetime.FOREVER, 0);
    }

    public IpAddress ip() {
        return address.ip();
    }

    public Family family() {
        return address.family();
    }

    /** The same address on another link, without the label, which has the link's name in it. */
    public Address on(String otherLink) {
        return new Address(otherLink, address, peer, broadcast, scope, flags, lifetime, protocol, metric, null);
    }

    public Address withMetric(int newMetric) {
        return new Address(link, address, peer, broadcast, scope, flags, lifetime, protocol, newMetric, label);
    }

    public Address withFlag(Flag flag) {
        Set<Flag> more = new HashSet<>(flags);
        more.add(flag);
        return new Address(link, address, peer, broadcast, scope, more, lifetime, protocol, metric, label);
    }

    /** With these flags and no others. */
    public Address withFlags(Flag... newFlags) {
        return new Address(link, address, peer, broadcast, scope, Set.of(newFlags), lifetime, protocol, metric, label);
    }

    public Address withProtocol(int newProtocol) {
        return new Address(link, address, peer, broadcast, scope, flags, lifetime, newProtocol, metric, label);
    }

    public Address withLifetime(Lifetime newLifetime) {
        return new Address(link, address, peer, broadcast, scope, flags, newLifetime, protocol, metric, label);
    }

    /**
     * Whether the kernel put it there by itself and will again: a link-local address, or one learned
     * from a router. A plan deletes none of these but what would be there twice.
     */
    public boolean isKernelMade() {
        return isKernelsLinkLocal() || isLearned() || scope == Scope.HOST;
    }

    /**
     * Whether it is the link-local address that the kernel made. Before Linux 5.18 only its form tells; one without a
     * connected route is NetworkManager's, which has turned the kernel's own off.
     */
    public boolean isKernelsLinkLocal() {
        return protocol == PROTOCOL_KERNEL_LINK_LOCAL
                || (address.ip().isIpv6LinkLocal()
                        && protocol == 0
                        && !flags.contains(Flag.NO_PREFIX_ROUTE)
                        && (flags.contains(Flag.STABLE_PRIVACY) || address.ip().isOfMacAddress()));
    }

    /**
     * Whether the kernel made it of a router's advertisement (RFC 4862), or of such a one for privacy (RFC 8981). The
     * advertisements keep it alive, so its lifetime says nothing of what anybody wants.
     */
    public boolean isLearned() {
        return family() == Family.IPV6
                && (protocol == PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT
                        || flags.contains(Flag.MANAGE_TEMPORARY)
                        || isTemporary());
    }

    /** Whether it is an IPv6 address for privacy, which is used for a day and is no one's to declare (RFC 8981). */
    public boolean isTemporary() {
        return family() == Family.IPV6 && flags.contains(Flag.SECONDARY);
    }

    /**
     * Whether it stays until somebody deletes it. The flag says so: a router that advertises a declared address's network
     * gives it a lifetime, and renews it.
     */
    public boolean isPermanent() {
        return flags.contains(Flag.PERMANENT) || lifetime.isForever();
    }

    /** Whether duplicate address detection is over, and nobody else had it. */
    public boolean isUnique() {
        return !flags.contains(Flag.TENTATIVE) && !flags.contains(Flag.DAD_FAILED);
    }

    /**
     * Whether the kernel takes both for one address, of which a link has only one: in IPv6 whatever the length of the prefix
     * (net/ipv6/addrconf.c, ipv6_chk_same_addr).
     */
    public boolean isSameAs(Address other) {
        return link.equals(other.link)
                && switch (family()) {
                    case IPV4 -> isWrittenAs(other);
                    case IPV6 -> ip().equals(other.ip());
                };
    }

    private boolean isWrittenAs(Address other) {
        return address.equals(other.address) && Objects.equals(peer, other.peer);
    }

    /** Whether the kernel makes a route for its network. */
    public boolean hasConnectedRoute() {
        return !flags.contains(Flag.NO_PREFIX_ROUTE);
    }

    /** Whether both do the same on the wire and to routes; lifetimes, labels and who put them there do not matter. */
    public boolean hasSameEffectAs(Address other) {
        return isSameAs(other)
                && isWrittenAs(other)
                && scope == other.scope
                && metric == other.metric
                && flags.contains(Flag.NO_PREFIX_ROUTE) == other.flags.contains(Flag.NO_PREFIX_ROUTE);
    }

    /**
     * Whether it has to be changed, though it has the same effect, to be as wanted: it would go by itself and shall stay, or the
     * other way about; or no detection was done for it when it was moved, and that shall not be told of it. The other way
     * about, detection that was done once is done.
     */
    public boolean needsChangeTo(Address wanted) {
        return isPermanent() != wanted.isPermanent()
                || (lifetime.preferred() == 0) != (wanted.lifetime.preferred() == 0)
                || (family() == Family.IPV6 && flags.contains(Flag.NO_DAD) && !wanted.flags.contains(Flag.NO_DAD));
    }

    /** Flags of an address (linux/if_addr.h, IFA_F_*). */
    public enum Flag {
        /** IPv4: a further address of the same network. IPv6: a temporary address (same bit). */
        SECONDARY(0x01),
        /** No duplicate address detection. */
        NO_DAD(0x02),
        OPTIMISTIC(0x04),
        DAD_FAILED(0x08),
        HOME_ADDRESS(0x10),
        DEPRECATED(0x20),
        /** Duplicate address detection still runs. */
        TENTATIVE(0x40),
        PERMANENT(0x80),
        MANAGE_TEMPORARY(0x100),
        /** The kernel makes no connected route for it. */
        NO_PREFIX_ROUTE(0x200),
        MULTICAST_AUTO_JOIN(0x400),
        STABLE_PRIVACY(0x800);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    /**
     * How long an address is good for, in seconds from when it was read.
     *
     * @param valid after that it goes
     * @param preferred after that new connections avoid it
     */
    public record Lifetime(long valid, long preferred) {
        /** {@code INFINITY_LIFE_TIME}: 32 bits of one. */
        public static final long INFINITE = 0xffff_ffffL;

        public static final Lifetime FOREVER = new Lifetime(INFINITE, INFINITE);

        /** The same some time later; an address that is valid for 0 seconds is gone. */
        public Lifetime after(Duration elapsed) {
            return new Lifetime(after(valid, elapsed), after(preferred, elapsed));
        }

        /** The same some time later, but what is left is so much at least; what was nothing before stays nothing. */
        public Lifetime after(Duration elapsed, Duration least) {
            Lifetime left = after(elapsed);
            return new Lifetime(
                    valid == 0 ? 0 : Math.max(left.valid(), least.toSeconds()),
                    preferred == 0 ? 0 : Math.max(left.preferred(), least.toSeconds()));
        }

        private static long after(long seconds, Duration elapsed) {
            return seconds == INFINITE ? INFINITE : Math.max(0, seconds - elapsed.toSeconds());
        }

        public boolean isForever() {
            return valid == INFINITE;
        }
    }
}
