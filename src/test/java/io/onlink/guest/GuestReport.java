package io.onlink.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What a script said in the guest, by the lines that {@code src/test/guest/checks.bash} prints.
 *
 * @param checks each check's reason to fail, empty for one that passed, in the order in which they ran
 * @param output all that the script said
 * @param exitStatus the script's, or where the guest ended first that of {@code src/test/guest/run}: 124 the time was up, 125 it failed
 */
record GuestReport(Map<String, Optional<String>> checks, List<String> output, int exitStatus) {
    private static final Pattern CHECK = Pattern.compile("(?<not>not )?ok (?<name>[a-z0-9-]+)(: (?<reason>.*))?");

    static GuestReport of(List<String> output, int exitStatus) {
        Map<String, Optional<String>> checks = new LinkedHashMap<>();
        for (String line : output) {
            Matcher check = CHECK.matcher(line);
            if (!check.matches()) {
                continue;
            }
            Optional<String> reason = check.group("not") == null
                    ? Optional.empty()
                    : Optional.of(Optional.ofNullable(check.group("reason")).orElse("no reason given"));
            if (checks.put(check.group("name"), reason) != null) {
                throw new IllegalArgumentException("two checks of one name: " + line);
            }
        }
        return new GuestReport(checks, List.copyOf(output), exitStatus);
    }

    /**
     * A test for each check, and one for the script as a whole. A check that is expected and did not run fails; so does one that ran and
     * is not expected, so that the list in the test stays the whole truth.
     *
     * @param expected the names of all the script's checks
     */
    Stream<DynamicTest> tests(String... expected) {
        if (expected.length == 0) {
            throw new IllegalArgumentException("no check is expected: nothing would be tested");
        }
        Stream<DynamicTest> wanted =
                Stream.of(expected).map(name -> DynamicTest.dynamicTest(name, () -> assertPassed(name)));
        Stream<DynamicTest> surplus = checks.keySet().stream()
                .filter(name -> !List.of(expected).contains(name))
                .map(name -> DynamicTest.dynamicTest(name, () -> fail("%s ran, but no test expects it", name)));
        DynamicTest end = DynamicTest.dynamicTest(
                "the script's exit status",
                () -> assertThat(exitStatus).as(() -> String.join("\n", output)).isZero());
        return Stream.of(wanted, surplus, Stream.of(end)).flatMap(tests -> tests);
    }

    private void assertPassed(String name) {
        Optional<String> reason = checks.get(name);
        if (reason == null) {
            fail("%s did not run (exit status %d):%n%s", name, exitStatus, String.join("\n", output));
        } else {
            reason.ifPresent(text -> fail("%s: %s", name, text));
        }
    }
}
