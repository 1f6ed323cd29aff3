package io.onlink.model;

import org.jspecify.annotations.Nullable;

/**
 * A rule of the routing policy, ip-rule(8): which table answers for which packets.
 *
 * @param priority asked in this order, smallest first
 * @param from source network; null for all
 * @param to destination network; null for all
 * @param inputLink only what came in by it
 * @param outputLink only sockets bound to it
 * @param mark firewall mark, compared under {@code markMask}; both 0 for none
 * @param l3mdev ask the table of the packet's VRF; {@code table} is 0 then
 * @param table table to look up; 0 for an l3mdev rule
 * @param action {@code FR_ACT_*} (linux/fib_rules.h); 1 is "to table"
 * @param protocol who put it there ({@code FRA_PROTOCOL})
 */
public record Rule(
        Family family,
        int priority,
        @Nullable IpNetwork from,
        @Nullable IpNetwork to,
        @Nullable String inputLink,
        @Nullable String outputLink,
        int mark,
        int markMask,
        boolean l3mdev,
        int table,
        int action,
        int protocol) {

    /** {@code FR_ACT_TO_TBL}. */
    public static final int TO_TABLE = 1;

    /** The priority at which the kernel puts its l3mdev rule when the first VRF is made (drivers/net/vrf.c). */
    public static final int L3MDEV_PRIORITY = 1000;

    /**
     * The priority of Onlink's own rules: behind the kernel's for VRFs, so that a socket bound to one VRF is not sent by the table
     * of another.
     */
    public static final int SOURCE_PRIORITY = 1100;

    /** The priority of the rule that asks the main table (net/ipv4/fib_rules.c). */
    public static final int MAIN_PRIORITY = 32766;

    /** The rule that sends packets of a VRF to its table, as the kernel adds it with the first VRF. */
    public static Rule l3mdev(Family family) {
        return new Rule(
                family, L3MDEV_PRIORITY, null, null, null, null, 0, 0, true, 0, TO_TABLE, Route.PROTOCOL_KERNEL);
    }

    /** Packets that this host sends from one of its addresses are led by a table of its own. */
    public static Rule from(IpAddress source, int table) {
        int whole = source.family().bits();
        return new Rule(
                source.family(),
                SOURCE_PRIORITY,
                new IpNetwork(source, whole),
                null,
                null,
                null,
                0,
                0,
                false,
                table,
                TO_TABLE,
                Route.PROTOCOL_STATIC);
    }
}
