package io.onlink.netlink.kind;

import static io.onlink.netlink.LinkConstants.IFLA_ADDRESS;
import static io.onlink.netlink.LinkConstants.IFLA_IFNAME;
import static io.onlink.netlink.LinkConstants.IFLA_INFO_DATA;
import static io.onlink.netlink.LinkConstants.IFLA_INFO_KIND;
import static io.onlink.netlink.LinkConstants.IFLA_LINKINFO;
import static io.onlink.netlink.LinkConstants.IFLA_MTU;

import io.onlink.model.Bridge;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.OtherLink;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import io.onlink.netlink.Attributes;
import io.onlink.netlink.Request;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** From the kernel's word for a kind to the class that knows it, and back. */
public final class LinkKinds {
    public static final String BRIDGE = "bridge";
    public static final String VETH = "veth";
    public static final String VRF = "vrf";
    public static final String VLAN = "vlan";
    public static final String MACVLAN = "macvlan";
    public static final String IPVLAN = "ipvlan";

    private LinkKinds() {}

    /**
     * Writes the part of RTM_NEWLINK that is the kind's own.
     *
     * @throws IllegalArgumentException for a link that Onlink only uses as it finds it
     */
    public static void encode(Request request, Link link) {
        switch (link) {
            case Bridge bridge -> BridgeKind.encode(request, bridge);
            case Veth veth -> VethKind.encode(request, veth);
            case Vrf vrf -> VrfKind.encode(request, vrf);
            case Vlan vlan -> VlanKind.encode(request, vlan);
            case Macvlan macvlan -> MacvlanKind.encode(request, macvlan);
            case Ipvlan ipvlan -> IpvlanKind.encode(request, ipvlan);
            case OtherLink other ->
                throw new IllegalArgumentException(
                        "Onlink uses links of kind \"" + other.kind() + "\" but does not make them");
        }
    }

    /**
     * Reads that part.
     *
     * @param kind the kernel's word; empty for hardware and for loopback
     * @param parent of a kind that {@linkplain #hasParent has one}
     * @param data IFLA_INFO_DATA
     */
    public static Link decode(String kind, LinkAttributes attributes, @Nullable String parent, Attributes data) {
        return switch (kind) {
            case BRIDGE -> BridgeKind.decode(attributes, data);
            case VETH -> VethKind.decode(attributes);
            case VRF -> VrfKind.decode(attributes, data);
            case VLAN -> VlanKind.decode(attributes, parent, data);
            case MACVLAN -> MacvlanKind.decode(attributes, parent, data);
            case IPVLAN -> IpvlanKind.decode(attributes, parent, data);
            default -> new OtherLink(attributes, kind);
        };
    }

    /** Whether links of the kind lie on another, which IFLA_LINK names. A veth's IFLA_LINK is its other end. */
    public static boolean hasParent(String kind) {
        return switch (kind) {
            case VLAN, MACVLAN, IPVLAN -> true;
            default -> false;
        };
    }

    /** What every link is made with: its name, and MAC address and MTU where the kernel is not to choose. */
    public static void putCommon(Request request, LinkAttributes attributes) {
        request.string(IFLA_IFNAME, attributes.name());
        MacAddress mac = attributes.mac();
        if (mac != null) {
            request.bytes(IFLA_ADDRESS, mac.toBytes());
        }
        if (attributes.mtu() != 0) {
            request.u32(IFLA_MTU, attributes.mtu());
        }
    }

    static void putInfo(Request request, String kind, Consumer<Request> data) {
        request.nest(IFLA_LINKINFO, info -> info.string(IFLA_INFO_KIND, kind).nest(IFLA_INFO_DATA, data));
    }
}
