package io.onlink.netlink;

/** NLMSG_ALIGN and NLA_ALIGN: every header and attribute begins at a multiple of four. */
final class Alignment {
    private Alignment() {}

    static int padding(int length) {
        return -length & 3;
    }
}
