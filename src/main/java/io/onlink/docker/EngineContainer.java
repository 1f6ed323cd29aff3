package io.onlink.docker;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container as the engine knows it.
 *
 * @param name without the slash that the engine puts in front
 * @param endpoints ids of its endpoints, of all networks
 * @param root where the engine mounts its file system while it runs; null where the engine does not tell
 */
public record EngineContainer(
        String id,
        String name,
        Map<String, String> labels,
        List<String> endpoints,
        @Nullable String root) {
    public EngineContainer {
        labels = Map.copyOf(labels);
        endpoints = List.copyOf(endpoints);
    }
}
