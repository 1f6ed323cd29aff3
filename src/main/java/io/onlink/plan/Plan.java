package io.onlink.plan;

import io.onlink.model.NetworkState;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What has to be done, in order. The same two states give the same plan.
 *
 * @param steps to be performed in this order, and undone in reverse
 */
public record Plan(List<Step> steps) {
    public Plan {
        steps = List.copyOf(steps);
    }

    /**
     * What turns one state into the other. Objects that the kernel makes by itself are in no plan, and
     * what stands in both states alike is not touched.
     */
    public static Plan between(NetworkState observed, NetworkState desired) {
        return between(observed, desired, Set.of());
    }

    /** The same with what the kernel can do besides: a plan that loses no frames. */
    public static Plan between(NetworkState observed, NetworkState desired, Set<Feature> features) {
        return new Planner(observed, desired, features).plan();
    }

    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /** One line a step, in {@code ip}'s words. */
    @Override
    public String toString() {
        return steps.stream().map(Step::command).collect(Collectors.joining("\n"));
    }
}
