package io.onlink.netlink;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import java.util.Optional;

/**
 * RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH.
 *
 * <pre>{@code
 * struct ndmsg {               // 12 bytes
 *     __u8  ndm_family;
 *     __u8  ndm_pad1;
 *     __u16 ndm_pad2;
 *     __s32 ndm_ifindex;
 *     __u16 ndm_state;         // NUD_*
 *     __u8  ndm_flags;         // NTF_*
 *     __u8  ndm_type;
 * };
 * }</pre>
 */
public final class NeighbourMessages {
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;

    private static final int NTF_PROXY = 1 << 3;

    private NeighbourMessages() {}

    /** For {@link NetlinkSocket#dump}: the neighbours of all links. */
    public static Request list(Family family) {
        return header(RtnetlinkConstants.RTM_GETNEIGH, 0, family, 0, 0, 0);
    }

    /** For {@link NetlinkSocket#dump}: those in whose place the host answers. */
    public static Request listProxies(Family family) {
        return header(RtnetlinkConstants.RTM_GETNEIGH, 0, family, 0, 0, NTF_PROXY);
    }

    /**
     * Makes an entry, or overwrites one. One that was learned becomes stale: the kernel uses it, and asks soon whether it still
     * holds.
     */
    public static Request put(Neighbour neighbour, int linkIndex) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_REPLACE;
        boolean stays = neighbour.isSetByHand();
        Request request = header(
                        RtnetlinkConstants.RTM_NEWNEIGH,
                        flags,
                        neighbour.ip().family(),
                        linkIndex,
                        stays ? Neighbour.PERMANENT : Neighbour.STALE,
                        neighbour.proxy() ? NTF_PROXY : 0)
                .bytes(NDA_DST, neighbour.ip().toBytes());
        MacAddress mac = neighbour.mac();
        return mac == null ? request : request.bytes(NDA_LLADDR, mac.toBytes());
    }

    private static Request header(int type, int flags, Family family, int linkIndex, int state, int entryFlags) {
        return Request.of(type, flags)
                .u8(family.number())
                .u8(0)
                .u16(0)
                .s32(linkIndex)
                .u16(state)
                .u8(entryFlags)
                .u8(0);
    }

    /** Takes an entry away, whatever its state. */
    public static Request delete(IpAddress ip, int linkIndex) {
        return Request.of(RtnetlinkConstants.RTM_DELNEIGH, 0)
                .u8(ip.family().number())
                .u8(0)
                .u16(0)
                .s32(linkIndex)
                .u16(0)
                .u8(0)
                .u8(0)
                .bytes(NDA_DST, ip.toBytes());
    }

    /** Empty for a family that Onlink does not speak. */
    public static Optional<Neighbour> parse(Message message, LinkNames names) {
        ByteReader reader = message.payload().copy();
        Optional<Family> family = IpAttributes.family(reader.u8());
        reader.skip(3);
        int index = reader.s32();
        int state = reader.u16();
        boolean isProxy = (reader.u8() & NTF_PROXY) != 0;
        reader.skip(1);
        if (family.isEmpty()) {
            return Optional.empty();
        }
        Attributes attributes = Attributes.parse(reader);
        IpAddress ip = IpAttributes.address(family.get(), attributes, NDA_DST)
                .orElseThrow(() -> new MalformedMessageException("A neighbour has no address"));
        MacAddress mac = attributes
                .bytes(NDA_LLADDR)
                .filter(bytes -> bytes.length == 6)
                .map(MacAddress::of)
                .orElse(null);
        return Optional.of(new Neighbour(names.name(index), ip, mac, state, isProxy));
    }
}
