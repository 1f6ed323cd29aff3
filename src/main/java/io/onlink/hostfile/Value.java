package io.onlink.hostfile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A value of the file that has not been looked at. Each reader gives it as the type asked for, or notes what is wrong
 * and gives nothing, so that reading goes on and finds the next problem.
 */
final class Value {
    /** Two IPv6 addresses and a dash have 79 characters, an interface's name 15. */
    private static final int LONGEST_TEXT = 100;

    private final Node node;
    private final Place place;
    private final Place label;
    private final YamlText yaml;
    private final Problems problems;

    private Value(Node node, Place place, Place label, YamlText yaml, Problems problems) {
        this.node = node;
        this.place = place;
        this.label = label;
        this.yaml = yaml;
        this.problems = problems;
    }

    static Value root(Node node, YamlText yaml, Problems problems) {
        Place place = new Place("", yaml.position(node));
        return new Value(node, place, place, yaml, problems);
    }

    /** A key of a mapping and what it stands for. */
    record Entry(Located<String> key, Value value) {}

    Place place() {
        return place;
    }

    /** Where the key of this value stands: that is where people look for what is missing in it. */
    Place label() {
        return label;
    }

    Problems problems() {
        return problems;
    }

    Optional<Located<String>> text() {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
            return wrong("text is expected" + (isBareWord() ? ", in quotes" : ""));
        }
        if (scalar.getValue().length() > LONGEST_TEXT) {
            problems.add(place, "is longer than %d characters".formatted(LONGEST_TEXT));
            return Optional.empty();
        }
        return Optional.of(new Located<>(scalar.getValue(), place));
    }

    /** @param parse throws IllegalArgumentException with a message that repeats the text */
    <T> Optional<Located<T>> text(Function<String, T> parse, String allowed) {
        return text().flatMap(text -> {
            try {
                return Optional.of(new Located<>(parse.apply(text.value()), place));
            } catch (IllegalArgumentException e) {
                problems.add(place, e.getMessage() + "; " + allowed);
                return Optional.empty();
            }
        });
    }

    Optional<Located<Integer>> integer(int least, int most, String allowed) {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.INT)) {
            return wrong(allowed + " is expected");
        }
        try {
            int number = Integer.parseInt(scalar.getValue());
            if (number >= least && number <= most) {
                return Optional.of(new Located<>(number, place));
            }
        } catch (NumberFormatException e) {
            // Only too many digits: what else the schema calls an integer, Java does too.
        }
        return wrong(allowed + " is expected");
    }

    Optional<Located<Boolean>> truth() {
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.BOOL)) {
            return wrong("true or false is expected");
        }
        return Optional.of(new Located<>(scalar.getValue().equalsIgnoreCase("true"), place));
    }

    <T> Elements<T> list(Function<Value, Optional<T>> reader) {
        if (!(node instanceof SequenceNode sequence)) {
            wrong("a list is expected, as in [first, second]");
            return Elements.unreadable();
        }
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < sequence.getValue().size(); i++) {
            Node element = sequence.getValue().get(i);
            Place elementPlace = place.element(i, yaml.position(element));
            reader.apply(new Value(element, elementPlace, elementPlace, yaml, problems))
                    .ifPresent(elements::add);
        }
        return new Elements<>(elements, elements.size() == sequence.getValue().size());
    }

    /** The keys that users choose, in the order of the file. */
    List<Entry> entries() {
        if (!(node instanceof MappingNode mapping)) {
            wrong("a mapping is expected, as in {name: …}");
            return List.of();
        }
        List<Entry> entries = new ArrayList<>();
        Map<String, Located<String>> seen = new HashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            key(tuple.getKeyNode()).ifPresent(key -> {
                Located<String> first = seen.putIfAbsent(key.value(), key);
                if (first == null) {
                    entries.add(entry(key, tuple.getValueNode()));
                } else {
                    problems.add(
                            key.place(),
                            "the key is in line %d already; one of the two must go".formatted(first.line()));
                }
            });
        }
        return entries;
    }

    /** The keys that Onlink knows; others are a problem each. */
    Optional<Fields> fields(String... allowed) {
        if (!(node instanceof MappingNode)) {
            return wrong("a mapping is expected, with " + String.join(", ", allowed));
        }
        List<String> known = List.of(allowed);
        Map<String, Value> values = new HashMap<>();
        Set<String> misspelt = new HashSet<>();
        for (Entry entry : entries()) {
            String key = entry.key().value();
            if (known.contains(key)) {
                values.put(key, entry.value());
                continue;
            }
            Spelling.closest(key, known).ifPresent(misspelt::add);
            problems.add(
                    entry.key().place(),
                    "unknown key; %sallowed: %s".formatted(Spelling.suggestion(key, known), String.join(", ", known)));
        }
        return Optional.of(new Fields(this, values, misspelt));
    }

    private Entry entry(Located<String> key, Node value) {
        Place valuePlace = new Place(key.place().path(), yaml.position(value));
        return new Entry(key, new Value(value, valuePlace, key.place(), yaml, problems));
    }

    /** A key is text whatever it looks like: {@code 10: …} names "10". */
    private Optional<Located<String>> key(Node keyNode) {
        if (!(keyNode instanceof ScalarNode scalar) || scalar.getValue().length() > LONGEST_TEXT) {
            problems.add(
                    new Place(place.path(), yaml.position(keyNode)),
                    "a key that is no text of at most %d characters".formatted(LONGEST_TEXT));
            return Optional.empty();
        }
        return Optional.of(new Located<>(scalar.getValue(), place.key(scalar.getValue(), yaml.position(keyNode))));
    }

    private <T> Optional<T> wrong(String expected) {
        problems.add(place, "is " + description() + "; " + expected);
        return Optional.empty();
    }

    private boolean isBareWord() {
        return node instanceof ScalarNode && !node.getTag().equals(Tag.NULL);
    }

    private String description() {
        if (node instanceof MappingNode) {
            return "a mapping";
        }
        if (!(node instanceof ScalarNode scalar)) {
            return "a list";
        }
        if (scalar.getTag().equals(Tag.NULL)) {
            return "empty";
        }
        if (scalar.getValue().length() > LONGEST_TEXT) {
            return "a long text";
        }
        return scalar.getTag().equals(Tag.STR)
                ? "the text '" + scalar.getValue() + "'"
                : (scalar.getTag().equals(Tag.BOOL) ? "the truth value " : "the number ") + scalar.getValue();
    }
}
