package io.onlink.netlink;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a kernel since 4.12 adds to an error: a sentence, the place in the request it is about, and since 6.1 the type of
 * an attribute that is missing.
 */
record ExtendedAck(Optional<String> sentence, OptionalInt offset, OptionalInt missingAttribute) {
    static final ExtendedAck NONE = new ExtendedAck(Optional.empty(), OptionalInt.empty(), OptionalInt.empty());

    static ExtendedAck parse(ByteReader reader) {
        Attributes attributes = Attributes.parse(reader);
        return new ExtendedAck(
                attributes.string(NetlinkConstants.NLMSGERR_ATTR_MSG),
                attributes.s32(NetlinkConstants.NLMSGERR_ATTR_OFFS),
                attributes.s32(NetlinkConstants.NLMSGERR_ATTR_MISS_TYPE));
    }

    boolean isEmpty() {
        return equals(NONE);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(sentence.orElse(""));
        offset.ifPresent(at -> append(text, "(at byte " + at + " of the request)"));
        missingAttribute.ifPresent(type -> append(text, "(attribute " + type + " is missing)"));
        return text.toString();
    }

    private static void append(StringBuilder text, String remark) {
        text.append(text.isEmpty() ? "" : " ").append(remark);
    }
}
