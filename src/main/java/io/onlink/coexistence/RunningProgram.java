package io.onlink.coexistence;

import java.util.List;

/**
 * A process.
 *
 * @param command its program and arguments, as {@code /proc/PID/cmdline} has them
 */
record RunningProgram(long pid, List<String> command) {
    RunningProgram {
        command = List.copyOf(command);
    }
}
