package io.onlink.apply;

import java.io.IOException;

/** The end of this process by SIGKILL, or of all of its process group: no handler runs, nothing is said. */
public final class Death {
    private Death() {}

    public static void now() {
        kill(Long.toString(ProcessHandle.current().pid()));
    }

    /** As where a supervisor or an impatient person kills all that a command has started. */
    public static void ofTheProcessGroup() {
        // It leads its group, or this reaches nobody.
        kill("-" + ProcessHandle.current().pid());
    }

    private static void kill(String target) {
        try {
            // A JVM may not destroy itself, and halt() is no SIGKILL.
            new ProcessBuilder("kill", "-KILL", "--", target).start().waitFor();
            Thread.sleep(Long.MAX_VALUE);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
