package io.onlink.docker;

/**
 * An endpoint as the engine knows it.
 *
 * @param container id of the container it belongs to
 * @param name of that container
 */
public record EngineEndpoint(String id, String container, String name) {}
