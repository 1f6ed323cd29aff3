package io.onlink.netlink;

/** {@code linux/rtnetlink.h}. */
final class RtnetlinkConstants {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWNEIGH = 28;
    static final int RTM_DELNEIGH = 29;
    static final int RTM_GETNEIGH = 30;
    static final int RTM_NEWRULE = 32;
    static final int RTM_DELRULE = 33;
    static final int RTM_GETRULE = 34;

    static final int RTNLGRP_LINK = 1;
    static final int RTNLGRP_IPV4_IFADDR = 5;
    static final int RTNLGRP_IPV4_ROUTE = 7;
    static final int RTNLGRP_IPV4_RULE = 8;
    static final int RTNLGRP_IPV6_IFADDR = 9;
    static final int RTNLGRP_IPV6_ROUTE = 11;
    static final int RTNLGRP_IPV6_RULE = 19;

    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PRIORITY = 6;
    static final int RTA_PREFSRC = 7;
    static final int RTA_METRICS = 8;
    static final int RTA_MULTIPATH = 9;
    static final int RTA_FLOW = 11;
    static final int RTA_CACHEINFO = 12;
    static final int RTA_TABLE = 15;
    static final int RTA_VIA = 18;
    static final int RTA_PREF = 20;
    static final int RTA_ENCAP_TYPE = 21;
    static final int RTA_ENCAP = 22;
    static final int RTA_NH_ID = 30;

    /** The one metric whose value is text. */
    static final int RTAX_CC_ALGO = 16;

    static final int RTNH_F_ONLINK = 4;

    /** A cached copy of a route, not a route of the table. */
    static final int RTM_F_CLONED = 0x200;

    /** Asks for the route as it stands in its table, not for what would come of it. */
    static final int RTM_F_FIB_MATCH = 0x2000;

    private static final String[] OBJECTS = {"LINK", "ADDR", "ROUTE", "NEIGH", "RULE"};
    private static final String[] VERBS = {"NEW", "DEL", "GET", "SET"};

    private RtnetlinkConstants() {}

    /** {@code RTM_NEWLINK} for 16: types come in fours, new, delete, get and set of one thing. */
    static String messageName(int type) {
        int object = (type - RTM_NEWLINK) / VERBS.length;
        if (type < RTM_NEWLINK || object >= OBJECTS.length) {
            return "rtnetlink message " + type;
        }
        return "RTM_" + VERBS[type % VERBS.length] + OBJECTS[object];
    }
}
