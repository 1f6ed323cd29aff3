package io.onlink.docker;

import java.util.List;
import java.util.Map;

/**
 * A container as the engine knows it.
 *
 * @param name without the slash that the engine puts in front
 * @param endpoints ids of its endpoints, of all networks
 */
public record EngineContainer(String id, String name, Map<String, String> labels, List<String> endpoints) {
    public EngineContainer {
        labels = Map.copyOf(labels);
        endpoints = List.copyOf(endpoints);
    }
}
