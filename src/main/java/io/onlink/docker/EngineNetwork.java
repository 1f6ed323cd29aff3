package io.onlink.docker;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A network as the engine has it.
 *
 * @param ipamDriver which address manager it uses
 * @param ipamOptions what the user gave by {@code --ipam-opt}
 * @param options what the user gave by {@code -o}
 * @param subnets as they were given to the engine
 */
public record EngineNetwork(
        String id,
        String name,
        String driver,
        String ipamDriver,
        Map<String, String> ipamOptions,
        Map<String, String> options,
        Set<String> subnets) {
    public EngineNetwork {
        ipamOptions = Map.copyOf(ipamOptions);
        options = Map.copyOf(options);
        subnets = Set.copyOf(subnets);
    }

    /** Whether the driver is Onlink's. */
    public boolean isOnlinks() {
        return driver.equals(Engine.DRIVER);
    }

    /** The segment it says it is on. */
    public Optional<String> segment() {
        return Optional.ofNullable(options.get(Engine.SEGMENT_OPTION));
    }
}
