package io.onlink.hostfile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The known keys of one mapping. */
final class Fields {
    private final Value mapping;
    private final Map<String, Value> values;
    private final Set<String> misspelt;

    /** @param misspelt keys that are probably meant by unknown ones: not to be called missing too */
    Fields(Value mapping, Map<String, Value> values, Set<String> misspelt) {
        this.mapping = mapping;
        this.values = values;
        this.misspelt = misspelt;
    }

    /** The key's value, if it is there and can be read. */
    <T> Optional<T> optional(String key, Function<Value, Optional<T>> reader) {
        return Optional.ofNullable(values.get(key)).flatMap(reader);
    }

    /** The same for a key that must be there. */
    <T> Optional<T> required(String key, Function<Value, Optional<T>> reader) {
        requirePresence(key);
        return optional(key, reader);
    }

    /** A list that is empty where the key is not there. */
    <T> Elements<T> optionalList(String key, Function<Value, Optional<T>> reader) {
        @Nullable Value value = values.get(key);
        if (value != null) {
            return value.list(reader);
        }
        return misspelt.contains(key) ? Elements.unreadable() : Elements.none();
    }

    /** A list that must be there and have an element. */
    <T> Elements<T> requiredList(String key, Function<Value, Optional<T>> reader) {
        requirePresence(key);
        @Nullable Value value = values.get(key);
        if (value == null) {
            return Elements.unreadable();
        }
        Elements<T> elements = value.list(reader);
        if (elements.complete() && elements.values().isEmpty()) {
            value.problems().add(value.place(), "is an empty list; at least one element is expected");
            return Elements.unreadable();
        }
        return elements;
    }

    /** Notes a problem where none of the keys is there. */
    void requireOneOf(String... keys) {
        if (List.of(keys).stream().noneMatch(key -> values.containsKey(key) || misspelt.contains(key))) {
            mapping.problems().add(mapping.label(), "says nothing; one of " + String.join(", ", keys) + " is expected");
        }
    }

    private void requirePresence(String key) {
        if (!values.containsKey(key) && !misspelt.contains(key)) {
            mapping.problems().add(mapping.label(), "the key '" + key + "' is missing");
        }
    }
}
