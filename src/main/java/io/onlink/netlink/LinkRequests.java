package io.onlink.netlink;

import io.onlink.libc.Descriptor;
import io.onlink.libc.Libc;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.UpperLink;
import io.onlink.netlink.kind.BridgeKind;
import io.onlink.netlink.kind.BridgePortKind;
import io.onlink.netlink.kind.LinkKinds;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/** Requests about links: RTM_GETLINK, RTM_NEWLINK, RTM_DELLINK. An existing link is named by its index. */
public final class LinkRequests {
    private LinkRequests() {}

    /** For {@link NetlinkSocket#dump}: all links. */
    public static Request list() {
        return header(RtnetlinkConstants.RTM_GETLINK, 0, 0, 0, 0)
                .u32(LinkConstants.IFLA_EXT_MASK, LinkConstants.RTEXT_FILTER_SKIP_STATS);
    }

    /** For {@link NetlinkSocket#dump}: all links of a kind, as {@code bridge}. A kernel before 4.6 lists the others too. */
    public static Request list(String kind) {
        return list().nest(LinkConstants.IFLA_LINKINFO, info -> info.string(LinkConstants.IFLA_INFO_KIND, kind));
    }

    /** For {@link NetlinkSocket#get}: one link; ENODEV where there is none of the name. */
    public static Request find(String name) {
        return header(RtnetlinkConstants.RTM_GETLINK, 0, 0, 0, 0)
                .string(LinkConstants.IFLA_IFNAME, name)
                .u32(LinkConstants.IFLA_EXT_MASK, LinkConstants.RTEXT_FILTER_SKIP_STATS);
    }

    /** For {@link NetlinkSocket#get}: one link; ENODEV where there is none of the index. */
    public static Request find(int index) {
        return header(RtnetlinkConstants.RTM_GETLINK, 0, index, 0, 0)
                .u32(LinkConstants.IFLA_EXT_MASK, LinkConstants.RTEXT_FILTER_SKIP_STATS);
    }

    /**
     * Makes a link, down and alone; EEXIST where the name is taken. What {@link #complete} says is still missing.
     *
     * @throws IllegalArgumentException for a kind that Onlink cannot make, or that lies on another link
     */
    public static Request create(Link link) {
        return create(link, name -> {
            throw new IllegalArgumentException(link.name() + " lies on " + name + ", whose index is not known");
        });
    }

