package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import io.onlink.model.IpAddress;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One more machine on a LAN of the lab, beside those the host file implies: a database server, a neighbour.
 *
 * @param name what {@code onlink lab exec} calls it
 * @param lan the segment, or the NIC, whose switch it is plugged into
 */
public record Machine(String name, String lan, List<IpAddress> addresses) {
    private static final Pattern TEXT = Pattern.compile("([a-z][a-z0-9-]{0,14})=([^:]+):(.+)");

    public Machine {
        addresses = List.copyOf(addresses);
    }

    /**
     * Reads {@code NAME=SEGMENT:ADDRESS[,ADDRESS6]}.
     *
     * @throws ConfigurationException if it is anything else
     */
    public static Machine parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new ConfigurationException("--machine '" + text + "' is not NAME=SEGMENT:ADDRESS[,ADDRESS], as in"
                    + " database=Access-Segment:192.168.52.204; a name has at most 15 of a-z, 0-9 and '-'");
        }
        try {
            List<IpAddress> addresses = Arrays.stream(matcher.group(3).split(",", -1))
                    .map(IpAddress::parse)
                    .toList();
            return new Machine(matcher.group(1), matcher.group(2), addresses);
        } catch (IllegalArgumentException notAddress) {
            throw new ConfigurationException("--machine '" + text + "': " + notAddress.getMessage(), notAddress);
        }
    }
}
