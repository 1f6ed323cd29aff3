package io.onlink.apply;

import io.onlink.kernel.ForwardingKernel;
import io.onlink.kernel.Kernel;
import io.onlink.model.NetworkState;
import io.onlink.step.Step;

/** A kernel in which something happens before a certain step, or, where there are no more, before it is read back. */
public final class InterruptedKernel extends ForwardingKernel {
    private final Runnable interruption;
    private int left;

    /** @param steps so many are performed before */
    public InterruptedKernel(Kernel kernel, int steps, Runnable interruption) {
        super(kernel);
        this.left = steps;
        this.interruption = interruption;
    }

    @Override
    public NetworkState observe() {
        interruptIfNow();
        return super.observe();
    }

    @Override
    public void perform(Step step) {
        interruptIfNow();
        left--;
        super.perform(step);
    }

    /** Once. */
    private void interruptIfNow() {
        if (left == 0) {
            left = -1;
            interruption.run();
        }
    }
}
