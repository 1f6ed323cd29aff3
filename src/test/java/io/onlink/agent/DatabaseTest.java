package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full, files that are damaged. */
class DatabaseTest {
    @TempDir
    private Path directory;

    @Test
    void aFullDiskIsSaidAndWhatComesAfterItIsKept() {
        Path file = directory.resolve("onlink.db");
        try (Database database = Database.open(file)) {
            assertThatThrownBy(() -> database.transaction(() -> {
                        var _ = database.query("PRAGMA max_page_count = 12", row -> row.getInt(1));
                        for (int i = 0; i < 1000; i++) {
                            network(database, "n" + i + "x".repeat(1000));
                        }
                    }))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("SQLITE_FULL")
                    .hasMessageContaining("disk is not full");
            var _ = database.query("PRAGMA max_page_count = 100000", row -> row.getInt(1));
            database.transaction(() -> network(database, "n1"));
            try (Database other = Database.open(file)) {
                assertThat(other.query("SELECT id FROM networks", row -> row.getString(1)))
                        .containsExactly("n1");
            }
        }
    }

    @Test
    void aDamagedFileIsSaidToBeOne() throws IOException {
        Path file = directory.resolve("onlink.db");
        Files.writeString(file, "no database at all, but long enough to have a header of one hundred bytes".repeat(4));
        assertThatThrownBy(() -> Database.open(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("it is damaged: move it away");
    }

    private static void network(Database database, String id) {
        database.update("INSERT INTO networks (id, segment, created) VALUES (?, ?, ?)", id, "front", 0);
    }
}
