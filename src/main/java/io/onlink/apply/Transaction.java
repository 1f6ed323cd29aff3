package io.onlink.apply;

import io.onlink.failure.KernelException;
import io.onlink.failure.OnlinkException;
import io.onlink.failure.VerificationException;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Performs a plan wholly or not at all: when a step fails, or what is read back afterwards is not what
 * was desired, the steps that were done are undone in reverse.
 *
 * <p>One thread, one run at a time (the caller holds the {@link StateDirectory}'s lock).
 */
public final class Transaction {
    private final Kernel kernel;
    private final Consumer<Step> progress;
    private final Deque<Step> performed = new ArrayDeque<>();

    /**
     * @param kernel the namespace to change
     * @param progress told of each step before it is performed; it must not throw
     */
    public Transaction(Kernel kernel, Consumer<Step> progress) {
        this.kernel = kernel;
        this.progress = progress;
    }

    /**
     * Performs the plan that leads to the desired state, and reads back.
     *
     * @param plan what leads from the observed state to the desired one
     * @param desired what must be observed afterwards
     * @throws KernelException if a step was refused; the ones before it are undone
     * @throws VerificationException if the kernel shows something else afterwards; all is undone
     */
    public void run(Plan plan, NetworkState desired) {
        performed.clear();
        for (Step step : plan.steps()) {
            progress.accept(step);
            try {
                kernel.perform(step);
            } catch (KernelException e) {
                String where = "step %d of %d failed"
                        .formatted(performed.size() + 1, plan.steps().size());
                throw new KernelException(where, e.errno(), e.getMessage() + "; " + undo(), e);
            }
            performed.push(step);
        }
        Plan left = Plan.between(kernel.observe(), desired);
        if (!left.isEmpty()) {
            throw new VerificationException(
                    "every step was done, but the kernel shows something else; still to do would be:\n"
                            + left.toString().indent(2) + undo());
        }
    }

    /** Undoes what was done, as much of it as can be, and says how that went. */
    private String undo() {
        int undone = 0;
        List<String> failures = new ArrayList<>();
        while (!performed.isEmpty()) {
            var inverse = performed.pop().inverse();
            if (inverse.isEmpty()) {
                continue;
            }
            try {
                kernel.perform(inverse.get());
                undone++;
            } catch (OnlinkException e) {
                failures.add(e.getMessage());
            }
        }
        if (failures.isEmpty()) {
            return undone == 0 ? "nothing was changed" : "what was done before it is undone (" + undone + " steps)";
        }
        return "undone: %d steps; NOT undone:\n%s"
                        .formatted(undone, String.join("\n", failures).indent(2))
                + "Compare 'onlink plan' with what you expect, and run the lines above by hand.";
    }
}
