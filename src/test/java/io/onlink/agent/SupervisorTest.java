package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the environment says of a service manager; UnitsIT has a real one. */
class SupervisorTest {
    @Test
    void withoutOneNothingIsSaid() {
        Supervisor nobody = Supervisor.of(Map.of("NOTIFY_SOCKET", ""), 7);
        assertThatCode(() -> nobody.isReady("answering")).doesNotThrowAnyException();
        assertThat(nobody.watchdog()).isEmpty();
    }

    @Test
    void oneThatDoesNotHearIsNoFailure() {
        Supervisor gone = Supervisor.of(Map.of("NOTIFY_SOCKET", "@onlink-test-nobody"), 7);
        assertThatCode(gone::isStopping).doesNotThrowAnyException();
    }

    @Test
    void theWatchdogIsForTheProcessThatItNames() {
        assertThat(Supervisor.of(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "7"), 7)
                        .watchdog())
                .contains(Duration.ofSeconds(30));
        assertThat(Supervisor.of(Map.of("WATCHDOG_USEC", "30000000"), 7).watchdog())
                .contains(Duration.ofSeconds(30));
        assertThat(Supervisor.of(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "6"), 7)
                        .watchdog())
                .isEmpty();
        assertThat(Supervisor.of(Map.of("WATCHDOG_USEC", "soon"), 7).watchdog()).isEmpty();
    }
}
