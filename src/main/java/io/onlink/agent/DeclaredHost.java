package io.onlink.agent;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The host file that holds now. For any thread. */
final class DeclaredHost {
    private static final Logger log = LoggerFactory.getLogger(DeclaredHost.class);

    private final Path path;
    private String text;
    private volatile HostFile file;

    private DeclaredHost(Path path, String text, HostFile file) {
        this.path = path;
        this.text = text;
        this.file = file;
    }

    /** @throws ConfigurationException if the file cannot be read, or with all that is wrong in it */
    static DeclaredHost read(Path path) {
        HostFile file = HostFile.read(path);
        try {
            return new DeclaredHost(path, Files.readString(path), file);
        } catch (IOException refused) {
            throw new ConfigurationException("read %s: %s".formatted(path, refused), refused);
        }
    }

    /**
     * Reads the file again if it changed, as 'onlink apply' does. One that is wrong or gone is logged, and what was
     * declared before still holds.
     *
     * @return whether something else holds now
     */
    synchronized boolean refresh() {
        try {
            String now = Files.readString(path);
            if (now.equals(text)) {
                return false;
            }
            text = now;
            file = HostFile.parse(path.toString(), now);
            log.info("{} changed: segments {}", path, file.segments().sequencedKeySet());
            return true;
        } catch (IOException | ConfigurationException refused) {
            log.warn("{} is not taken, what was declared before holds: {}", path, refused.getMessage());
            return false;
        }
    }

    SequencedMap<String, Segment> segments() {
        return file.segments();
    }

    /** The segments that are Docker networks. */
    List<Segment> containerSegments() {
        return file.segments().values().stream()
                .filter(segment -> segment.containers().isPresent())
                .toList();
    }
}
