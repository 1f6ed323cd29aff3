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

    private NeighbourMessages() {}

    /** For {@link NetlinkSocket#dump}: the neighbours of all links. */
    public static Request list(Family family) {
        return Request.of(RtnetlinkConstants.RTM_GETNEIGH, 0)
                .u8(family.number())
                .u8(0)
                .u16(0)
                .s32(0)
                .u16(0)
                .u8(0)
                .u8(0);
    }

    /** Makes an entry that is stale, or overwrites one: the kernel uses it, and asks soon whether it still holds. */
    public static Request put(IpAddress ip, MacAddress mac, int linkIndex) {
        return Request.of(
                        RtnetlinkConstants.RTM_NEWNEIGH, NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_REPLACE)
                .u8(ip.family().number())
                .u8(0)
                .u16(0)
                .s32(linkIndex)
                .u16(Neighbour.STALE)
                .u8(0)
                .u8(0)
                .bytes(NDA_DST, ip.toBytes())
                .bytes(NDA_LLADDR, mac.toBytes());
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
        reader.skip(2);
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
        return Optional.of(new Neighbour(names.name(index), ip, mac, state));
    }
}
