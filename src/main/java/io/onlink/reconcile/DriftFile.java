package io.onlink.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The agent's last drifts in its {@code --run-dir}, for {@code onlink status}: written whole and renamed, so that a reader
 * never sees half of it. It says what was so while the agent ran, and goes with the boot.
 */
public final class DriftFile {
    private static final Logger log = LoggerFactory.getLogger(DriftFile.class);

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Path file;

    public DriftFile(Path runDirectory) {
        this.file = runDirectory.resolve("drift.json");
    }

    /** The last drifts, the newest last; none where no agent ran since the boot, or the file cannot be read. */
    public List<Drift> read() {
        try {
            return Files.exists(file)
                    ? MAPPER.readValue(Files.readString(file), new TypeReference<List<Drift>>() {})
                    : List.of();
        } catch (IOException | JacksonException unreadable) {
            log.warn("{} cannot be read, the last drifts are not shown: {}", file, unreadable.getMessage());
            return List.of();
        }
    }

    /** A failure is logged only: to put the host right is more important than to tell of it. */
    void write(List<Drift> drifts) {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(draft, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(drifts));
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException unwritable) {
            log.warn(
                    "{} cannot be written, 'onlink status' does not show the last drifts: {}",
                    file,
                    unwritable.getMessage());
        }
    }
}
