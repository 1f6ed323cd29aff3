package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerRenameTest {
    private static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @Test
    void composeSetsAsideByTheContainersOwnId() {
        assertThat(of("/shop_web_1", "0123456789ab_shop_web_1"))
                .contains(new ContainerRename("shop_web_1", "0123456789ab_shop_web_1", true));
        // Compose 2 makes the successor under the other's id, and gives it the name back.
        assertThat(of("/fedcba987654_web", "web")).contains(new ContainerRename("fedcba987654_web", "web", false));
        assertThat(of("/web", "fedcba987654_web")).contains(new ContainerRename("web", "fedcba987654_web", false));
        assertThat(of("/web", "0123456789ab_api")).contains(new ContainerRename("web", "0123456789ab_api", false));
    }

    @Test
    void otherEventsAreNone() {
        assertThat(ContainerRename.of(new EngineEvent("container", "start", ID, Map.of("name", "web"))))
                .isEmpty();
        assertThat(ContainerRename.of(new EngineEvent("network", "rename", ID, Map.of("name", "a", "oldName", "b"))))
                .isEmpty();
        assertThat(ContainerRename.of(new EngineEvent("container", "rename", "id", Map.of("name", "web"))))
                .isEmpty();
    }

    private static Optional<ContainerRename> of(String from, String to) {
        return ContainerRename.of(new EngineEvent("container", "rename", ID, Map.of("name", to, "oldName", from)));
    }
}
