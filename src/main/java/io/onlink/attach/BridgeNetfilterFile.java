package io.onlink.attach;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@link BridgeNetfilter} has changed, in the agent's {@code --run-dir}: it goes with the boot, as the changes do. Written whole
 * and renamed, so that a reader never sees half of it.
 */
public final class BridgeNetfilterFile {
    private static final Logger log = LoggerFactory.getLogger(BridgeNetfilterFile.class);

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Path path;

    public BridgeNetfilterFile(Path runDirectory) {
        this.path = runDirectory.resolve("br-netfilter.json");
    }

    /**
     * What was changed.
     *
     * @param sysctls that were on and are off, with slashes
     * @param bridges whose options were off and are on, by the names of the options
     * @param kept the rule for which nothing was changed; null where none was found
     */
    public record Changes(
            SortedSet<String> sysctls,
            SortedMap<String, SortedSet<String>> bridges,
            @Nullable String kept) {
        /** The same for people; null where there is nothing to say. */
        public @Nullable String words() {
            if (kept != null) {
                return "frames that stay on a segment's bridge go through iptables, as a rule there means some: "
                        + kept;
            }
            if (sysctls.isEmpty()) {
                return null;
            }
            return "frames that stay on a segment's bridge are spared the way through iptables"
                    + (bridges.isEmpty()
                            ? ""
                            : "; those of %s go it as before".formatted(String.join(", ", bridges.keySet())));
        }

        boolean isNone() {
            return sysctls.isEmpty() && bridges.isEmpty();
        }
    }

    /** None where no agent ran since the boot. */
    public Changes read() {
        try {
            if (Files.exists(path)) {
                return MAPPER.readValue(Files.readString(path), Changes.class);
            }
        } catch (IOException | JacksonException unreadable) {
            log.warn("{} cannot be read, and is made anew: {}", path, unreadable.getMessage());
        }
        return new Changes(new TreeSet<>(), new TreeMap<>(), null);
    }

    void changed(String sysctl) {
        Changes changes = read();
        if (changes.sysctls().add(sysctl)) {
            write(changes);
        }
    }

    void changed(String bridge, String tables) {
        Changes changes = read();
        if (changes.bridges().computeIfAbsent(bridge, _ -> new TreeSet<>()).add(tables)) {
            write(changes);
        }
    }

    /** What was changed at a bridge is so no more. */
    void forget(String bridge) {
        Changes changes = read();
        if (changes.bridges().remove(bridge) != null) {
            write(changes);
        }
    }

    void keep(String rule) {
        write(new Changes(new TreeSet<>(), new TreeMap<>(), rule));
    }

    void clear() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException refused) {
            throw new ConfigurationException("remove %s: %s".formatted(path, refused), refused);
        }
    }

    private void write(Changes changes) {
        Path draft = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.createDirectories(path.getParent());
            Files.writeString(draft, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(changes));
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException refused) {
            throw new ConfigurationException("write %s: %s".formatted(path, refused), refused);
        }
    }
}
