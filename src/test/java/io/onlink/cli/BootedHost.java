package io.onlink.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

/** {@code onlink boot} for tests of other rooms, in the namespace of the calling thread. */
public final class BootedHost {
    private BootedHost() {}

    /** Boots, and returns the exit code of the command; what it said is lost. */
    public static int boot(Path stateDirectory) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return Onlink.commandLine()
                .setOut(nowhere)
                .setErr(nowhere)
                .execute("boot", "--wait", "0", "--state-dir", stateDirectory.toString());
    }
}
