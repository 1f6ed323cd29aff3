package io.onlink.guest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What was said in one life of the guest, by the lines that {@code src/test/guest/parts} prints around each of its scripts.
 *
 * @param parts by the names of the scripts, in the order in which they ran
 * @param output all that was said
 * @param exitStatus of {@code src/test/guest/run}
 */
record BootReport(Map<String, GuestReport> parts, List<String> output, int exitStatus) {
    private static final Pattern MARK = Pattern.compile("== (?<script>[a-z-]+)( ended (?<status>[0-9]+))?");

    static BootReport of(List<String> output, int exitStatus) {
        Map<String, GuestReport> parts = new LinkedHashMap<>();
        String open = null;
        List<String> said = new ArrayList<>();
        for (String line : output) {
            Matcher mark = MARK.matcher(line);
            if (!mark.matches()) {
                said.add(line);
            } else if (mark.group("status") == null) {
                open = mark.group("script");
                said.clear();
            } else {
                put(parts, mark.group("script"), GuestReport.of(said, Integer.parseInt(mark.group("status"))));
                open = null;
                said.clear();
            }
        }
        if (open != null) {
            put(parts, open, GuestReport.of(said, exitStatus));
        }
        return new BootReport(parts, List.copyOf(output), exitStatus);
    }

    private static void put(Map<String, GuestReport> parts, String script, GuestReport report) {
        if (parts.put(script, report) != null) {
            throw new IllegalArgumentException("two parts of one name: " + script);
        }
    }

    /** A script's; where the guest ended before it, without a check. */
    GuestReport part(String script) {
        return parts.getOrDefault(script, new GuestReport(Map.of(), output, exitStatus));
    }
}
