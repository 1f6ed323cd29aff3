package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.step.Step;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.json.JsonMapper;

/** Plans for people, with a glyph and a colour for what a step does, and for programs. */
final class PlanPrinter {
    /** Why there is nothing to do for a host file. */
    static final String AS_DECLARED = "the host is as the file says";

    private final PrintWriter out;
    private final Ansi ansi;

    PlanPrinter(PrintWriter out, Ansi ansi) {
        this.out = out;
        this.ansi = ansi;
    }

    /**
     * One line a step, in {@code ip}'s words, and the sum.
     *
     * @param otherwise why there is none, where there is none
     */
    void print(HostChange change, String otherwise) {
        printLeftOut(change);
        List<Step> steps = change.plan().steps();
        steps.forEach(step -> out.println(line(step)));
        if (steps.isEmpty()) {
            out.println("Nothing to do: " + otherwise + ".");
        } else {
            long creates =
                    steps.stream().filter(step -> action(step) == Action.CREATE).count();
            long deletes =
                    steps.stream().filter(step -> action(step) == Action.DELETE).count();
            out.printf(
                    "%n%d steps: %d to create, %d to change, %d to delete.%n",
                    steps.size(), creates, steps.size() - creates - deletes, deletes);
        }
        out.flush();
    }

    void printLeftOut(HostChange change) {
        change.leftOut().forEach(part -> out.println(ansi.string("@|yellow left out:|@ ") + part));
        out.flush();
    }

    /** The same as one JSON object: {@code steps} with {@code action} and {@code command}, and {@code leftOut}. */
    void printJson(HostChange change) {
        List<Map<String, String>> steps = change.plan().steps().stream()
                .map(step -> Map.of(
                        "action", action(step).name().toLowerCase(java.util.Locale.ROOT), "command", step.command()))
                .toList();
        out.println(JsonMapper.builder()
                .build()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(Map.of("steps", steps, "leftOut", change.leftOut())));
        out.flush();
    }

    String line(Step step) {
        Action action = action(step);
        return ansi.string("  @|" + action.colour + " " + action.glyph + "|@ ") + step.command();
    }

    private static Action action(Step step) {
        return switch (step) {
            case Step.CreateLink s -> Action.CREATE;
            case Step.AddAddress s -> Action.CREATE;
            case Step.AddRoute s -> Action.CREATE;
            case Step.AddRule s -> Action.CREATE;
            case Step.DeleteLink s -> Action.DELETE;
            case Step.DeleteAddress s -> Action.DELETE;
            case Step.DeleteRoute s -> Action.DELETE;
            case Step.DeleteRule s -> Action.DELETE;
            case Step.SetMaster s -> Action.CHANGE;
            case Step.SetUp s -> Action.CHANGE;
            case Step.SetMac s -> Action.CHANGE;
            case Step.SetBridgeOptions s -> Action.CHANGE;
            case Step.ReplaceRoute s -> Action.CHANGE;
            case Step.SetSysctl s -> Action.CHANGE;
            case Step.AddNeighbour s -> Action.TELL;
            case Step.Announce s -> Action.TELL;
        };
    }

    private enum Action {
        CREATE("+", "green"),
        CHANGE("~", "yellow"),
        DELETE("-", "red"),
        /** Told to the neighbours; nothing stays behind. */
        TELL(">", "cyan");

        private final String glyph;
        private final String colour;

        Action(String glyph, String colour) {
            this.glyph = glyph;
            this.colour = colour;
        }
    }
}
