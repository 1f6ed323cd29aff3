package io.onlink.netlink;

/** {@code linux/if_link.h} and {@code linux/if.h}: what a link's message and its kind's part are made of. */
public final class LinkConstants {
    public static final int IFLA_ADDRESS = 1;
    public static final int IFLA_IFNAME = 3;
    public static final int IFLA_MTU = 4;
    public static final int IFLA_LINK = 5;
    public static final int IFLA_AF_SPEC = 26;

    /** In the part of IFLA_AF_SPEC that is AF_INET6's (linux/if_link.h, IFLA_INET6_*). */
    public static final int IFLA_INET6_TOKEN = 7;

    public static final int IFLA_MASTER = 10;
    public static final int IFLA_PROTINFO = 12;
    public static final int IFLA_OPERSTATE = 16;
    public static final int IFLA_LINKINFO = 18;
    public static final int IFLA_IFALIAS = 20;
    public static final int IFLA_GROUP = 27;
    public static final int IFLA_NET_NS_FD = 28;
    public static final int IFLA_EXT_MASK = 29;
    public static final int IFLA_LINK_NETNSID = 37;

    public static final int IFLA_INFO_KIND = 1;
    public static final int IFLA_INFO_DATA = 2;
    public static final int IFLA_INFO_SLAVE_KIND = 4;
    public static final int IFLA_INFO_SLAVE_DATA = 5;

    public static final int IFLA_BRPORT_STATE = 1;
    public static final int IFLA_BRPORT_FLUSH = 24;

    /** linux/if.h, IF_OPER_UP. */
    static final int IF_OPER_UP = 6;

    static final int IFF_UP = 0x1;
    static final int IFF_LOWER_UP = 0x10000;

    static final int ARPHRD_ETHER = 1;

    /** Counters are most of a link's message, and nobody here reads them. */
    static final int RTEXT_FILTER_SKIP_STATS = 1 << 3;

    private LinkConstants() {}
}
