package io.onlink.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.docker.EngineContainer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which labels have no effect where they are. */
class VainLabelsTest {
    @Test
    void whatLooksLikeOnlinksAndIsNot() {
        assertThat(VainLabels.sentences(container(Map.of(
                        "onlink.allow", "tcp/80",
                        "onlink.vrf", "mgmt0",
                        "onlink.companion.php-fpm", "php-fpm",
                        "com.example.alow", "x",
                        "onlinks.alow", "x"))))
                .isEmpty();
        assertThat(VainLabels.sentences(
                        container(Map.of("onlink.alow", "tcp/80", "onlink.mac", "x", "onlink.companion.", "x"))))
                .singleElement()
                .asString()
                .contains("container web", "no effect: onlink.alow, onlink.companion., onlink.mac;");
    }

    /** As the engine tells of one with {@code --network container:OTHER}. */
    @Test
    void whatOpensTheFirewallOfAnothersNetwork() {
        Map<String, String> labels = Map.of("onlink.allow", "tcp/80");
        assertThat(VainLabels.sentences(new EngineContainer("id", "sidecar", labels, List.of(), null)))
                .containsExactly(
                        "container sidecar has the label onlink.allow and no network of its own, so it has no effect: with --network container:OTHER give it to that one");
    }

    private static EngineContainer container(Map<String, String> labels) {
        return new EngineContainer("id", "web", labels, List.of("endpoint"), null);
    }
}