    /**
     * Likewise one that may lie on another.
     *
     * @param index of the link that has a name
     */
    public static Request create(Link link, ToIntFunction<String> index) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL;
        Request request = header(RtnetlinkConstants.RTM_NEWLINK, flags, 0, 0, 0);
        LinkAttributes attributes = link.attributes();
        LinkKinds.putCommon(request, link instanceof Bridge ? attributes.withMtu(0) : attributes);
        if (link instanceof UpperLink upper) {
            String parent = upper.parent();
            if (parent == null) {
                throw new IllegalArgumentException(link.name() + " lies on no link of this namespace");
            }
            request.u32(LinkConstants.IFLA_LINK, index.applyAsInt(parent));
        }
        LinkKinds.encode(request, link);
        return request;
    }

    /**
     * What a new link, or a new veth's peer, is still to be told: an alias is not among what the kernel takes when it makes
     * a link, and an MTU that a bridge was made with it forgets with the first port.
     */
    public static List<Request> complete(int index, LinkAttributes attributes, boolean isBridge) {
        List<Request> requests = new ArrayList<>();
        if (isBridge && attributes.mtu() != 0) {
            requests.add(change(index).u32(LinkConstants.IFLA_MTU, attributes.mtu()));
        }
        String alias = attributes.alias();
        if (alias != null) {
            requests.add(change(index).string(LinkConstants.IFLA_IFALIAS, alias));
        }
        return requests;
    }

    /**
     * Asks for a link of a kind with no more than a name. A kernel without the kind answers EOPNOTSUPP; one with it may
     * make the link, or miss something.
     */
    public static Request createBare(String kind, String name) {
        int flags = NetlinkConstants.NLM_F_CREATE | NetlinkConstants.NLM_F_EXCL;
        return header(RtnetlinkConstants.RTM_NEWLINK, flags, 0, 0, 0)
                .string(LinkConstants.IFLA_IFNAME, name)
                .nest(LinkConstants.IFLA_LINKINFO, info -> info.string(LinkConstants.IFLA_INFO_KIND, kind));
    }

    public static Request delete(int index) {
        return header(RtnetlinkConstants.RTM_DELLINK, 0, index, 0, 0);
    }

    /** ENODEV where no link is in the group; EOPNOTSUPP where one of them cannot be deleted, and then none is. */
    public static Request deleteGroup(int group) {
        return header(RtnetlinkConstants.RTM_DELLINK, 0, 0, 0, 0).u32(LinkConstants.IFLA_GROUP, group);
    }

    public static Request setGroup(int index, int group) {
        return change(index).u32(LinkConstants.IFLA_GROUP, group);
    }

    public static Request setUp(int index, boolean up) {
        return header(RtnetlinkConstants.RTM_NEWLINK, 0, index, up ? LinkConstants.IFF_UP : 0, LinkConstants.IFF_UP);
    }

    /**
     * Makes it a port or member.
     *
     * @param masterIndex 0 for no master
     */
    public static Request setMaster(int index, int masterIndex) {
        return change(index).u32(LinkConstants.IFLA_MASTER, masterIndex);
    }

    public static Request setMac(int index, MacAddress mac) {
        return change(index).bytes(LinkConstants.IFLA_ADDRESS, mac.toBytes());
    }

    /**
     * One request, or two: while spanning tree is on the kernel takes no forward delay below two seconds, and it looks at
     * the delay first, so that turning both off has to be said one after the other.
     */
    public static List<Request> setBridgeOptions(int index, Bridge.Options from, Bridge.Options to) {
        if (!from.stp() || to.stp()) {
            return List.of(bridgeOptions(index, from, to));
        }
        Bridge.Options withoutStp = from.withoutStp();
        return List.of(bridgeOptions(index, from, withoutStp), bridgeOptions(index, withoutStp, to));
    }

    private static Request bridgeOptions(int index, Bridge.Options from, Bridge.Options to) {
        Request request = change(index);
        BridgeKind.encode(request, from, to);
        return request;
    }

    /** Makes the bridge forget the stations behind a port of its. */
    public static Request flushPort(int index) {
        Request request = change(index);
        BridgePortKind.put(request, port -> port.attribute(LinkConstants.IFLA_BRPORT_FLUSH, nothing -> {}));
        return request;
    }

    /** Turns on and off what differs of a bridge's port. */
    public static Request setPortOptions(int index, Set<BridgePort.Option> from, Set<BridgePort.Option> to) {
        Request request = change(index);
        BridgePortKind.encode(request, from, to);
        return request;
    }

    /** EBUSY while the kernel's spanning tree decides; ENETDOWN where the port is down, or has no carrier. */
    public static Request setPortState(int index, PortState state) {
        Request request = change(index);
        BridgePortKind.encode(request, state);
        return request;
    }

    /** Gives a link another name; EBUSY before Linux 6.2 if it is up. */
    public static Request rename(int index, String newName) {
        return change(index).string(LinkConstants.IFLA_IFNAME, newName);
    }

    /**
     * What a link's addresses of routers' networks end in; EINVAL where it obeys no routers.
     *
     * @param token with 64 bits of zero in front; all zero for none
     */
    public static Request setToken(int index, IpAddress token) {
        return change(index)
                .nest(
                        LinkConstants.IFLA_AF_SPEC,
                        families -> families.nest(
                                Libc.AF_INET6,
                                family -> family.bytes(LinkConstants.IFLA_INET6_TOKEN, token.toBytes())));
    }

    public static Request setMtu(int index, int mtu) {
        return change(index).u32(LinkConstants.IFLA_MTU, mtu);
    }

    /**
     * Moves the link to another network namespace, where it arrives down and without addresses; from then on this one
     * does not see it.
     *
     * @param newName what it is to be called there
     */
    public static Request setNamespace(int index, Descriptor namespace, String newName) {
        return change(index)
                .u32(LinkConstants.IFLA_NET_NS_FD, namespace.number())
                .string(LinkConstants.IFLA_IFNAME, newName);
    }

    private static Request change(int index) {
        return header(RtnetlinkConstants.RTM_NEWLINK, 0, index, 0, 0);
    }

    /** {@code struct ifinfomsg}, see {@link LinkMessage}. */
    private static Request header(int type, int requestFlags, int index, int flags, int change) {
        return Request.of(type, requestFlags)
                .u8(0)
                .u8(0)
                .u16(0)
                .s32(index)
                .s32(flags)
                .s32(change);
    }
}
