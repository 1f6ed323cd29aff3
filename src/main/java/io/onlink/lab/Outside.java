package io.onlink.lab;

import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.List;

/** The networks behind the routers, which are set aside for documentation and so are nobody's (RFC 5737, RFC 3849). */
final class Outside {
    static final String IPV4 = "198.51.100.0/24";
    static final String IPV6 = "2001:db8:ffff::/64";

    static final List<IpNetwork> NETWORKS = List.of(IpNetwork.parse(IPV4), IpNetwork.parse(IPV6));
    static final List<IpAddress> CLIENT =
            List.of(IpAddress.parse("198.51.100.10"), IpAddress.parse("2001:db8:ffff::10"));

    /** As many as have room in the last byte above 100. */
    static final int MOST_ROUTERS = 150;

    private Outside() {}

    /**
     * The outer address of a router, as everybody finds it: 101, 102 …, in both families.
     *
     * @param number from 1
     */
    static List<IpAddress> router(int number) {
        return List.of(
                IpAddress.parse("198.51.100." + (100 + number)), IpAddress.parse("2001:db8:ffff::" + (100 + number)));
    }
}
