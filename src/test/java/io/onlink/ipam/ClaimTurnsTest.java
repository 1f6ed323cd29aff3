package io.onlink.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.ipam.ClaimTurns.Turn;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which claims are taken for one endpoint's, also where more come than can wait. */
class ClaimTurnsTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final IpAddress IPV4 = IpAddress.parse("192.168.22.222");
    private static final IpAddress IPV6 = IpAddress.parse("2001:db8:22::222");

    @Test
    void bothFamiliesOfAnEndpointAreOneTurn() {
        ClaimTurns turns = new ClaimTurns(LONG, LONG);
        Turn turn = claim(turns, IPV4);
        assertThat(claim(turns, IPV6)).isSameAs(turn);
    }

    @Test
    void theNextOneWaitsUntilTheEndpointIsMade() throws Exception {
        ClaimTurns turns = new ClaimTurns(LONG, LONG);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Turn turn = claim(turns, IPV4);
            Future<Turn> next = threads.submit(() -> turns.take("lan", Family.IPV4));
            assertThat(claim(turns, IPV6)).isSameAs(turn);
            assertThat(next.isDone()).isFalse();
            turns.end("lan", IPV4);
            assertThat(next.get(1, TimeUnit.MINUTES)).isNotSameAs(turn);
        }
    }

    @Test
    void aTurnThatNobodyEndsIsOver() {
        ClaimTurns turns = new ClaimTurns(Duration.ofMillis(20), LONG);
        Turn dead = claim(turns, IPV4);
        assertThat(turns.take("lan", Family.IPV4)).isNotSameAs(dead);
    }

    /** As on a disk that others keep busy: the engine cannot ask for the other family before. */
    @Test
    void timeThatTheAnswerTakesIsNotTheEngines() throws InterruptedException {
        Duration patience = Duration.ofSeconds(1);
        ClaimTurns turns = new ClaimTurns(patience, LONG);
        Turn turn = turns.take("lan", Family.IPV4);
        Thread.sleep(patience.multipliedBy(2));
        turns.claimed("lan", turn, IPV4);
        assertThat(turns.take("lan", Family.IPV6)).isSameAs(turn);
    }

    /** Whose it is cannot be said: of one whose turn was over too soon, or of one who has the turn. */
    @Test
    void afterATurnThatWasOverAnIpv6ClaimIsNobodys() {
        ClaimTurns turns = new ClaimTurns(Duration.ofMillis(500), LONG);
        claim(turns, IPV4);
        Turn next = turns.take("lan", Family.IPV4);
        assertThat(turns.take("lan", Family.IPV6)).isNotSameAs(next);
    }

    /** As after an {@code --ip6} that the engine refused itself, when all containers start anew some time later. */
    @Test
    void aTurnThatWasOverLongAgoLeavesNoDoubt() throws InterruptedException {
        Duration patience = Duration.ofMillis(20);
        ClaimTurns turns = new ClaimTurns(patience, LONG);
        claim(turns, IPV4);
        Thread.sleep(patience.multipliedBy(10));
        Turn turn = turns.take("lan", Family.IPV4);
        assertThat(turns.take("lan", Family.IPV6)).isSameAs(turn);
    }

    /** A turn each that nobody ends, of a thousand: in a row they would take an hour. */
    @Test
    void whoHasWaitedTooLongGoesWithout() throws Exception {
        ClaimTurns turns = new ClaimTurns(Duration.ofSeconds(4), Duration.ofMillis(100));
        List<Callable<Turn>> claims = new ArrayList<>();
        for (int claim = 0; claim < 1000; claim++) {
            claims.add(() -> turns.take("lan", Family.IPV4));
        }
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Turn>> taken = threads.invokeAll(claims, 1, TimeUnit.MINUTES);
            assertThat(taken).noneMatch(Future::isCancelled);
        }
    }

    @Test
    void anotherSegmentDoesNotWait() {
        ClaimTurns turns = new ClaimTurns(LONG, LONG);
        Turn turn = claim(turns, IPV4);
        assertThat(turns.take("other", Family.IPV4)).isNotSameAs(turn);
    }

    private static Turn claim(ClaimTurns turns, IpAddress address) {
        Turn turn = turns.take("lan", address.family());
        turns.claimed("lan", turn, address);
        return turn;
    }
}
