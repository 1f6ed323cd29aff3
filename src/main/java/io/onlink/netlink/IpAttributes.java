package io.onlink.netlink;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import java.util.Optional;

/** IP addresses and networks in attributes: bytes in network order, the family told by the message's header. */
final class IpAttributes {
    private IpAttributes() {}

    /** Families besides IPv4 and IPv6 can be in a dump of all, and in the answer of a kernel that lacks the one asked for. */
    static Optional<Family> family(int number) {
        for (Family family : Family.values()) {
            if (family.number() == number) {
                return Optional.of(family);
            }
        }
        return Optional.empty();
    }

    static IpAddress address(Family family, byte[] bytes) {
        if (bytes.length != family.bytes()) {
            throw new MalformedMessageException("An address of " + family + " has " + bytes.length + " bytes");
        }
        return IpAddress.of(bytes);
    }

    static Optional<IpAddress> address(Family family, Attributes attributes, int type) {
        return attributes.bytes(type).map(bytes -> address(family, bytes));
    }

    /** A prefix of length zero has no attribute. */
    static Optional<IpNetwork> network(Family family, Attributes attributes, int type, int prefixLength) {
        checkPrefixLength(family, prefixLength);
        return address(family, attributes, type).map(address -> IpNetwork.containing(address, prefixLength));
    }

    static void checkPrefixLength(Family family, int prefixLength) {
        if (prefixLength > family.bits()) {
            throw new MalformedMessageException("A prefix of " + family + " has " + prefixLength + " bits");
        }
    }
}
