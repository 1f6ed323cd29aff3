package io.onlink.attach;

/** The right to change links that the host file speaks of: a change of the host must not be disturbed half way. */
@FunctionalInterface
public interface HostTurn {
    /**
     * Runs the work while nobody else changes the host.
     *
     * @return false if somebody does, or a change is not finished: the work was not run
     */
    boolean take(Runnable work);
}
