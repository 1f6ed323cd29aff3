package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.docker.EngineEvent;
import io.onlink.ipam.KeptAddress;
import io.onlink.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who asks for an address, by what is mounted and what the engine told. */
class SeenContainersTest {
    private static final KeptAddress WEB = kept("web", "/var/lib/a b/merged");
    private static final KeptAddress DATABASE = kept("db", "/var/lib/db/merged");
    private static final KeptAddress UNKNOWN = kept("unknown", null);

    @TempDir
    private Path directory;

    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private SeenContainers seen;

    @BeforeEach
    void open() throws IOException {
        seen = new SeenContainers(directory.resolve("mountinfo"), () -> now);
        mounted();
    }

    @Test
    void whoseFileSystemIsMountedAsks() throws IOException {
        assertThat(seen.asking(List.of(WEB, DATABASE, UNKNOWN))).isEmpty();
        mounted("/var/lib/a\\040b/merged");
        assertThat(seen.asking(List.of(WEB, DATABASE, UNKNOWN))).contains("web");
        mounted("/var/lib/a\\040b/merged", "/var/lib/db/merged");
        assertThat(seen.asking(List.of(WEB, DATABASE))).as("two at once").isEmpty();
    }

    @Test
    void aContainerThatWasJustMadeIsInQuestionToo() throws IOException {
        tell("create", "new");
        assertThat(seen.asking(List.of(WEB))).contains("new");
        mounted("/var/lib/a\\040b/merged");
        assertThat(seen.asking(List.of(WEB))).as("one of two").isEmpty();
        seen.mountsAt("new", "/var/lib/new/merged");
        assertThat(seen.asking(List.of(WEB))).as("it was made only").contains("web");
        mounted("/var/lib/new/merged");
        assertThat(seen.asking(List.of(WEB))).contains("new");
        tell("start", "new");
        assertThat(seen.asking(List.of(WEB))).isEmpty();
    }

    @Test
    void aContainerThatEndedMayStartAgainAtOnce() {
        tell("die", "unknown");
        assertThat(seen.asking(List.of(UNKNOWN))).contains("unknown");
        now = now.plusSeconds(11);
        assertThat(seen.asking(List.of(UNKNOWN))).isEmpty();
    }

    @Test
    void aRenamedContainerIsOne() {
        tell("die", "unknown");
        seen.note(new EngineEvent("container", "rename", "id", Map.of("name", "other", "oldName", "/unknown")));
        assertThat(seen.asking(List.of())).contains("other");
    }

    /** Of a running one nothing is to come: who starts beside it has the question to himself. */
    @Test
    void aContainerThatIsRenamedWhileItRunsAsksForNothing() {
        seen.running(Set.of("blue"));
        tell("start", "green");
        for (String name : List.of("blue", "green")) {
            seen.note(
                    new EngineEvent("container", "rename", "id", Map.of("name", "old-" + name, "oldName", "/" + name)));
        }
        tell("die", "unknown");
        assertThat(seen.asking(List.of(UNKNOWN))).contains("unknown");
        tell("start", "unknown");
        tell("die", "old-blue");
        seen.note(new EngineEvent("container", "rename", "id", Map.of("name", "blue", "oldName", "/old-blue")));
        assertThat(seen.asking(List.of())).contains("blue");
    }

    /** As Compose does, with the engine's images where it does not tell the roots. */
    @Test
    void whoIsSetAsideForItsSuccessorAsksForNothing() {
        tell("die", "web");
        seen.note(new EngineEvent(
                "container", "rename", "0123456789abcdef", Map.of("name", "0123456789ab_web", "oldName", "/web")));
        tell("create", "web");
        // Its successor's root is not known yet.
        assertThat(seen.asking(List.of(WEB))).contains("web");
    }

    /** It is kept that db has its addresses elsewhere, or names them: as after {@code docker restart web db}. */
    @Test
    void whoseAddressesAreKeptIsInQuestionOnlyWhereTheyAre() throws IOException {
        seen.mountsAt("web", WEB.root());
        seen.mountsAt("db", DATABASE.root());
        seen.kept("id");
        mounted("/var/lib/a\\040b/merged", "/var/lib/db/merged");
        tell("die", "db");
        assertThat(seen.asking(List.of(WEB))).contains("web");
        assertThat(seen.asking(List.of(WEB, DATABASE))).isEmpty();

        tell("start", "db");
        tell("die", "db");
        assertThat(seen.asking(List.of(WEB))).as("ended before it was asked").isEmpty();
        tell("start", "db");
        seen.kept("id");
        seen.note(new EngineEvent("network", "connect", "n1", Map.of("name", "front", "container", "id")));
        tell("die", "db");
        assertThat(seen.asking(List.of(WEB))).as("connected since").isEmpty();
    }

    private void tell(String action, String name) {
        seen.note(new EngineEvent("container", action, "id", Map.of("name", name)));
    }

    /** As proc_pid_mountinfo(5) has them. */
    private void mounted(String... points) throws IOException {
        Files.writeString(
                directory.resolve("mountinfo"),
                Stream.of(points)
                        .map(point -> "36 35 0:98 / %s rw,relatime shared:1 - overlay overlay rw%n".formatted(point))
                        .collect(Collectors.joining()));
    }

    private static KeptAddress kept(String container, String root) {
        return new KeptAddress("front", IpAddress.parse("192.168.22.222"), container, true, root, Instant.EPOCH, null);
    }
}
