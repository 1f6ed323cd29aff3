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
     */
    public record Options(boolean stp, int forwardDelay, boolean multicastSnooping, boolean vlanFiltering) {
        /** What a segment's bridge needs: a port forwards at once, and no multicast is withheld. */
        public static final Options SEGMENT = new Options(false, 0, false, false);

        public Options withMulticastSnooping(boolean snooping) {
            return new Options(stp, forwardDelay, snooping, vlanFiltering);
        }
    }

    @Override
    public Bridge withAttributes(LinkAttributes newAttributes) {
        return new Bridge(newAttributes, options);
    }
}
