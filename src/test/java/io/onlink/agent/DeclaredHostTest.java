package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent follows the file last applied: it may start before the first apply, and runs on after a down. */
class DeclaredHostTest {
    private static final String FILE = """
            version: 1
            segments:
              front:
                bridge: br0
                uplink: eth0
                addresses: [192.168.22.217/24]
                containers: { pool: [192.168.22.222-192.168.22.239] }
            """;

    @TempDir
    private Path directory;

    @Test
    void nothingIsDeclaredBeforeApplyAndAfterDown() throws IOException {
        Path file = directory.resolve("applied.yaml");
        DeclaredHost declared = DeclaredHost.read(file);
        assertThat(declared.containerSegments()).isEmpty();
        assertThat(declared.refresh()).isFalse();

        Files.writeString(file, FILE);
        assertThat(declared.refresh()).isTrue();
        assertThat(declared.segments()).containsOnlyKeys("front");

        Files.delete(file);
        assertThat(declared.refresh()).isTrue();
        assertThat(declared.containerSegments()).isEmpty();
        assertThat(declared.refresh()).isFalse();
    }

    @Test
    void aWrongFileChangesNothing() throws IOException {
        Path file = directory.resolve("applied.yaml");
        Files.writeString(file, FILE);
        DeclaredHost declared = DeclaredHost.read(file);
        Files.writeString(file, FILE.replace("uplink", "uplnk"));
        assertThat(declared.refresh()).isFalse();
        assertThat(declared.segments()).containsOnlyKeys("front");
    }
}
