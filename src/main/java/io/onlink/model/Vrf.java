package io.onlink.model;

/**
 * A VRF device: its members' routes are in a table of their own (kernel:
 * Documentation/networking/vrf.rst).
 *
 * @param table number of the routing table
 */
public record Vrf(LinkAttributes attributes, int table) implements Link {
    @Override
    public Vrf withAttributes(LinkAttributes newAttributes) {
        return new Vrf(newAttributes, table);
    }
}
