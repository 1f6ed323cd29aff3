package io.onlink.hostfile;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is done to the scenario's file, it is read or refused with places: no other exception, no lost problem. */
class HostFileMutationTest {
    private static final int FILES = 4000;

    private static final String[] PIECES = {
        "",
        " ",
        "\n",
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "#",
        "&a ",
        "*a",
        "!!int ",
        "|",
        ">",
        "%",
        "\t",
        "---\n",
        "...",
        "?",
        "<<: ",
        "~",
        "0",
        "-1",
        "99999999999999999999",
        "1e9",
        ".inf",
        "/0",
        "/129",
        "::",
        "255.255.255.255",
        "fe80::1",
        "\u0000",
        "\u001b[2J",
        "\ufeff",
        "\ud800",
        "日本",
        "default",
        "null",
        "true",
        "Service-Segment",
        "eth0",
        "br0",
        "mgmt0",
        "192.168.22.0/24-::1",
    };

    private static final String PROBLEM = "host\\.yaml:[1-9][0-9]*:[1-9][0-9]*: \\P{Cntrl}+";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8})
    void aMutatedFileIsReadOrRefused(long seed) throws IOException {
        String scenario = Files.readString(Path.of("examples/scenario.yaml"));
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            String mutated = mutate(scenario, random);
            try {
                HostFile.parse("host.yaml", mutated);
            } catch (ConfigurationException refusal) {
                refused++;
                assertThat(refusal.problems()).as(mutated).isNotEmpty().allMatch(problem -> problem.matches(PROBLEM));
            } catch (RuntimeException | StackOverflowError bug) {
                throw new AssertionError("thrown at\n" + mutated, bug);
            }
        }
        // Both ways are walked: the mutations neither spare nor spoil every file.
        assertThat(refused).isBetween(FILES / 10, FILES - 1);
    }

    private static String mutate(String text, Random random) {
        String mutated = text;
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            mutated = switch (random.nextInt(4)) {
                case 0 -> spliced(mutated, random, PIECES[random.nextInt(PIECES.length)]);
                case 1 -> spliced(mutated, random, word(mutated, random));
                case 2 -> withLines(mutated, random);
                default -> spliced(mutated, random, "");
            };
        }
        return mutated;
    }

    /** With some characters replaced. */
    private static String spliced(String text, Random random, String piece) {
        int from = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), from + random.nextInt(6));
        return text.substring(0, from) + piece + text.substring(to);
    }

    private static String word(String text, Random random) {
        String[] words = text.split("[\\s,{}\\[\\]]+", -1);
        return words[random.nextInt(words.length)];
    }

    /** With one line removed, doubled or moved. */
    private static String withLines(String text, Random random) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.isEmpty()) {
            return text;
        }
        String line = lines.get(random.nextInt(lines.size()));
        if (random.nextBoolean()) {
            lines.remove(line);
        }
        if (random.nextBoolean()) {
            lines.add(random.nextInt(lines.size() + 1), line);
        }
        return String.join("\n", lines);
    }
}
