package io.onlink.apply;

import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.step.Feature;
import io.onlink.step.Step;
import java.util.Set;

/** A kernel in which something happens before a certain step, or, where there are no more, before it is read back. */
public final class InterruptedKernel implements Kernel {
    private final Kernel kernel;
    private final Runnable interruption;
    private int left;

    /** @param steps so many are performed before */
    public InterruptedKernel(Kernel kernel, int steps, Runnable interruption) {
        this.kernel = kernel;
        this.left = steps;
        this.interruption = interruption;
    }

    @Override
    public NetworkState observe() {
        interruptIfNow();
        return kernel.observe();
    }

    @Override
    public void perform(Step step) {
        interruptIfNow();
        left--;
        kernel.perform(step);
    }

    /** Once. */
    private void interruptIfNow() {
        if (left == 0) {
            left = -1;
            interruption.run();
        }
    }

    @Override
    public Set<Feature> features() {
        return kernel.features();
    }

    @Override
    public boolean supportsLinkKind(String kind) {
        return kernel.supportsLinkKind(kind);
    }
}
