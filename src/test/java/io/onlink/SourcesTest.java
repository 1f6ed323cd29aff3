package io.onlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the compiler does not ask of a source file. */
class SourcesTest {
    private static final Path PROGRAM = Path.of("src/main/java");
    private static final int LONGEST = 600;

    private static final Pattern PACKAGE_DOCUMENTATION =
            Pattern.compile("\\A/\\*\\*.*?\\p{Alpha}.*?\\*/\\s*@NullMarked\\s+package ", Pattern.DOTALL);

    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "public (?:(?:abstract|final|sealed|non-sealed) )*(?:class|interface|record|enum|@interface) .*");

    @Test
    void everyPackageSaysWhatItIsForAndIsNullMarked() {
        assertThat(sources(PROGRAM).map(Path::getParent).distinct().filter(directory -> {
                    Path packageInfo = directory.resolve("package-info.java");
                    return !Files.exists(packageInfo)
                            || !PACKAGE_DOCUMENTATION.matcher(read(packageInfo)).find();
                }))
                .isEmpty();
    }

    @Test
    void everyPublicTypeHasJavadoc() {
        assertThat(sources(PROGRAM).filter(file -> hasUndocumentedType(read(file))))
                .isEmpty();
    }

    @Test
    void noFileIsTooLongToRead() {
        assertThat(Stream.concat(sources(PROGRAM), sources(Path.of("src/test/java")))
                        .filter(file -> read(file).lines().count() > LONGEST))
                .isEmpty();
    }

    @Test
    void theSearchForUndocumentedTypesFindsThem() {
        assertThat(List.of(
                        "import a.B;\n\npublic final class A {\n",
                        "/** Is. */\n@NullMarked\npackage a;\n\n@Deprecated\npublic record A() {\n",
                        "import a.B;\n\n@Command(\n        name = \"a\",\n        b = 1)\npublic class A {\n"))
                .allMatch(SourcesTest::hasUndocumentedType);
        assertThat(List.of(
                        "import a.B;\n\n/** Is. */\npublic final class A {\n",
                        "/**\n * Is.\n */\n@Deprecated\n@Other(\n        name = \"a\")\npublic record A() {\n",
                        "import a.B;\n\nfinal class A {\n    public record B() {}\n"))
                .noneMatch(SourcesTest::hasUndocumentedType);
    }

    /** Whether above a public type at the top of a file, and above its annotations, no comment ends. */
    private static boolean hasUndocumentedType(String source) {
        List<String> lines = source.lines().toList();
        for (int line = 0; line < lines.size(); line++) {
            if (PUBLIC_TYPE.matcher(lines.get(line)).matches() && !commentEndsAbove(lines.subList(0, line))) {
                return true;
            }
        }
        return false;
    }

    private static boolean commentEndsAbove(List<String> lines) {
        for (String line : lines.reversed()) {
            if (line.endsWith("*/")) {
                return true;
            }
            // An annotation starts with @; where it takes several lines, those after the first are indented.
            if (!line.startsWith("@") && !line.startsWith(" ")) {
                return false;
            }
        }
        return false;
    }

    private static Stream<Path> sources(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
