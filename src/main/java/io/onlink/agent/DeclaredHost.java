package io.onlink.agent;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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

    /**
     * What the file declares; nothing while there is none, before the first 'onlink apply' and after 'onlink down'.
     *
     * @throws ConfigurationException if the file cannot be read, or with all that is wrong in it
     */
    static DeclaredHost read(Path path) {
        try {
            String text = textOf(path);
            return new DeclaredHost(path, text, parse(path, text));
        } catch (IOException refused) {
            throw new ConfigurationException("read %s: %s".formatted(path, refused), refused);
        }
    }

    /**
     * Reads the file again if it changed, as 'onlink apply' and 'onlink down' do. One that is wrong is logged, and what
     * was declared before still holds.
     *
     * @return whether something else holds now
     */
    synchronized boolean refresh() {
        try {
            String now = textOf(path);
            if (now.equals(text)) {
                return false;
            }
            text = now;
            file = parse(path, now);
            log.info(
                    "{} {}: segments {}",
                    path,
                    now.isEmpty() ? "is gone" : "changed",
                    file.segments().sequencedKeySet());
            return true;
        } catch (IOException | ConfigurationException refused) {
            log.warn("{} is not taken, what was declared before holds: {}", path, refused.getMessage());
            return false;
        }
    }

    private static String textOf(Path path) throws IOException {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException gone) {
            return "";
        }
    }

    /** The file that holds now: another object once something else does. */
    HostFile file() {
        return file;
    }

    private static HostFile parse(Path path, String text) {
        return text.isEmpty() ? HostFile.empty() : HostFile.parse(path.toString(), text);
    }

    SequencedMap<String, Segment> segments() {
        return file.segments();
    }

    /** Those of the segments that have one. */
    List<String> bridges() {
        return file.segments().values().stream()
                .filter(Segment::hasBridge)
                .map(Segment::link)
                .toList();
    }

    /** The segments that are Docker networks. */
    List<Segment> containerSegments() {
        return file.segments().values().stream()
                .filter(segment -> segment.containers().isPresent())
                .toList();
    }
}
