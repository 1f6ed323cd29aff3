package io.onlink.coexistence;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What other programs have been told and Onlink will undo. A program that was told once has the administrator's consent. */
public record Standing(List<Instruction> instructions) {
    public Standing {
        instructions = List.copyOf(instructions);
    }

    /** Nobody was told anything. */
    public static Standing none() {
        return new Standing(List.of());
    }

    public Set<Program> programs() {
        Set<Program> programs = EnumSet.noneOf(Program.class);
        instructions.forEach(instruction -> programs.add(instruction.program()));
        return programs;
    }
}
