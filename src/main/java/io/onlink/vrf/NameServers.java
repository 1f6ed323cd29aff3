package io.onlink.vrf;

import io.onlink.failure.ConfigurationException;
import io.onlink.libc.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Has a program ask a VRF's name servers, and not those of the host. */
final class NameServers {
    private static final Path RESOLVER = Path.of("/etc/resolv.conf");

    /**
     * Sockets of daemons that would look names up for the program, and by the host's own routes: nscd and systemd-resolved. Where they
     * do not answer, the C library asks the servers of /etc/resolv.conf itself (nsswitch.conf(5), nss-resolve(8)).
     */
    private static final List<Path> DAEMONS =
            List.of(Path.of("/run/nscd/socket"), Path.of("/run/systemd/resolve/io.systemd.Resolve"));

    private NameServers() {}

    /**
     * In mounts of the calling thread's own, and of the program that it becomes.
     *
     * @param file in the form of resolv.conf(5)
     */
    static void use(Path file) {
        if (!Files.exists(RESOLVER)) {
            throw new ConfigurationException(
                    "there is no %s that the VRF's name servers could be shown in the place of; make it (touch %s)"
                            .formatted(RESOLVER, RESOLVER));
        }
        Mounts.unshare();
        Mounts.cover(RESOLVER, file);
        DAEMONS.stream().filter(Files::exists).forEach(socket -> Mounts.cover(socket, Path.of("/dev/null")));
    }
}
