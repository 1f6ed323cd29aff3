package io.onlink.hostfile;

import io.onlink.model.LinkAttributes;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** What Linux takes as the name of a network interface (net/core/dev.c, dev_valid_name), less what would not work. */
final class InterfaceName {
    static final String ALLOWED = "1 to 15 bytes without '/', ':', '%' and white space are allowed";

    /** "all" and "default" stand for every interface in /proc/sys/net/ipv4/conf; "lo" is the loopback interface. */
    private static final Set<String> RESERVED = Set.of(".", "..", "all", "default", "lo");

    private InterfaceName() {}

    /** @throws IllegalArgumentException saying why it is no such name */
    static String parse(String text) {
        if (RESERVED.contains(text)) {
            throw new IllegalArgumentException("'" + text + "' is a name of the kernel's own");
        }
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > LinkAttributes.LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "'%s' has %d bytes, which no interface's name has".formatted(text, length));
        }
        // '%' asks the kernel to put a number in its place.
        if (text.codePoints()
                .anyMatch(c -> c == '/'
                        || c == ':'
                        || c == '%'
                        || Character.isWhitespace(c)
                        || Character.isSpaceChar(c)
                        || Character.isISOControl(c))) {
            throw new IllegalArgumentException("'" + text + "' has a character that no interface's name has");
        }
        return text;
    }
}
