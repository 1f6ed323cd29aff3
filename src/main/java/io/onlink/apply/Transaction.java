package io.onlink.apply;

import io.onlink.failure.KernelException;
import io.onlink.failure.VerificationException;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Performs a change wholly or not at all: when a step fails, or what is read back afterwards is not what
 * was desired, the host goes back to what was observed before. The way back is a plan like any other, made
 * from what the kernel shows then, so it does not matter how far the change came.
 *
 * <p>One thread, one run at a time (the caller holds the {@link StateDirectory}'s lock).
 */
public final class Transaction {
    private final Kernel kernel;
    private final Consumer<Step> progress;

    /**
     * @param kernel the namespace to change
     * @param progress told of each step before it is performed; it must not throw
     */
    public Transaction(Kernel kernel, Consumer<Step> progress) {
        this.kernel = kernel;
        this.progress = progress;
    }

    /**
     * Makes the change, and reads back.
     *
     * @throws KernelException if a step was refused; the ones before it are undone
     * @throws VerificationException if the kernel shows something else afterwards; all is undone
     */
    public void run(HostChange change) {
        List<Step> steps = change.plan().steps();
        for (int i = 0; i < steps.size(); i++) {
            progress.accept(steps.get(i));
            try {
                kernel.perform(steps.get(i));
            } catch (KernelException e) {
                String where = "step %d of %d failed".formatted(i + 1, steps.size());
                throw new KernelException(where, e.errno(), e.getMessage() + "; " + undo(change.observed()), e);
            }
        }
        Plan left = Plan.between(kernel.observe(), change.desired());
        if (!left.isEmpty()) {
            throw new VerificationException(
                    "every step was done, but the kernel shows something else; still to do would be:\n"
                            + left.toString().indent(2) + undo(change.observed()));
        }
    }

    /** Goes back, as far as the kernel lets us, and says how that went. */
    private String undo(NetworkState before) {
        List<String> failures = new ArrayList<>();
        for (Step step : Plan.between(kernel.observe(), before).steps()) {
            progress.accept(step);
            try {
                kernel.perform(step);
            } catch (KernelException e) {
                failures.add(e.getMessage());
            }
        }
        Plan left = Plan.between(kernel.observe(), before);
        if (left.isEmpty()) {
            return "the host is as it was before";
        }
        return "going back did NOT succeed wholly:\n%sThese lines would complete it:\n%s"
                .formatted(
                        String.join("\n", failures).indent(2), left.toString().indent(2));
    }
}
