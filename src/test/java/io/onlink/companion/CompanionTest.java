package io.onlink.companion;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompanionTest {
    private static final Companion PHP = new Companion("id", "web", "php-fpm", "php-fpm8.2 -F");

    @Test
    void labelsNameCompanions() {
        assertThat(Companion.of(
                        "id",
                        "web",
                        Map.of(
                                "onlink.companion.php-fpm", "php-fpm8.2 -F",
                                "onlink.companion.agent", "zabbix_agentd -f",
                                "onlink.companion.", "nameless",
                                "onlink.companion.empty", " ",
                                "onlink.allow", "tcp/80")))
                .extracting(Companion::name)
                .containsExactly("agent", "php-fpm");
    }

    @Test
    void theMarkIsFoundWholeWhereverItStands() {
        assertThat(List.of(
                        "ONLINK_COMPANION=php-fpm",
                        "ONLINK_COMPANION=php-fpm\0PATH=/bin\0",
                        "PATH=/bin\0ONLINK_COMPANION=php-fpm\0A=b\0"))
                .allMatch(PHP::isMarkedIn);
        assertThat(List.of("", "ONLINK_COMPANION=php\0", "ONLINK_COMPANION=php-fpm8\0", "X_ONLINK_COMPANION=php-fpm\0"))
                .noneMatch(PHP::isMarkedIn);
    }

    /** The environment has bytes, the engine writes names as UTF-8, and what is in it beside need not be UTF-8. */
    @Test
    void theMarkIsFoundInWhateverLetters() {
        String environ = new String(
                        "PATH=/bin\0ONLINK_COMPANION=größe\0".getBytes(StandardCharsets.UTF_8),
                        StandardCharsets.ISO_8859_1)
                + "A=\u00ff\0";
        assertThat(new Companion("id", "web", "größe", "sleep 5").isMarkedIn(environ))
                .isTrue();
        assertThat(new Companion("id", "web", "grösse", "sleep 5").isMarkedIn(environ))
                .isFalse();
    }

    @Test
    void waitsLongerEachTimeAndNeverLongerThanHalfAMinute() {
        BackOff backOff = BackOff.start();
        assertThat(backOff.next()).isEqualTo(Duration.ofSeconds(1));
        for (long seconds : new long[] {2, 4, 8, 16, 30, 30}) {
            backOff = backOff.longer();
            assertThat(backOff.next()).isEqualTo(Duration.ofSeconds(seconds));
        }
        assertThat(backOff.after(Duration.ofSeconds(59))).isEqualTo(backOff);
        assertThat(backOff.after(Duration.ofSeconds(60))).isEqualTo(BackOff.start());
    }
}
