package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done with a state directory that others, or a broken disk, had their hands on. */
class StateDirectoryTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[]", "{\"links\": [\"eth0\"", "{\"links\": [\"br0\"], \"made\": []}"})
    void aBrokenMemoryIsNotTakenForNone(String text) throws IOException {
        Files.writeString(directory.resolve("found.json"), text);
        assertThatThrownBy(() -> new StateDirectory(directory).readFound())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("found.json")
                .hasMessageContaining("mend it");
    }

    @Test
    void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> new StateDirectory(file).lock())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("no directory")
                .hasMessageContaining("--state-dir");
    }

    @Test
    void theSecondWriterIsToldToWait() {
        StateDirectory state = new StateDirectory(directory);
        try (StateDirectory.Lock first = state.lock()) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> new StateDirectory(directory).lock())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("wait for it");
        }
        state.lock().close();
    }
}
