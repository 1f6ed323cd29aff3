package io.onlink.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a firewall lets in: connections to a port, or to some in a row, from everywhere or from one network; or pings.
 *
 * <pre>{@code
 * Allowance.parse("tcp/443 from 192.168.22.0/24").source(); // 192.168.22.0/24
 * }</pre>
 *
 * @param firstPort 0 where the protocol has none
 * @param lastPort the same for a single port
 * @param source null for everywhere, by IPv4 and IPv6
 */
public record Allowance(
        Protocol protocol,
        int firstPort,
        int lastPort,
        @Nullable IpNetwork source) {
    /** What is allowed, for messages. */
    public static final String SYNTAX =
            "tcp/PORT, udp/PORT or sctp/PORT (or FIRST-LAST), with or without ' from NETWORK/LENGTH', or icmp is expected";

    private static final int LAST_PORT = 65_535;
    private static final Pattern TEXT =
            Pattern.compile("(?<protocol>[a-z]+)(/(?<first>\\d{1,5})(-(?<last>\\d{1,5}))?)?( +from +(?<source>\\S+))?");

    /** The protocols that can be told apart. */
    public enum Protocol {
        TCP,
        UDP,
        SCTP,
        /** Echo requests, of ICMP and ICMPv6. */
        ICMP;

        /** As it is written. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Allowance {
        boolean hasPorts = protocol != Protocol.ICMP;
        if (hasPorts
                ? firstPort < 1 || lastPort < firstPort || lastPort > LAST_PORT
                : firstPort != 0 || lastPort != 0) {
            throw new IllegalArgumentException("ports are from 1 to 65535, the first not after the last");
        }
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it is none; the message says what is wrong
     */
    public static Allowance parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is not understood".formatted(text));
        }
        Protocol protocol = protocol(matcher.group("protocol"));
        String first = matcher.group("first");
        String last = matcher.group("last");
        if ((first == null) != (protocol == Protocol.ICMP)) {
            throw new IllegalArgumentException(
                    protocol == Protocol.ICMP
                            ? "icmp has no ports"
                            : protocol + " needs a port: " + protocol + "/PORT");
        }
        int from = first == null ? 0 : Integer.parseInt(first);
        String source = matcher.group("source");
        return new Allowance(
                protocol,
                from,
                last == null ? from : Integer.parseInt(last),
                source == null ? null : IpNetwork.parse(source));
    }

    /**
     * Reads some, with commas between them; {@code from} belongs to the one it stands behind.
     *
     * @throws IllegalArgumentException if one of them is none
     */
    public static List<Allowance> parseList(String text) {
        return Arrays.stream(text.split(",", -1)).map(Allowance::parse).toList();
    }

    /** The networks from which it lets in: without one of its own, everybody's of both families. */
    public Stream<IpNetwork> sources() {
        return source == null ? Stream.of(IpNetwork.DEFAULT_IPV4, IpNetwork.DEFAULT_IPV6) : Stream.of(source);
    }

    /** Whether this lets in a connection to a port from an address; {@code port} is 0 for a ping. */
    public boolean admits(Protocol asked, int port, IpAddress from) {
        return protocol == asked
                && firstPort <= port
                && port <= lastPort
                && sources().anyMatch(network -> network.contains(from));
    }

    private static Protocol protocol(String name) {
        return switch (name) {
            case "tcp" -> Protocol.TCP;
            case "udp" -> Protocol.UDP;
            case "sctp" -> Protocol.SCTP;
            case "icmp" -> Protocol.ICMP;
            default -> throw new IllegalArgumentException("there is no protocol '%s' here".formatted(name));
        };
    }

    /** Its port, or the first and the last with a dash between them. */
    public String ports() {
        return firstPort + (lastPort == firstPort ? "" : "-" + lastPort);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return protocol + (firstPort == 0 ? "" : "/" + ports()) + (source == null ? "" : " from " + source);
    }
}
