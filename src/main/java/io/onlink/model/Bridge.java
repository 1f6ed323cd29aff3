package io.onlink.model;

/** A Linux bridge, ip-link(8) "BRIDGE Type Support". */
public record Bridge(LinkAttributes attributes, Options options) implements Link {

    /**
     * What an administrator sets on a bridge.
     *
     * @param stp spanning tree; with it a new port is deaf for twice the forward delay
     * @param forwardDelay in hundredths of a second, as the kernel counts (USER_HZ)
     * @param multicastSnooping forward multicast only where somebody asked; where it errs, IPv6
     *     neighbour discovery is lost
     * @param vlanFiltering ports see only the VLANs they are members of
     * @param iptables whether br_netfilter hands its frames to iptables, {@code nf_call_iptables}; it does for every bridge where the
     *     sysctl of that name says so
     * @param ip6tables likewise, to ip6tables
     */
    public record Options(
            boolean stp,
            int forwardDelay,
            boolean multicastSnooping,
            boolean vlanFiltering,
            boolean iptables,
            boolean ip6tables) {
        /** What a segment's bridge needs: a port forwards at once, and no multicast is withheld. */
        public static final Options SEGMENT = new Options(false, 0, false, false, false, false);

        public Options withMulticastSnooping(boolean snooping) {
            return new Options(stp, forwardDelay, snooping, vlanFiltering, iptables, ip6tables);
        }

        public Options withoutStp() {
            return new Options(false, forwardDelay, multicastSnooping, vlanFiltering, iptables, ip6tables);
        }

        public Options withTables(boolean newIptables, boolean newIp6tables) {
            return new Options(stp, forwardDelay, multicastSnooping, vlanFiltering, newIptables, newIp6tables);
        }
    }

    @Override
    public Bridge withAttributes(LinkAttributes newAttributes) {
        return new Bridge(newAttributes, options);
    }
}
