package io.onlink.load;

/** What happened, with its time in nanoseconds of {@link System#nanoTime}. */
sealed interface JournalEntry permits PluginCall, JournalEntry.Forgotten, JournalEntry.LinkLost, JournalEntry.Away {
    long time();

    /** The engine died, and knows nothing of the container any more. */
    record Forgotten(int life, long time) implements JournalEntry {}

    /** The container's link was deleted, and there is no sandbox to give it back to: as if the container had died. */
    record LinkLost(int life, long time) implements JournalEntry {}

    /** No agent, from the moment on that it was killed until the next one answered. */
    record Away(long time, long end) implements JournalEntry {}
}
