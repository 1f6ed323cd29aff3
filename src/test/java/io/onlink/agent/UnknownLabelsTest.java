package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.docker.EngineContainer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which labels are slips of the pen. */
class UnknownLabelsTest {
    @Test
    void onlyWhatLooksLikeOnlinksAndIsNot() {
        assertThat(UnknownLabels.of(container(Map.of(
                        "onlink.allow", "tcp/80",
                        "onlink.vrf", "mgmt0",
                        "onlink.companion.php-fpm", "php-fpm",
                        "com.example.alow", "x",
                        "onlinks.alow", "x"))))
                .isEmpty();
        assertThat(UnknownLabels.of(
                        container(Map.of("onlink.alow", "tcp/80", "onlink.mac", "x", "onlink.companion.", "x"))))
                .containsExactly("onlink.alow", "onlink.companion.", "onlink.mac");
    }

    private static EngineContainer container(Map<String, String> labels) {
        return new EngineContainer("id", "web", labels, List.of(), null);
    }
}
