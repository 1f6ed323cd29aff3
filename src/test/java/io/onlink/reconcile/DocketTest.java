package io.onlink.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.Family;
import io.onlink.reconcile.Docket.Sighting;
import io.onlink.reconcile.Drift.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a part is put right, and when it is given up on, by a clock that the test moves. */
class DocketTest {
    private static final Subject PART = new Subject.Addressing("br0", Family.IPV4);
    private static final Subject OTHER = new Subject.OfLink("br1");
    private static final Sighting WRONG =
            new Sighting("address 192.168.22.217/24 is gone from br0", Optional.of("ip (pid 7)"), null);
    private static final Instant START = Instant.parse("2026-11-24T00:00:00Z");

    @TempDir
    private Path directory;

    private Instant now = START;

    /** By how much somebody has set the time of day meanwhile. */
    private Duration set = Duration.ZERO;

    private Docket docket;

    @BeforeEach
    void open() {
        docket = new Docket(new DriftFile(directory), () -> now.plus(set), () -> now);
    }

    @Test
    void somebodyWhoTakesItAwayAgainAndAgainWins() {
        List<Duration> repairs = new ArrayList<>();
        while (now.isBefore(START.plusSeconds(600))) {
            if (see(PART).contains(PART)) {
                docket.repaired(Set.of(PART), "ip addr add 192.168.22.217/24 dev br0");
                repairs.add(Duration.between(START, now));
            }
            now = now.plusMillis(500);
        }
        assertThat(repairs)
                .containsExactly(
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(15));
        Drift last = drifts().getLast();
        assertThat(last.outcome()).isEqualTo(Outcome.GIVEN_UP);
        assertThat(last.isOpen()).isTrue();
        assertThat(last.attempts()).isEqualTo(Attempts.LIMIT);
        assertThat(last.why()).isEqualTo("put right 5 times in 10 minutes, and it did not stay");
        // Others are put right meanwhile.
        assertThat(docket.take(
                        Map.of(PART, WRONG, OTHER, new Sighting("br1 is gone", Optional.empty(), null)), _ -> true))
                .containsExactly(OTHER);
        // Nor does it begin again when the ten minutes are over.
        now = now.plus(Attempts.WITHIN);
        assertThat(see(PART)).isEmpty();
    }

    /** Every 8 s in the end, for as long as somebody opens the host. */
    @Test
    void theHostsFirewallIsNotGivenUp() {
        Subject firewall = new Subject.HostFirewall();
        int repairs = 0;
        Instant last = now;
        while (now.isBefore(START.plusSeconds(1_200))) {
            if (see(firewall).contains(firewall)) {
                assertThat(Duration.between(last, now)).isLessThanOrEqualTo(Duration.ofSeconds(8));
                docket.repaired(Set.of(firewall), "nft");
                last = now;
                repairs++;
            }
            now = now.plusMillis(500);
        }
        assertThat(repairs).isBetween(145, 155);
        assertThat(drifts().getLast().outcome()).isNotEqualTo(Outcome.GIVEN_UP);
    }

    @Test
    void aClockThatIsSetBackKeepsNothingWaiting() {
        assertThat(see(PART)).containsExactly(PART);
        docket.repaired(Set.of(PART), "ip addr add 192.168.22.217/24 dev br0");
        set = Duration.ofHours(-2);
        assertThat(see(PART)).isEmpty();
        assertThat(docket.next()).contains(START.plusSeconds(1));
        assertThat(drifts().getLast().next()).isEqualTo(START.plusSeconds(1).plus(set));
        now = now.plusSeconds(1);
        assertThat(see(PART)).containsExactly(PART);
    }

    @Test
    void anApplyLetsItBeginAnew() {
        giveUp();
        docket.beginAnew();
        assertThat(see(PART)).containsExactly(PART);
    }

    @Test
    void whatIsRightByItselfLetsItBeginAnew() {
        giveUp();
        assertThat(docket.take(Map.of(), _ -> true)).isEmpty();
        assertThat(drifts().getLast().outcome()).isEqualTo(Outcome.RIGHT_AGAIN);
        assertThat(see(PART)).containsExactly(PART);
    }

    @Test
    void aLookAtSomePartsSaysNothingOfTheOthers() {
        assertThat(see(PART)).containsExactly(PART);
        assertThat(docket.take(Map.of(), OTHER::equals)).isEmpty();
        assertThat(docket.open()).containsExactly(PART);
    }

    @Test
    void whatIsRareIsPutRightAtOnceEachTime() {
        for (int i = 0; i < 20; i++) {
            assertThat(see(PART)).containsExactly(PART);
            docket.repaired(Set.of(PART), "ip addr add");
            now = now.plus(Attempts.WITHIN).plusMillis(1);
        }
    }

    @Test
    void whatFailsIsTriedAgainLaterAndSaysWhy() {
        assertThat(see(PART)).containsExactly(PART);
        docket.failed(PART, "EPERM");
        assertThat(see(PART)).isEmpty();
        assertThat(docket.next()).contains(START.plusSeconds(1));
        assertThat(drifts().getLast().why()).isEqualTo("EPERM");
        assertThat(drifts().getLast().outcome()).isEqualTo(Outcome.WAITING);
        now = START.plusSeconds(1);
        assertThat(see(PART)).containsExactly(PART);
    }

    @Test
    void whatCannotBePutRightIsTold() {
        Sighting unfit = new Sighting("this host has no link eth0", Optional.empty(), "until it is there");
        assertThat(docket.take(Map.of(new Subject.Host(), unfit), _ -> true)).isEmpty();
        assertThat(docket.next()).isEmpty();
        assertThat(drifts().getLast())
                .matches(drift -> drift.outcome() == Outcome.LEFT && "until it is there".equals(drift.why()));
    }

    @Test
    void theFileHoldsTheLastOnesAndOutlivesTheAgent() throws Exception {
        for (int i = 0; i < 80; i++) {
            see(PART);
            docket.repaired(Set.of(PART), "ip addr add");
            now = now.plus(Attempts.WITHIN).plusMillis(1);
        }
        assertThat(drifts()).hasSize(50);
        assertThat(drifts().getLast().seen()).isAfter(drifts().getFirst().seen());
        assertThat(drifts().getLast().by()).isEqualTo("ip (pid 7)");
        see(PART);
        // What was open then is seen anew, or is no more.
        Docket next = new Docket(new DriftFile(directory), () -> now.plus(set), () -> now);
        next.take(Map.of(OTHER, WRONG), _ -> true);
        assertThat(drifts()).filteredOn(Drift::isOpen).extracting(Drift::part).containsExactly("br1");
        Files.writeString(directory.resolve("drift.json"), "half");
        assertThat(drifts()).isEmpty();
    }

    private Set<Subject> see(Subject part) {
        return docket.take(Map.of(part, WRONG), _ -> true);
    }

    private void giveUp() {
        for (int i = 0; i < Attempts.LIMIT; i++) {
            docket.repaired(Set.of(PART), "ip addr add");
        }
        assertThat(see(PART)).isEmpty();
        assertThat(drifts().getLast().outcome()).isEqualTo(Outcome.GIVEN_UP);
    }

    private List<Drift> drifts() {
        return new DriftFile(directory).read();
    }
}
