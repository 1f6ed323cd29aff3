package io.onlink.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.model.MacAddress;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When an address that is claimed by others is announced: RFC 5227, 2.4. */
class DefenceTest {
    private static final MacAddress HOLDER = MacAddress.parse("02:00:5e:00:53:77");
    private static final MacAddress OTHER = MacAddress.parse("02:00:5e:00:53:78");
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    private final Defence defence = new Defence();

    @Test
    void theFirstClaimIsAnsweredAtOnce() {
        assertThat(defence.hear(HOLDER, NOW)).contains(Duration.ZERO);
        assertThat(defence.isOver(NOW)).isFalse();
        assertThat(defence.take(NOW)).isEqualTo(new Defence.Heard(HOLDER, NOW, NOW, 1));
    }

    @Test
    void whatComesWithinTheIntervalIsAnsweredOnceAtItsEnd() {
        var _ = defence.hear(HOLDER, NOW);
        var _ = defence.take(NOW);
        assertThat(defence.hear(HOLDER, NOW.plusSeconds(3))).contains(Duration.ofSeconds(7));
        assertThat(defence.hear(OTHER, NOW.plusSeconds(4))).isEmpty();
        assertThat(defence.isOver(NOW.plusSeconds(20))).as("not answered yet").isFalse();
        assertThat(defence.take(NOW.plusSeconds(10)))
                .isEqualTo(new Defence.Heard(OTHER, NOW.plusSeconds(3), NOW.plusSeconds(4), 2));
        assertThat(defence.hear(HOLDER, NOW.plusSeconds(11))).contains(Duration.ofSeconds(9));
    }

    @Test
    void afterTheIntervalItIsOverAndBeginsAnew() {
        var _ = defence.hear(HOLDER, NOW);
        var _ = defence.take(NOW);
        assertThat(defence.isOver(NOW.plusSeconds(9))).isFalse();
        assertThat(defence.isOver(NOW.plusSeconds(10))).isTrue();
        assertThat(defence.hear(HOLDER, NOW.plusSeconds(10))).contains(Duration.ZERO);
    }
}
