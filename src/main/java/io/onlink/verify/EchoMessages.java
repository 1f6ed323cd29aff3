package io.onlink.verify;

import io.onlink.frame.InternetChecksum;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * ICMP echo to one target (RFC 792; RFC 4443, section 4), and the errors that hosts on the way report about it.
 *
 * @param identifier 16 bits, by which our answers are told from those to other programs
 * @param token what only we can know, and an answer must repeat: an identifier is soon guessed or used twice
 */
record EchoMessages(IpAddress target, int identifier, long token) {
    private static final int HEADER = 8;
    private static final int MESSAGE = HEADER + Long.BYTES;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_SOURCE_PLACE = 8;
    private static final int IPV4_SHORTEST_HEADER = 20;
    private static final int IPV4_DESTINATION_PLACE = 16;
    private static final int IPV6_DESTINATION_PLACE = 24;

    private static final int ICMP_ECHO_REPLY = 0;
    private static final int ICMP_UNREACHABLE = 3;
    private static final int ICMP_ECHO_REQUEST = 8;
    private static final int ICMP_TIME_EXCEEDED = 11;
    private static final int ICMPV6_UNREACHABLE = 1;
    private static final int ICMPV6_TIME_EXCEEDED = 3;
    private static final int ICMPV6_ECHO_REQUEST = 128;
    private static final int ICMPV6_ECHO_REPLY = 129;

    private static final String TOO_MANY_HOPS = "passed on too often: routers send it in a circle";

    /** RFC 792, and RFC 1812, section 5.2.7.1. */
    private static final Map<Integer, String> UNREACHABLE = Map.of(
            0, "network unreachable",
            1, "host unreachable",
            9, "network prohibited",
            10, "host prohibited",
            13, "prohibited by a filter");

    /** RFC 4443, section 3.1. */
    private static final Map<Integer, String> UNREACHABLE_BY_IPV6 = Map.of(
            0, "no route",
            1, "prohibited by a filter",
            2, "beyond the scope of the source address",
            3, "address unreachable",
            5, "source address refused",
            6, "route rejected");

    static EchoMessages withNewIdentifier(IpAddress target) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new EchoMessages(target, random.nextInt(1 << 16), random.nextLong());
    }

    byte[] request(int sequence) {
        boolean ipv4 = target.family() == Family.IPV4;
        ByteBuffer message = ByteBuffer.allocate(MESSAGE)
                .put((byte) (ipv4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST))
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) identifier)
                .putShort((short) sequence)
                .putLong(token)
                .flip();
        if (ipv4) {
            // For IPv6 the kernel does it: it alone knows the source address, which is covered too (raw(7)).
            message.putShort(2, InternetChecksum.of(message.duplicate()));
        }
        return message.array();
    }

    /** What a message says of our echo; empty if it is about something else. */
    Optional<Reply> reply(IpAddress sender, byte[] content) {
        if (content.length < HEADER) {
            return Optional.empty();
        }
        int type = Byte.toUnsignedInt(content[0]);
        int code = Byte.toUnsignedInt(content[1]);
        return switch (target.family()) {
            case IPV4 ->
                switch (type) {
                    case ICMP_ECHO_REPLY -> echoReply(sender, content);
                    case ICMP_UNREACHABLE -> error(sender, content, UNREACHABLE.getOrDefault(code, "unreachable"));
                    case ICMP_TIME_EXCEEDED -> error(sender, content, TOO_MANY_HOPS);
                    default -> Optional.empty();
                };
            case IPV6 ->
                switch (type) {
                    case ICMPV6_ECHO_REPLY -> echoReply(sender, content);
                    case ICMPV6_UNREACHABLE ->
                        error(sender, content, UNREACHABLE_BY_IPV6.getOrDefault(code, "unreachable"));
                    case ICMPV6_TIME_EXCEEDED -> error(sender, content, TOO_MANY_HOPS);
                    default -> Optional.empty();
                };
        };
    }

    private Optional<Reply> echoReply(IpAddress sender, byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        boolean ours = content.length == MESSAGE
                && sender.equals(target)
                && Short.toUnsignedInt(bytes.getShort(4)) == identifier
                && bytes.getLong(HEADER) == token;
        return ours ? Optional.of(new Reply.Answered(null)) : Optional.empty();
    }

    /** The error carries the header of what it is about, and at least the first eight bytes behind it (RFC 792). */
    private Optional<Reply> error(IpAddress sender, byte[] content, String words) {
        byte[] packet = Arrays.copyOfRange(content, HEADER, content.length);
        int header = target.family() == Family.IPV4 ? ipv4HeaderLength(packet) : IPV6_HEADER;
        if (header < IPV4_SHORTEST_HEADER || packet.length < header + HEADER) {
            return Optional.empty();
        }
        int destination = target.family() == Family.IPV4 ? IPV4_DESTINATION_PLACE : IPV6_DESTINATION_PLACE;
        ByteBuffer echo = ByteBuffer.wrap(packet, header, HEADER).slice();
        int request = target.family() == Family.IPV4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;
        boolean ours = Byte.toUnsignedInt(echo.get(0)) == request
                && Short.toUnsignedInt(echo.getShort(4)) == identifier
                && address(packet, destination).equals(target);
        if (!ours) {
            return Optional.empty();
        }
        int source = target.family() == Family.IPV4 ? IPV4_DESTINATION_PLACE - 4 : IPV6_SOURCE_PLACE;
        String who = sender.equals(address(packet, source)) ? "this host" : sender.toString();
        return Optional.of(new Reply.Refused("%s says: %s".formatted(who, words)));
    }

    private static int ipv4HeaderLength(byte[] packet) {
        return packet.length == 0 ? 0 : (packet[0] & 0x0f) * 4;
    }

    private IpAddress address(byte[] packet, int place) {
        return IpAddress.of(
                Arrays.copyOfRange(packet, place, place + target.family().bytes()));
    }
}
