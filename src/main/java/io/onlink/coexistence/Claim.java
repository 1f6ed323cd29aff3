package io.onlink.coexistence;

import java.util.List;

/**
 * What a program has to do with the managed links.
 *
 * @param what one sentence: on what grounds, and what it would do
 * @param acts whether it would by itself; if not, it waits for a boot or an administrator
 * @param instructions what has to be told so that it does not; none where nothing can be, and the sentence says what can
 */
public record Claim(Program program, String what, boolean acts, List<Instruction> instructions) {
    public Claim {
        instructions = List.copyOf(instructions);
    }

    /** What an administrator would type for it, one line a command. */
    public List<String> commands() {
        return Instructions.commands(instructions);
    }
}
