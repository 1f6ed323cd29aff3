package io.onlink.cli;

import io.onlink.apply.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A program for {@link StoppedApplyIT}: what {@code onlink apply --yes} does when a signal comes after so many steps. Arguments:
 * state directory, host file, steps, and the signal's name.
 */
final class SignalledApply {
    private SignalledApply() {}

    public static void main(String[] arguments) {
        HangingUpApply.apply(
                new StateDirectory(Path.of(arguments[0])),
                Path.of(arguments[1]),
                Integer.parseInt(arguments[2]),
                Optional.empty(),
                () -> signal(arguments[3]));
    }

    private static void signal(String name) {
        try {
            new ProcessBuilder(
                            "kill",
                            "-" + name,
                            Long.toString(ProcessHandle.current().pid()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        HangingUpApply.awaitAnswer();
    }
}
