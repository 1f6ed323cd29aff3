package io.onlink.netlink;

import io.onlink.libc.Libc;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import java.util.Optional;

/**
 * RTM_GETNEIGH of the family AF_BRIDGE: which stations a bridge knows behind which port, its forwarding database. The header is
 * {@code struct ndmsg}, see {@link NeighbourMessages}.
 */
public final class StationMessages {
    private static final int NDA_LLADDR = 2;
    private static final int NDA_MASTER = 9;

    private StationMessages() {}

    /**
     * A MAC address that came in by a port, or was set by hand there.
     *
     * @param bridge the bridge's number
     * @param port the port's number
     */
    public record Station(MacAddress mac, int bridge, int port) {}

    /** For {@link NetlinkSocket#dump}: what all bridges know. */
    public static Request list() {
        return Request.of(RtnetlinkConstants.RTM_GETNEIGH, 0)
                .u8(Libc.AF_BRIDGE)
                .u8(0)
                .u16(0)
                .s32(0)
                .u16(0)
                .u8(0)
                .u8(0);
    }

    /** Empty for the addresses of the host's own links, and for what is not a bridge's. */
    public static Optional<Station> parse(Message message) {
        ByteReader reader = message.payload().copy();
        reader.skip(4);
        int port = reader.s32();
        int state = reader.u16();
        reader.skip(2);
        Attributes attributes = Attributes.parse(reader);
        Optional<MacAddress> mac =
                attributes.bytes(NDA_LLADDR).filter(bytes -> bytes.length == 6).map(MacAddress::of);
        Optional<Integer> bridge = attributes.find(NDA_MASTER).map(ByteReader::s32);
        if (mac.isEmpty() || bridge.isEmpty() || (state & Neighbour.PERMANENT) != 0) {
            return Optional.empty();
        }
        return Optional.of(new Station(mac.get(), bridge.get(), port));
    }
}
