package io.onlink.docker;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.onlink.failure.ConfigurationException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The options of a plugin call: what a user gave by {@code -o}, {@code --ipam-opt} or {@code --driver-opt}, among what
 * the engine adds. Values are of any JSON type; ours are texts.
 */
public final class Options {
    /** No options at all. */
    public static final Options NONE = new Options(JsonNodeFactory.instance.objectNode());

    /** Under this key of CreateNetwork are the options the user gave (libnetwork, netlabel.GenericData). */
    private static final String GENERIC = "com.docker.network.generic";

    private final JsonNode values;

    private Options(JsonNode values) {
        this.values = values;
    }

    @JsonCreator
    static Options of(@Nullable JsonNode values) {
        return values == null || !values.isObject() ? NONE : new Options(values);
    }

    /** The text of an option; empty where it is not given or is no text. */
    public Optional<String> text(String key) {
        JsonNode value = values.get(key);
        return value != null && value.isString() ? Optional.of(value.stringValue()) : Optional.empty();
    }

    /**
     * The truth of an option that the user writes as {@code true} or {@code false}.
     *
     * @throws ConfigurationException if it is anything else
     */
    public Optional<Boolean> truth(String key) {
        JsonNode value = values.get(key);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        return switch (value.asString("")) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default ->
                throw new ConfigurationException("Option %s is true or false, not %s".formatted(key, value.toString()));
        };
    }

    /**
     * Refuses options of Onlink's that there are not: a slip of the pen would have no effect, and nobody would say so. Others' are theirs.
     *
     * @param where they stand, for the message
     * @param known all that there are
     * @throws ConfigurationException if there is one beside the known
     */
    public void refuseUnknown(String where, List<String> known) {
        values.propertyNames().stream()
                .filter(name -> name.startsWith(Engine.OPTION_PREFIX) && !known.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ConfigurationException("%s: there is no such option; of Onlink's %s may have %s"
                            .formatted(name, where, String.join(", ", known)));
                });
    }

    /** What the user gave to {@code docker network create} by {@code -o}. */
    public Options generic() {
        return of(values.get(GENERIC));
    }

    @JsonValue
    JsonNode values() {
        return values;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
