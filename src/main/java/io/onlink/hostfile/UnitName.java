package io.onlink.hostfile;

import java.util.regex.Pattern;

/** Names of systemd's services, systemd.unit(5). */
final class UnitName {
    static final String ALLOWED = "a systemd service's name as in 'chronyd.service' is expected";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9:_.\\\\-]+(@[A-Za-z0-9:_.\\\\-]+)?\\.service");

    private UnitName() {}

    /** @throws IllegalArgumentException for what systemd would not take, and for units of other kinds */
    static String parse(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("is the text '" + text + "'");
        }
        return text;
    }
}
