package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.apply.LeftOut;
import io.onlink.coexistence.Claim;
import io.onlink.model.Link;
import io.onlink.model.Stub;
import io.onlink.step.Step;
import io.onlink.verify.Inspection;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
     * @param containers what the file changes for containers alone
     * @param otherwise why there is nothing to do, where there is nothing
     */
    void print(HostChange change, List<ContainersInPlan.Change> containers, String otherwise) {
        printBroken(change);
        printLeftOut(change);
        List<Step> steps = change.plan().steps();
        change.forOthers().before().forEach(command -> out.println(told(command)));
        steps.forEach(step -> out.println(line(step)));
        change.forOthers().after().forEach(command -> out.println(told(command)));
        printContainers(containers);
        if (change.isEmpty()) {
            out.println(
                    containers.isEmpty()
                            ? "Nothing to do: " + otherwise + "."
                            : "The host itself is as the file says.");
        } else {
            out.printf("%n%d steps: %s.%n", steps.size(), sum(steps));
        }
        out.flush();
    }

    /** By what they do; the changes of the host are said even where there are none. */
    private static String sum(List<Step> steps) {
        Map<Action, Long> counts =
                steps.stream().collect(Collectors.groupingBy(PlanPrinter::action, Collectors.counting()));
        return Stream.of(Action.values())
                .filter(action -> counts.containsKey(action) || action.isLasting)
                .map(action -> counts.getOrDefault(action, 0L) + " " + action.words)
                .collect(Collectors.joining(", "));
    }

    /** Who else has a hand in the links; not where there is nothing to do. */
    void printNotes(HostChange change, List<String> notes) {
        if (!change.isEmpty()) {
            printNotes(notes);
        }
    }

    /** Whether or not there is something to do on the host. */
    void printNotes(List<String> notes) {
        notes.forEach(note -> out.println(ansi.string("@|yellow note:|@ ") + note));
        out.flush();
    }

    /** What has to end before anything else is done. */
    void printOpen(Optional<String> open) {
        open.ifPresent(sentence -> out.println(ansi.string("@|yellow open:|@ ") + sentence + "."));
        out.flush();
    }

    /** Why 'onlink apply' would not do it. */
    void printRefusals(List<String> refusals) {
        refusals.forEach(refusal -> out.println(ansi.string("@|red 'onlink apply' refuses:|@ ") + refusal + "."));
        out.flush();
    }

    /** What is wrong with the host as it is. */
    void printBroken(HostChange change) {
        Inspection.of(change.observed())
                .forEach(broken -> out.println(ansi.string("@|red broken now:|@ ") + broken + "."));
        out.flush();
    }

    void printContainers(List<ContainersInPlan.Change> containers) {
        containers.forEach(one -> out.println(ansi.string("  @|yellow ~|@ ") + one));
        out.flush();
    }

    void printLeftOut(HostChange change) {
        change.leftOut().forEach(part -> out.println(ansi.string("@|yellow left out:|@ ") + part));
        out.flush();
    }

    /**
     * The same as one JSON object: the change that is {@code open}, null where none is, what is {@code broken} now, {@code steps} with {@code action} and {@code command}, {@code
     * containers} with {@code segment} and {@code keys}, {@code leftOut}, what other programs have to do with the links ({@code otherPrograms}), what they are told before the steps and
     * after, and why 'onlink apply' would not do it ({@code refusals}).
     */
    void printJson(
            Optional<String> open,
            HostChange change,
            List<ContainersInPlan.Change> containers,
            List<Claim> claims,
            List<String> refusals) {
        List<Map<String, String>> steps = change.plan().steps().stream()
                .map(step -> Map.of(
                        "action", action(step).name().toLowerCase(java.util.Locale.ROOT), "command", step.command()))
                .toList();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("open", open.orElse(null));
        json.put("broken", Inspection.of(change.observed()));
        json.put("steps", steps);
        json.put("containers", containers);
        json.put("leftOut", change.leftOut().stream().map(LeftOut::toString).toList());
        json.put("otherPrograms", claims.stream().map(PlanPrinter::claim).toList());
        json.put("before", change.forOthers().before());
        json.put("after", change.forOthers().after());
        json.put("refusals", refusals);
        out.println(
                JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(json));
        out.flush();
    }

    private static Map<String, Object> claim(Claim claim) {
        return Map.of(
                "program", claim.program().toString(),
                "what", claim.what(),
                "actsByItself", claim.acts(),
                "commands", claim.commands());
    }

    String line(Step step) {
        Action action = action(step);
        return ansi.string("  @|" + action.colour + " " + action.glyph + "|@ ") + step.command();
    }

    /** What another program is told, as an administrator would type it. */
    String told(String command) {
        return ansi.string("  @|cyan >|@ ") + command;
    }

    private static Action action(Step step) {
        return isOfStub(step) ? Action.GUARD : actionOnHost(step);
    }

    /** Made and removed by the same plan. */
    private static boolean isOfStub(Step step) {
        return (step instanceof Step.CreateLink(Link link) && Stub.isEnd(link.name()))
                || (step instanceof Step.DeleteLink(Link gone) && Stub.isEnd(gone.name()))
                || (step instanceof Step.SetMaster(String port, var _, var _) && Stub.isEnd(port))
                || (step instanceof Step.SetUp(String end, var _) && Stub.isEnd(end))
                || (step instanceof Step.SetSysctl(String name, var _, var _) && Stub.isSysctl(name));
    }

    private static Action actionOnHost(Step step) {
        return switch (step) {
            case Step.CreateLink s -> Action.CREATE;
            case Step.AddAddress s -> Action.CREATE;
            case Step.AddRoute s -> Action.CREATE;
            case Step.AppendRoute s -> Action.CREATE;
            case Step.PrependRoute s -> Action.CREATE;
            case Step.AddRule s -> Action.CREATE;
            case Step.DeleteLink s -> Action.DELETE;
            case Step.DeleteAddress s -> Action.DELETE;
            case Step.DeleteRoute s -> Action.DELETE;
            case Step.DeleteRule s -> Action.DELETE;
            case Step.ChangeAddress s -> Action.CHANGE;
            case Step.SetMaster s -> Action.CHANGE;
            case Step.SetUp s -> Action.CHANGE;
            case Step.MoveLink s -> Action.CHANGE;
            case Step.SetMac s -> Action.CHANGE;
            case Step.SetBridgeOptions s -> Action.CHANGE;
            case Step.RenameLink s -> Action.CHANGE;
            case Step.SetMtu s -> Action.CHANGE;
            case Step.ReplaceRoute s -> Action.CHANGE;
            case Step.SetSysctl s -> Action.CHANGE;
            case Step.SetPortOptions s -> Action.CHANGE;
            case Step.SetPortState s -> Action.CHANGE;
            case Step.FlushPort s -> Action.GUARD;
            case Step.AwaitForwarding s -> Action.GUARD;
            case Step.AddRedirect s -> Action.GUARD;
            case Step.DeleteRedirect s -> Action.GUARD;
            case Step.AddExchange s -> Action.GUARD;
            case Step.HandOnExchange s -> Action.GUARD;
            case Step.DeleteExchange s -> Action.GUARD;
            case Step.AwaitNeighbours s -> Action.GUARD;
            case Step.AddNeighbour s -> Action.TELL;
            case Step.Announce s -> Action.TELL;
            case Step.AnnounceStations s -> Action.TELL;
            case Step.SetFirewall s -> firewall(s);
        };
    }

    private static Action firewall(Step.SetFirewall step) {
        if (!step.from().isThere()) {
            return Action.CREATE;
        }
        return step.to().isThere() ? Action.CHANGE : Action.DELETE;
    }

    private enum Action {
        CREATE("+", "green", "to create", true),
        CHANGE("~", "yellow", "to change", true),
        DELETE("-", "red", "to delete", true),
        /** For the moment of the change, so that no frame is lost. */
        GUARD(":", "blue", "to lose no frame meanwhile", false),
        /** Told to the neighbours; nothing stays behind. */
        TELL(">", "cyan", "to tell", false);

        private final String glyph;
        private final String colour;
        private final String words;
        private final boolean isLasting;

        Action(String glyph, String colour, String words, boolean isLasting) {
            this.glyph = glyph;
            this.colour = colour;
            this.words = words;
            this.isLasting = isLasting;
        }
    }
}
