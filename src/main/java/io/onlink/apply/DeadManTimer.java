package io.onlink.apply;

/**
 * Takes a change back when the one who makes it does not live to finish it. It runs where his death, his terminal's and
 * his parent's do not reach it.
 */
public interface DeadManTimer {
    /** Watches from when this returns: nothing is written yet, and no step has been performed. */
    Watch watch();

    /** A watch that is kept. If it is not closed before its process ends, the change is taken back. */
    interface Watch extends AutoCloseable {
        /** The change goes on: to be said before all that may take long. Who says nothing for long is taken to hang. */
        default void goesOn() {}

        /** The change has ended, or waits for confirmation: from now on the journal alone says what is to be done. */
        @Override
        void close();
    }
}
