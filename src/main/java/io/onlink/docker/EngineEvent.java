package io.onlink.docker;

import java.util.Map;

/**
 * Something that happened in the engine ({@code docker events}).
 *
 * @param type {@code container}, {@code network} …
 * @param action {@code start}, {@code die}, {@code create} …
 * @param actor id of the container or network
 * @param attributes what else the engine says, as the name
 */
public record EngineEvent(String type, String action, String actor, Map<String, String> attributes) {
    public EngineEvent {
        attributes = Map.copyOf(attributes);
    }
}
