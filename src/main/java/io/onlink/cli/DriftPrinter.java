package io.onlink.cli;

import io.onlink.reconcile.Drift;
import java.io.PrintWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import picocli.CommandLine.Help.Ansi;

/** What the agent saw since the boot, and what became of it: first what a person has to look at. */
final class DriftPrinter {
    private static final int SHOWN = 10;
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    private DriftPrinter() {}

    static void print(List<Drift> drifts, PrintWriter out) {
        if (drifts.isEmpty()) {
            return;
        }
        out.println();
        drifts.stream()
                .filter(drift -> drift.outcome() == Drift.Outcome.GIVEN_UP)
                .forEach(drift -> out.println(Ansi.AUTO.string("@|red given up:|@ ")
                        + "%s, %s; find out who does it, then 'onlink apply' lets the agent begin anew."
                                .formatted(drift.part(), drift.why())));
        out.println("Seen by the agent" + (drifts.size() > SHOWN ? ", the last %d:".formatted(SHOWN) : ":"));
        TextTable table = new TextTable("WHEN", "WHAT", "BY", "OUTCOME");
        drifts.stream()
                .skip(Math.max(0, drifts.size() - SHOWN))
                .forEach(drift -> table.row(
                        CLOCK.format(drift.seen()),
                        drift.what(),
                        drift.by() == null ? "-" : drift.by(),
                        outcome(drift)));
        table.print(out);
    }

    private static String outcome(Drift drift) {
        return switch (drift.outcome()) {
            case WAITING -> "put right soon" + reason(drift);
            case REPAIRED -> "put right";
            case RIGHT_AGAIN -> "right again, not by the agent";
            case GIVEN_UP -> "given up after %d times".formatted(drift.attempts());
            case LEFT -> "left as it is" + reason(drift);
        };
    }

    private static String reason(Drift drift) {
        return drift.why() == null ? "" : ": " + drift.why();
    }
}
