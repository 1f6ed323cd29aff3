package io.onlink.coexistence;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a change of the host tells other programs.
 *
 * @param release that they leave links alone: told before the first step, because a program that sees its NIC become a
 *     bridge's port may act between two steps; and that services are bound to a VRF: after the last, when that is there
 * @param giveBack what was told earlier and is undone: after the last step, for the same reason
 */
public record Instructions(List<Instruction> release, List<Instruction> giveBack) {
    public Instructions {
        release = List.copyOf(release);
        giveBack = List.copyOf(giveBack);
    }

    /** Nobody is told anything. */
    public static Instructions none() {
        return new Instructions(List.of(), List.of());
    }

    public boolean isEmpty() {
        return release.isEmpty() && giveBack.isEmpty();
    }

    /** What an administrator would type before the first step. */
    public List<String> before() {
        return commands(
                release.stream().filter(told -> !BoundServices.isOne(told)).toList());
    }

    /** What an administrator would type after the last step. */
    public List<String> after() {
        Stream<String> undoing = giveBack.stream().map(Instruction::undoing);
        return Stream.of(undoing, restarts(giveBack), bindings())
                .flatMap(commands -> commands)
                .toList();
    }

    private Stream<String> bindings() {
        List<Instruction> bindings =
                release.stream().filter(BoundServices::isOne).toList();
        return commands(bindings).stream();
    }

    static List<String> commands(List<Instruction> instructions) {
        Stream<String> commands =
                instructions.stream().map(Instruction::command).filter(command -> !command.isEmpty());
        return Stream.concat(commands, restarts(instructions)).toList();
    }

    private static Stream<String> restarts(List<Instruction> instructions) {
        return Stream.concat(
                        Service.of(instructions).stream().map(Service::restart),
                        BoundServices.restarts(BoundServices.among(instructions)).stream())
                .map(words -> String.join(" ", words));
    }

    /** What others have been told once the change is made. */
    public Standing standingAfter(Standing standing) {
        List<Instruction> after = new ArrayList<>(standing.instructions());
        after.removeAll(giveBack);
        release.stream().filter(told -> !after.contains(told)).forEach(after::add);
        return new Standing(after);
    }
}
