package io.onlink.cli;

import io.onlink.apply.StateDirectory;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a host's file and Onlink's own files are: the options that most subcommands share. */
final class HostOptions {
    static final String DEFAULT_FILE = "/etc/onlink/host.yaml";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            defaultValue = DEFAULT_FILE,
            description = "The host file (default: ${DEFAULT-VALUE}).")
    private Path file = Path.of(DEFAULT_FILE);

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            defaultValue = "/var/lib/onlink",
            description = "What outlives a reboot: the file last applied, the host as found, leases (default:"
                    + " ${DEFAULT-VALUE}).")
    private Path stateDirectory = Path.of("/var/lib/onlink");

    Path file() {
        return file;
    }

    Path stateDirectoryPath() {
        return stateDirectory;
    }

    StateDirectory stateDirectory() {
        return new StateDirectory(stateDirectory);
    }
}
