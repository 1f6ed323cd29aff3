package io.onlink.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What commands list, held against a golden file that has the write-up's listings beside them, and why each difference is there. */
final class Listings {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/listings/scenario");

    /** Before each line of a listing in a guest's output. */
    private static final String PREFIX = "listing: ";

    private static final String COMMAND = "# ";
    private static final String REASON = "    ";

    private Listings() {}

    /** By command, what the golden file expects on the host. */
    static Map<String, List<String>> expected() throws IOException {
        Map<String, List<String>> listings = new LinkedHashMap<>();
        List<String> listing = new ArrayList<>();
        String unexplained = null;
        for (String line : Files.readAllLines(GOLDEN)) {
            boolean isDifference = line.startsWith("- ") || line.startsWith("+ ");
            if (!isDifference && !line.startsWith(REASON)) {
                assertThat(unexplained).as("a difference without its reason").isNull();
            }
            if (line.startsWith(COMMAND)) {
                listing = new ArrayList<>();
                listings.put(line, listing);
            } else if (line.startsWith("= ") || line.startsWith("+ ")) {
                listing.add(line.substring(2));
            }
            if (isDifference) {
                unexplained = line;
            } else if (line.startsWith(REASON)) {
                unexplained = null;
            }
        }
        assertThat(unexplained).as("a difference without its reason").isNull();
        return listings;
    }

    /** By command, what a guest's script printed. */
    static Map<String, List<String>> printed(List<String> output) {
        Map<String, List<String>> listings = new LinkedHashMap<>();
        List<String> listing = new ArrayList<>();
        for (String line : output) {
            if (!line.startsWith(PREFIX)) {
                continue;
            }
            String text = line.substring(PREFIX.length())
                    .strip()
                    .replaceFirst("^link/ether [0-9a-f:]{17} ", "link/ether MAC ");
            if (text.startsWith(COMMAND)) {
                listing = new ArrayList<>();
                listings.put(text, listing);
            } else {
                listing.add(text);
            }
        }
        return listings;
    }

    /** The same lines to each command, in whatever order. */
    static void assertAsExpected(List<String> output) throws IOException {
        Map<String, List<String>> expected = expected();
        Map<String, List<String>> printed = printed(output);
        assertThat(printed.keySet()).containsExactlyElementsOf(expected.keySet());
        printed.forEach((command, lines) ->
                assertThat(lines).as(command).containsExactlyInAnyOrderElementsOf(expected.get(command)));
    }
}
