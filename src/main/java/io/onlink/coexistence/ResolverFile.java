package io.onlink.coexistence;

import io.onlink.hostfile.HostFile;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** The file that a VRF's programs see as their /etc/resolv.conf, resolv.conf(5). In /run, as the VRF itself. */
public final class ResolverFile {
    private ResolverFile() {}

    /** Where it is, if the VRF has name servers of its own. */
    public static Path of(String vrf) {
        return Path.of("/run/onlink/vrf", vrf, "resolv.conf");
    }

    static String text(HostFile.Vrf vrf) {
        return vrf.nameServers().stream()
                .map(server -> "nameserver " + server + "\n")
                .collect(Collectors.joining("", "# Onlink: vrfs.%s.nameservers\n".formatted(vrf.name()), ""));
    }
}
