package io.onlink.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.apply.StateDirectory;
import io.onlink.attach.AttachedHost;
import io.onlink.model.BridgePort;
import io.onlink.model.BridgePort.Option;
import io.onlink.reconcile.Drift.Outcome;
import io.onlink.step.Step;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two programs that want a container's port otherwise, by a clock that the test moves. */
class PortRepairTest extends AttachedHost {
    private static final Instant START = Instant.parse("2026-11-29T00:00:00Z");
    private static final Set<Option> THEIRS =
            EnumSet.of(Option.LEARNING, Option.FLOOD, Option.MULTICAST_FLOOD, Option.BROADCAST_FLOOD, Option.HAIRPIN);

    @TempDir
    private Path temporary;

    private Instant time = START;
    private PortRepair repair;

    @BeforeEach
    void attach() {
        Docket docket = new Docket(new DriftFile(temporary.resolve("run")), () -> time, () -> time);
        repair = new PortRepair(new StateDirectory(temporary.resolve("state")), attachments, docket);
        network("n1", "front", "192.168.22.0/24");
        create("n1", ID, "192.168.22.222/24", null, "{}");
        join("n1", ID);
    }

    @Test
    void optionsArePutBackOnceAndTold() {
        change();
        repair.lookAt(List.of("onlffffffffffff"));
        assertThat(drifts()).isEmpty();
        repair.lookAt(List.of(HOST_LINK));
        assertThat(options()).isEqualTo(BridgePort.ON_AT_FIRST);
        // What we did ourselves is told too, and nothing is wrong any more.
        repair.lookAt(List.of(HOST_LINK));
        repair.lookAtAll();
        assertThat(drifts()).singleElement().satisfies(drift -> {
            assertThat(drift.part()).isEqualTo("options of " + HOST_LINK + " of endpoint 5c1d0b6d9d0e");
            assertThat(drift.what()).isEqualTo("endpoint 5c1d0b6d9d0e on front: " + HOST_LINK + " has hairpin on");
            assertThat(drift.outcome()).isEqualTo(Outcome.REPAIRED);
            assertThat(drift.attempts()).isOne();
        });
    }

    @Test
    void aFightAboutOptionsEndsAndThePortComesBackToItsBridgeAllTheSame() {
        List<Duration> repairs = new ArrayList<>();
        while (time.isBefore(START.plusSeconds(60))) {
            if (options().equals(BridgePort.ON_AT_FIRST)) {
                change();
            }
            repair.lookAt(List.of(HOST_LINK));
            if (options().equals(BridgePort.ON_AT_FIRST)) {
                repairs.add(Duration.between(START, time));
            }
            time = time.plusMillis(250);
        }
        assertThat(repairs).extracting(Duration::toSeconds).containsExactly(0L, 1L, 3L, 7L, 15L);
        assertThat(drifts()).last().extracting(Drift::outcome).isEqualTo(Outcome.GIVEN_UP);
        kernel.perform(new Step.SetMaster(HOST_LINK, "br0", null));
        repair.lookAt(List.of(HOST_LINK));
        assertThat(kernel.link(HOST_LINK).master()).isEqualTo("br0");
    }

    private void change() {
        kernel.perform(new Step.SetPortOptions(HOST_LINK, options(), THEIRS));
    }

    private Set<Option> options() {
        return kernel.port(HOST_LINK).on();
    }

    private List<Drift> drifts() {
        return new DriftFile(temporary.resolve("run")).read();
    }
}
