package io.onlink.model;

/**
 * A link that Onlink uses as it finds it: a hardware NIC, or a kind it cannot make.
 *
 * @param kind the kernel's word for the kind, empty for hardware and for loopback
 */
public record OtherLink(LinkAttributes attributes, String kind) implements Link {
    @Override
    public OtherLink withAttributes(LinkAttributes newAttributes) {
        return new OtherLink(newAttributes, kind);
    }
}
