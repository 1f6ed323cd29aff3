package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What all other programs have to do with the managed links, as far as they have not been told yet. */
public record Survey(List<Claim> claims) {
    public Survey {
        claims = List.copyOf(claims);
    }

    /**
     * Those that would act by themselves, and that nobody has consented to telling.
     *
     * @param consented programs that an administrator let Onlink tell, now or in an earlier change
     */
    public List<Claim> withoutConsent(Set<Program> consented) {
        return claims.stream()
                .filter(claim -> claim.acts() && !claim.instructions().isEmpty())
                .filter(claim -> !consented.contains(claim.program()))
                .toList();
    }

    /** What is told and undone by a change to a host file with these links, to the programs that may be told. */
    public Instructions forOthers(Set<Program> consented, ManagedLinks links, Standing standing) {
        List<Instruction> release = claims.stream()
                .filter(claim -> consented.contains(claim.program()))
                .flatMap(claim -> claim.instructions().stream())
                .toList();
        List<String> names = new ArrayList<>(links.names());
        names.add("");
        List<Instruction> giveBack = standing.instructions().stream()
                .filter(instruction -> !isWanted(instruction, names, links))
                .toList();
        return new Instructions(release, giveBack);
    }

    private static boolean isWanted(Instruction instruction, List<String> names, ManagedLinks links) {
        if (instruction instanceof Instruction.WriteFile file && file.program() == Program.SYSTEMD) {
            return BoundServices.isWanted(file, links);
        }
        return names.contains(instruction.link());
    }
}
