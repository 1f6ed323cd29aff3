package io.onlink.cli;

import io.onlink.apply.StateDirectory;
import io.onlink.failure.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code plan} and {@code apply}: which file, and how far the change may go. What the one accepts the other does. */
final class ChangeOptions {
    private static final String DEFAULT_FILE = "/etc/onlink/host.yaml";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            defaultValue = DEFAULT_FILE,
            description = "The host file (default: ${DEFAULT-VALUE}).")
    private Path file = Path.of(DEFAULT_FILE);

    @Mixin
    private StateDirectoryOption state = new StateDirectoryOption();

    @Option(names = "--skip-unsupported", description = "Leave out what this kernel cannot do, and say so.")
    private boolean skipUnsupported;

    @Option(
            names = "--release-links",
            description =
                    "Have NetworkManager, systemd-networkd and others leave the file's links alone until 'onlink down',"
                            + " without asking. Also those that would act at a boot or a command only: ifupdown, cloud-init.")
    private boolean releaseLinks;

    @Option(
            names = "--force",
            description =
                    "Go on where containers run on a segment that the file does not have any more, or attaches otherwise"
                            + " (they lose their network).")
    private boolean force;

    @Option(names = "--allow-disconnect", description = Refusals.ALLOW_DISCONNECT)
    private boolean allowDisconnect;

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

    /** Without what the kernel cannot do. */
    boolean skipUnsupported() {
        return skipUnsupported;
    }

    /** Other programs may be told to leave the links alone. */
    boolean releaseLinks() {
        return releaseLinks;
    }

    /** Containers may be cut off. */
    boolean force() {
        return force;
    }

    /** The connection of the person at the terminal may end. */
    boolean allowDisconnect() {
        return allowDisconnect;
    }
}
