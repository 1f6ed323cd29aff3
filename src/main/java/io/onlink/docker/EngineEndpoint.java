package io.onlink.docker;

import io.onlink.model.InterfaceAddress;
import io.onlink.model.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as the engine knows it.
 *
 * @param container id of the container it belongs to
 * @param name of that container
 */
public record EngineEndpoint(
        String id,
        String container,
        String name,
        @Nullable InterfaceAddress ipv4,
        @Nullable InterfaceAddress ipv6,
        @Nullable MacAddress mac) {}
