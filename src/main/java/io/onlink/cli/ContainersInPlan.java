package io.onlink.cli;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What a host file changes for containers alone: no step of the host's, as the agent takes it from the file. */
final class ContainersInPlan {
    /**
     * Of one segment.
     *
     * @param keys of its {@code containers} whose values change, or {@code new} and {@code no more} where that comes or goes
     */
    record Change(String segment, List<String> keys) {
        @Override
        public String toString() {
            return "containers of %s: %s (the agent takes it up)".formatted(segment, String.join(", ", keys));
        }
    }

    private static final String NO_MORE = "no more";

    private ContainersInPlan() {}

    /** A segment of another name is another one, also where its bridge stays. */
    static List<Change> between(HostFile before, HostFile after) {
        List<Change> changes = new ArrayList<>();
        for (Segment segment : after.segments().values()) {
            List<String> keys = keys(containers(before, segment.name()), segment.containers());
            if (!keys.isEmpty()) {
                changes.add(new Change(segment.name(), keys));
            }
        }
        for (Segment segment : before.segments().values()) {
            if (!after.segments().containsKey(segment.name())
                    && segment.containers().isPresent()) {
                changes.add(new Change(segment.name(), List.of(NO_MORE)));
            }
        }
        return changes;
    }

    static Optional<Segment.Containers> containers(HostFile file, String segment) {
        return Optional.ofNullable(file.segments().get(segment)).flatMap(Segment::containers);
    }

    private static List<String> keys(Optional<Segment.Containers> before, Optional<Segment.Containers> after) {
        if (before.isEmpty() || after.isEmpty()) {
            return before.equals(after) ? List.of() : List.of(after.isEmpty() ? NO_MORE : "new");
        }
        List<String> keys = new ArrayList<>();
        add(keys, "pool", Segment.Containers::pool, before.get(), after.get());
        add(keys, "routers", Segment.Containers::routers, before.get(), after.get());
        add(keys, "isolated", Segment.Containers::isolated, before.get(), after.get());
        add(keys, "firewall", Segment.Containers::admission, before.get(), after.get());
        return keys;
    }

    private static void add(
            List<String> keys,
            String key,
            Function<Segment.Containers, Object> value,
            Segment.Containers before,
            Segment.Containers after) {
        if (!value.apply(before).equals(value.apply(after))) {
            keys.add(key);
        }
    }
}
