package io.onlink.netlink;

import io.onlink.model.Address;
import io.onlink.model.Address.Flag;
import io.onlink.model.Address.Lifetime;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.Scope;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR.
 *
 * <pre>{@code
 * struct ifaddrmsg {           // 8 bytes
 *     __u8  ifa_family;
 *     __u8  ifa_prefixlen;
 *     __u8  ifa_flags;         // IFA_F_*, the low byte; IFA_FLAGS has all
 *     __u8  ifa_scope;
 *     __u32 ifa_index;
 * };
 * struct ifa_cacheinfo {       // 16 bytes
 *     __u32 ifa_prefered;      // seconds from now
 *     __u32 ifa_valid;
 *     __u32 cstamp;            // hundredths of a second
 *     __u32 tstamp;
 * };
 * }</pre>
 */
public final class AddressMessages {
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_LABEL = 3;
    private static final int IFA_BROADCAST = 4;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_RT_PRIORITY = 9;
    private static final int IFA_PROTO = 11;

    /** The others are the kernel's findings, and EINVAL or ignored when somebody sets them. */
    private static final Set<Flag> SETTABLE = EnumSet.of(
            Flag.NO_DAD,
            Flag.OPTIMISTIC,
            Flag.HOME_ADDRESS,
            Flag.MANAGE_TEMPORARY,
            Flag.NO_PREFIX_ROUTE,
            Flag.MULTICAST_AUTO_JOIN);

    private AddressMessages() {}

    /** For {@link NetlinkSocket#dump}: the addresses of all links. */
    public static Request list(Family family) {
        return Request.of(RtnetlinkConstants.RTM_GETADDR, 0)
                .u8(family.number())
                .u8(0)
                .u8(0)
                .u8(0)
                .s32(0);
    }

    /** EEXIST where the link has the address already; but not if it is a link-local one. */
    public static Request add(Address address, int linkIndex) {
        // The kernel gives a link its link-local address when IPv6 is turned on, unless another program
        // (NetworkManager) has
        // taken that over: which of them is at it now nobody can tell before.
        int other = address.ip().isIpv6LinkLocal() ? NetlinkConstants.NLM_F_REPLACE : NetlinkConstants.NLM_F_EXCL;
        return put(address, linkIndex, NetlinkConstants.NLM_F_CREATE | other);
    }

    /** Gives an address that the link has these flags and this lifetime: no detection, and its routes stay. */
    public static Request change(Address address, int linkIndex) {
        return put(address, linkIndex, NetlinkConstants.NLM_F_REPLACE);
    }

    private static Request put(Address address, int linkIndex, int flags) {
        Request request = header(RtnetlinkConstants.RTM_NEWADDR, flags, address, linkIndex);
        IpAddress broadcast = address.broadcast();
        if (broadcast != null) {
            request.bytes(IFA_BROADCAST, broadcast.toBytes());
        }
        int addressFlags = settableBits(address);
        if (addressFlags != 0) {
            request.u32(IFA_FLAGS, addressFlags);
        }
        Lifetime lifetime = address.lifetime();
        if (!lifetime.equals(Lifetime.FOREVER)) {
            request.attribute(
                    IFA_CACHEINFO,
                    info -> info.s32((int) lifetime.preferred())
                            .s32((int) lifetime.valid())
                            .s32(0)
                            .s32(0));
        }
        if (address.protocol() != 0) {
            request.u8(IFA_PROTO, address.protocol());
        }
        if (address.metric() != 0) {
            request.u32(IFA_RT_PRIORITY, address.metric());
        }
        String label = address.label();
        if (label != null) {
            request.string(IFA_LABEL, label);
        }
        return request;
    }

    /** EADDRNOTAVAIL where the link does not have it. In IPv4 the secondaries of a primary go with it. */
    public static Request delete(Address address, int linkIndex) {
        return header(RtnetlinkConstants.RTM_DELADDR, 0, address, linkIndex);
    }

    /** Empty for a family that Onlink does not speak. */
    public static Optional<Address> parse(Message message, LinkNames names) {
        ByteReader reader = message.payload().copy();
        Optional<Family> family = IpAttributes.family(reader.u8());
        int prefixLength = reader.u8();
        int flags = reader.u8();
        int scope = reader.u8();
        int index = reader.s32();
        if (family.isEmpty()) {
            return Optional.empty();
        }
        IpAttributes.checkPrefixLength(family.get(), prefixLength);
        Attributes attributes = Attributes.parse(reader);
        return Optional.of(parse(family.get(), prefixLength, flags, Scope.of(scope), names.name(index), attributes));
    }

    private static Address parse(
            Family family, int prefixLength, int flags, Scope scope, String link, Attributes attributes) {
        Optional<IpAddress> local = IpAttributes.address(family, attributes, IFA_LOCAL);
        IpAddress address = IpAttributes.address(family, attributes, IFA_ADDRESS)
                .or(() -> local)
                .orElseThrow(() -> new MalformedMessageException("An address of " + link + " has no value"));
        // On a point-to-point link IFA_ADDRESS is the other side; IPv6 leaves IFA_LOCAL out where there is none.
        IpAddress own = local.orElse(address);
        return new Address(
                link,
                new InterfaceAddress(own, prefixLength),
                own.equals(address) ? null : address,
                IpAttributes.address(family, attributes, IFA_BROADCAST).orElse(null),
                scope,
                flags(attributes.s32(IFA_FLAGS).orElse(flags)),
                attributes.find(IFA_CACHEINFO).map(AddressMessages::lifetime).orElse(Lifetime.FOREVER),
                attributes.u8(IFA_PROTO).orElse(0),
                attributes.s32(IFA_RT_PRIORITY).orElse(0),
                attributes
                        .string(IFA_LABEL)
                        .filter(label -> !label.equals(link))
                        .orElse(null));
    }

    private static Lifetime lifetime(ByteReader cacheInfo) {
        long preferred = cacheInfo.u32();
        long valid = cacheInfo.u32();
        return new Lifetime(valid, preferred);
    }

    private static Set<Flag> flags(int bits) {
        Set<Flag> flags = EnumSet.noneOf(Flag.class);
        for (Flag flag : Flag.values()) {
            if ((bits & flag.bit()) != 0) {
                flags.add(flag);
            }
        }
        return flags;
    }

    private static int settableBits(Address address) {
        return address.flags().stream()
                .filter(SETTABLE::contains)
                .mapToInt(Flag::bit)
                .sum();
    }

    private static Request header(int type, int requestFlags, Address address, int linkIndex) {
        IpAddress peer = address.peer();
        byte[] own = address.ip().toBytes();
        return Request.of(type, requestFlags)
                .u8(address.family().number())
                .u8(address.address().prefixLength())
                .u8(0)
                .u8(address.scope().number())
                .s32(linkIndex)
                .bytes(IFA_LOCAL, own)
                .bytes(IFA_ADDRESS, peer == null ? own : peer.toBytes());
    }
}
