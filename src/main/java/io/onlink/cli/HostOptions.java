package io.onlink.cli;

import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    /** @throws ConfigurationException if there is none */
    Path file() {
        if (!Files.exists(file)) {
            throw new ConfigurationException(
                    file + ": there is no such host file: write it (docs/host-file.md), or name another by -f FILE");
        }
        return file;
    }

    StateDirectory stateDirectory() {
        return state.directory();
    }
}
