package io.onlink.coexistence;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is known of one program: how it is found, and what tells it to leave links alone. Without state. */
sealed interface Claimant
        permits BoundServices,
                CloudInitNetwork,
                FirewallZones,
                IfupdownStanzas,
                NetplanFiles,
                NetworkManagerDevices,
                NetworkdLinks {
    /** What a program has to do with links that are added to those it was told to leave alone. */
    String NEW_LINKS = "runs, and would see links of Onlink's that it was not told of yet";

    /** What the program has to do with the links now; empty if nothing, or if it has been told all there is to tell. */
    Optional<Claim> claim(Host host, ManagedLinks links);

    /** A file of the program's, if it does not stand there already. */
    static Stream<Instruction> file(Host host, Program program, String link, String path, String text) {
        Optional<FileContent> before = host.read(path);
        FileContent after = FileContent.of(text);
        return before.equals(Optional.of(after))
                ? Stream.empty()
                : Stream.of(new Instruction.WriteFile(program, link, path, before.orElse(null), after));
    }

    /** {@code eth0} and {@code eth0, eth1}. */
    static String named(List<String> links) {
        return String.join(", ", links);
    }
}
