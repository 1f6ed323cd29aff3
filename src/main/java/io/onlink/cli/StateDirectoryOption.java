package io.onlink.cli;

import io.onlink.apply.StateDirectory;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where Onlink keeps what outlives a reboot. */
final class StateDirectoryOption {
    static final String DEFAULT = "/var/lib/onlink";

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            defaultValue = DEFAULT,
            description = "What outlives a reboot: the file last applied, the host as found, leases (default:"
                    + " ${DEFAULT-VALUE}).")
    private Path path = Path.of(DEFAULT);

    Path path() {
        return path;
    }

    StateDirectory directory() {
        return new StateDirectory(path);
    }
}
