package io.onlink.hostfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong files, each with what is said about it: a folder a case. */
class HostFileGoldenTest {
    private static final Path FOLDERS = Path.of("src/test/resources/golden/hostfile");

    @ParameterizedTest
    @MethodSource("folders")
    void everythingWrongIsSaidWithItsPlace(Path folder) throws IOException {
        String text = Files.readString(folder.resolve("host.yaml"));
        ConfigurationException refusal =
                catchThrowableOfType(ConfigurationException.class, () -> HostFile.parse("host.yaml", text));
        String said = refusal.getMessage() + "\n";
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(folder.resolve("expected.txt"), said);
        }
        assertThat(said).isEqualTo(Files.readString(folder.resolve("expected.txt")));
    }

    static Stream<Path> folders() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDERS)) {
            return folders.sorted().toList().stream();
        }
    }
}
