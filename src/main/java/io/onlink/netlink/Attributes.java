package io.onlink.netlink;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/**
 * The attributes of a message, or of another attribute: type, length, value, each beginning at a multiple of four.
 *
 * <pre>{@code
 * struct nlattr {          // 4 bytes
 *     __u16 nla_len;       // with this header, without the filling behind
 *     __u16 nla_type;      // with NLA_F_NESTED or NLA_F_NET_BYTEORDER perhaps
 * };
 * }</pre>
 *
 * <p>Where a type comes twice the last one counts, as in the kernel's {@code nla_parse}. Types nobody asks for are
 * passed over, so that a newer kernel may say more.
 */
public final class Attributes {
    /** For what a message could have nested but has not. */
    public static final Attributes NONE = new Attributes(List.of());

    private static final int HEADER_SIZE = 4;

    private final List<Attribute> attributes;

    private record Attribute(int type, ByteReader value) {
        /** Readers remember where they are; each who asks gets one from the start. */
        ByteReader fresh() {
            return value.copy();
        }
    }

    private Attributes(List<Attribute> attributes) {
        this.attributes = attributes;
    }

    /** Takes all that the reader has left. */
    public static Attributes parse(ByteReader reader) {
        List<Attribute> attributes = new ArrayList<>();
        while (reader.remaining() > 0) {
            int length = reader.u16();
            int type = reader.u16() & NetlinkConstants.NLA_TYPE_MASK;
            if (length < HEADER_SIZE) {
                throw new MalformedMessageException("Attribute " + type + " claims a length of " + length);
            }
            attributes.add(new Attribute(type, reader.slice(length - HEADER_SIZE)));
            reader.align(length);
        }
        return new Attributes(attributes);
    }

    public boolean has(int type) {
        return find(type).isPresent();
    }

    /** The value as it stands. */
    public Optional<ByteReader> find(int type) {
        for (int i = attributes.size() - 1; i >= 0; i--) {
            if (attributes.get(i).type() == type) {
                return Optional.of(attributes.get(i).fresh());
            }
        }
        return Optional.empty();
    }

    public OptionalInt u8(int type) {
        return number(type, ByteReader::u8);
    }

    public OptionalInt u16(int type) {
        return number(type, ByteReader::u16);
    }

    public OptionalInt s32(int type) {
        return number(type, ByteReader::s32);
    }

    public Optional<String> string(int type) {
        return find(type).map(ByteReader::string);
    }

    public Optional<byte[]> bytes(int type) {
        return find(type).map(ByteReader::bytes);
    }

    public Optional<Attributes> nested(int type) {
        return find(type).map(Attributes::parse);
    }

    /** Each in its order. */
    public void forEach(ObjIntConsumer<ByteReader> consumer) {
        attributes.forEach(attribute -> consumer.accept(attribute.fresh(), attribute.type()));
    }

    private OptionalInt number(int type, Function<ByteReader, Integer> read) {
        Optional<ByteReader> value = find(type);
        return value.isPresent() ? OptionalInt.of(read.apply(value.get())) : OptionalInt.empty();
    }
}
