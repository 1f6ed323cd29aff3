package io.onlink.netlink;

import io.onlink.model.BridgePort;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.netlink.kind.BridgePortKind;
import io.onlink.netlink.kind.LinkKinds;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * RTM_NEWLINK or RTM_DELLINK as received. It speaks of a master by its index, so that a whole list can be read before
 * the names are known.
 *
 * <pre>{@code
 * struct ifinfomsg {                  // 16 bytes
 *     unsigned char   ifi_family;     // AF_UNSPEC, or AF_BRIDGE: about the link as a bridge's port
 *     unsigned char   __ifi_pad;
 *     unsigned short  ifi_type;       // ARPHRD_*
 *     int             ifi_index;
 *     unsigned        ifi_flags;      // IFF_*
 *     unsigned        ifi_change;
 * };
 * }</pre>
 */
public record LinkMessage(int family, int type, int index, int flags, String name, Attributes attributes) {
    /** BR_STATE_*: the model lists them in the kernel's order. */
    private static final List<PortState> PORT_STATES = List.of(PortState.values());

    /** Reads all but what the kind alone understands. */
    public static LinkMessage parse(Message message) {
        ByteReader reader = message.payload().copy();
        int family = reader.u8();
        reader.skip(1);
        int type = reader.u16();
        int index = reader.s32();
        int flags = reader.s32();
        reader.skip(Integer.BYTES);
        Attributes attributes = Attributes.parse(reader);
        String name = attributes
                .string(LinkConstants.IFLA_IFNAME)
                .orElseThrow(() -> new MalformedMessageException("Link " + index + " has no name"));
        return new LinkMessage(family, type, index, flags, name, attributes);
    }

    /** The link as the model has it. */
    public Link link(LinkNames names) {
        Attributes info = linkInfo();
        String kind = info.string(LinkConstants.IFLA_INFO_KIND).orElse("");
        Attributes data = info.nested(LinkConstants.IFLA_INFO_DATA).orElse(Attributes.NONE);
        return LinkKinds.decode(kind, common(names), LinkKinds.hasParent(kind) ? parent(names) : null, data);
    }

    /** Whether it passes frames: it is up, has carrier, and the kernel has taken note of it. */
    public boolean isOperational() {
        return attributes.u8(LinkConstants.IFLA_OPERSTATE).orElse(0) == LinkConstants.IF_OPER_UP;
    }

    /** What the kernel alone decides. */
    public LinkStatus status() {
        return new LinkStatus(index, (flags & LinkConstants.IFF_LOWER_UP) != 0, portState());
    }

    /** The sysctls of the link that a plan may look at, by name with slashes, relative to {@code /proc/sys}. */
    public Map<String, String> sysctls() {
        return LinkSysctls.parse(name, attributes);
    }

    /** The link as a bridge's port; empty for one that is none. */
    public Optional<BridgePort> port() {
        return portAttributes()
                .map(port -> new BridgePort(
                        portState(port.u8(LinkConstants.IFLA_BRPORT_STATE).orElse(-1)),
                        isOperational(),
                        BridgePortKind.decode(port)));
    }

    /** As a port of a bridge; null for a link that is none. */
    @Nullable
    PortState portState() {
        return portAttributes()
                .map(port -> port.u8(LinkConstants.IFLA_BRPORT_STATE).orElse(-1))
                .map(LinkMessage::portState)
                .orElse(null);
    }

    private static PortState portState(int number) {
        if (number < 0 || number >= PORT_STATES.size()) {
            throw new MalformedMessageException("A bridge has no port state " + number);
        }
        return PORT_STATES.get(number);
    }

    /** The same attributes stand in two places: a notice of AF_BRIDGE has them as IFLA_PROTINFO. */
    private Optional<Attributes> portAttributes() {
        Optional<Attributes> notice = attributes.nested(LinkConstants.IFLA_PROTINFO);
        if (notice.isPresent()) {
            return notice;
        }
        Attributes info = linkInfo();
        boolean isBridgePort = info.string(LinkConstants.IFLA_INFO_SLAVE_KIND)
                .filter(LinkKinds.BRIDGE::equals)
                .isPresent();
        return isBridgePort ? info.nested(LinkConstants.IFLA_INFO_SLAVE_DATA) : Optional.empty();
    }

    private Attributes linkInfo() {
        return attributes.nested(LinkConstants.IFLA_LINKINFO).orElse(Attributes.NONE);
    }

    private LinkAttributes common(LinkNames names) {
        int masterIndex = attributes.s32(LinkConstants.IFLA_MASTER).orElse(0);
        return new LinkAttributes(
                name,
                mac(),
                attributes.s32(LinkConstants.IFLA_MTU).orElse(0),
                (flags & LinkConstants.IFF_UP) != 0,
                masterIndex == 0 ? null : names.name(masterIndex),
                attributes.string(LinkConstants.IFLA_IFALIAS).orElse(null));
    }

    /** In a container the parent is on the host, and its index is another link's here. */
    private @Nullable String parent(LinkNames names) {
        int index = attributes.s32(LinkConstants.IFLA_LINK).orElse(0);
        boolean isElsewhere = attributes.s32(LinkConstants.IFLA_LINK_NETNSID).isPresent();
        return index == 0 || isElsewhere ? null : names.name(index);
    }

    private @Nullable MacAddress mac() {
        if (type != LinkConstants.ARPHRD_ETHER) {
            return null;
        }
        return attributes
                .bytes(LinkConstants.IFLA_ADDRESS)
                .filter(bytes -> bytes.length == 6)
                .map(MacAddress::of)
                .orElse(null);
    }
}
