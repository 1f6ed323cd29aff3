package io.onlink.attach;

import io.onlink.step.Step;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A running container's port whose options or MTU somebody changed.
 *
 * @param steps that put it right
 */
public record ChangedPort(Endpoint endpoint, List<Step> steps) {
    public ChangedPort {
        steps = List.copyOf(steps);
    }

    /** The host's side of the endpoint's link. */
    public String link() {
        return endpoint.hostLink();
    }

    /** What puts it right, in {@code ip}'s words. */
    public String remedy() {
        return steps.stream().map(Step::command).collect(Collectors.joining("; "));
    }
}
