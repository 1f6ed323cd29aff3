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
     * @param noLinkLocalLearning frames to 01:80:c2:00:00:0X teach the bridge no MAC address: no hook of nftables sees them before
     *     they do (br_input.c, br_handle_frame), so a container could take another's
     * @param iptables whether br_netfilter hands its frames to iptables, {@code nf_call_iptables}; it does for every bridge where the
     *     sysctl of that name says so
     * @param ip6tables likewise, to ip6tables
     */
    public record Options(
            boolean stp,
            int forwardDelay,
            boolean multicastSnooping,
            boolean vlanFiltering,
            boolean noLinkLocalLearning,
            boolean iptables,
            boolean ip6tables) {
        /** What a segment's bridge needs: a port forwards at once, no multicast is withheld, and no MAC address is learned unseen. */
        public static final Options SEGMENT = new Options(false, 0, false, false, true, false, false);

        public Options withMulticastSnooping(boolean snooping) {
            return new Options(stp, forwardDelay, snooping, vlanFiltering, noLinkLocalLearning, iptables, ip6tables);
        }

        public Options withoutStp() {
            return new Options(
                    false, forwardDelay, multicastSnooping, vlanFiltering, noLinkLocalLearning, iptables, ip6tables);
        }

        public Options withTables(boolean newIptables, boolean newIp6tables) {
            return new Options(
                    stp,
                    forwardDelay,
                    multicastSnooping,
                    vlanFiltering,
                    noLinkLocalLearning,
                    newIptables,
                    newIp6tables);
        }
    }

    @Override
    public Bridge withAttributes(LinkAttributes newAttributes) {
        return new Bridge(newAttributes, options);
    }
}
