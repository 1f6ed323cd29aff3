package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onlink.failure.ConfigurationException;
import io.onlink.libc.TestNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who keeps whom away from a host. Real namespaces. Needs root. */
class HostLockIT {
    private final TestNamespace host = new TestNamespace();
    private final TestNamespace another = new TestNamespace();

    @TempDir
    private Path temporary;

    private HostLock held;

    @BeforeEach
    void somebodyIsAtWork() {
        held = tryTake(host, "state").orElseThrow();
    }

    @AfterEach
    void close() {
        held.close();
        host.close();
        another.close();
    }

    private Optional<HostLock> tryTake(TestNamespace where, String directory) {
        return where.call(() -> HostLock.tryTake(new StateDirectory(temporary.resolve(directory))));
    }

    @Test
    void whoHasAnotherStateDirectoryIsKeptAwayFromTheSameNetwork() {
        assertThat(tryTake(host, "state")).isEmpty();
        assertThat(tryTake(host, "another")).isEmpty();
        // He who was refused holds nothing.
        tryTake(another, "another").orElseThrow().close();
        held.close();
        tryTake(host, "another").orElseThrow().close();
    }

    @Test
    void theEndOfAnotherIsWaitedFor() {
        List<String> told = new ArrayList<>();
        HostLock next = host.call(
                () -> HostLock.await(new StateDirectory(temporary.resolve("state")), Duration.ofMinutes(5), waiting -> {
                    told.add(waiting);
                    held.close();
                }));
        next.close();
        assertThat(told).containsExactly("Another onlink is at work on this host: waiting for it, 300 s at most …");
    }

    @Test
    void patienceEnds() {
        StateDirectory state = new StateDirectory(temporary.resolve("state"));
        assertThatThrownBy(() -> host.call(() -> HostLock.await(state, Duration.ofMillis(1), waiting -> {})))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("another onlink has been at work on this host");
    }
}
