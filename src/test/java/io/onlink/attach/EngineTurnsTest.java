package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EngineTurnsTest {
    private Instant now = Instant.parse("2026-11-28T00:00:00Z");
    private final EngineTurns turns = new EngineTurns(() -> now);
    private int added;

    @Test
    void aRouteIsAddedAtAStartOnceTheContainerRuns() {
        turns.begins("sandbox", Duration.ofMillis(600));
        turns.beginsAnew("sandbox", Duration.ofSeconds(15));
        now = now.plusSeconds(3);
        add();
        assertThat(added).isZero();
        assertThat(turns.hasStarted("sandbox")).isTrue();
        assertThat(turns.hasStarted("sandbox")).isFalse();
        add();
        assertThat(added).isOne();
    }

    @Test
    void aStartThatNobodyTellsOfIsOverAtLast() {
        turns.beginsAnew("sandbox", Duration.ofSeconds(15));
        now = now.plusSeconds(15);
        add();
        assertThat(added).isOne();
    }

    /** Before the engine 20.10 makes the sandbox, runc and its shim are started: half a minute where a machine is overloaded. */
    @Test
    void aStartIsWaitedForFromItsFirstInterfaceOn() {
        turns.beginsAnew("sandbox", Duration.ofSeconds(15));
        now = now.plusSeconds(25);
        turns.goesOn("sandbox", Duration.ofSeconds(15));
        now = now.plusSeconds(3);
        add();
        assertThat(added).isZero();
        assertThat(turns.hasStarted("sandbox")).isTrue();
        turns.goesOn("sandbox", Duration.ofSeconds(15));
        add();
        assertThat(added).as("once it runs").isOne();
    }

    @Test
    void anotherNetworkOfARunningContainerIsWaitedForAllTheSame() {
        turns.beginsAnew("sandbox", Duration.ofSeconds(15));
        turns.begins("sandbox", Duration.ofMillis(600));
        assertThat(turns.hasStarted("sandbox")).isTrue();
        add();
        assertThat(added).isZero();
    }

    private void add() {
        turns.whenItIsDone("sandbox", () -> added++);
    }
}
