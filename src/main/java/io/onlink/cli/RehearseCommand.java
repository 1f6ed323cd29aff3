package io.onlink.cli;

import io.onlink.coexistence.ThisProgram;
import io.onlink.failure.VerificationException;
import io.onlink.lab.Rehearsal;
import io.onlink.lab.RehearsalReport;
import io.onlink.lab.RehearsalReport.Finding;
import io.onlink.lab.RehearsalReport.Mark;
import io.onlink.lab.RehearsalReport.Stage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** {@code onlink rehearse}: will this host come back? */
@Command(
        name = "rehearse",
        description = {
            "Will this host come back? Tries the file in a lab, with a loss of power.",
            "Makes a lab of the file, applies it there, asks each of the host's addresses from behind the routers, takes"
                    + " the host's power, runs 'onlink boot', and asks again. About 10 s.",
            "Touches nothing of this machine's own network; takes the lab away at the end, also after Ctrl-C. Needs root."
        },
        footer = {
            "",
            "Exit code: 0 the host comes back, 6 it does not, 3 the file is wrong, 4 no lab could be",
            "made, 7 the kernel lacks something that the lab is made of, 130 stopped."
        })
final class RehearseCommand implements Callable<Integer> {
    /** 128 and SIGINT, as a shell has it. */
    private static final int STOPPED = 130;

    @Parameters(paramLabel = "FILE", description = "The host file.")
    private Path file;

    @Option(
            names = "--lan",
            paramLabel = "FILE",
            description =
                    "The host file that is true of the LAN today: its routers, and how the host is before. Without:"
                            + " the one rehearsed, whose routers then all exist.")
    @Nullable
    private Path lan;

    @Option(names = "--skip-unsupported", description = "Leave out what this kernel cannot do, and say so.")
    private boolean skipUnsupported;

    @Option(names = "--json", description = "Print the stages and the verdict as JSON, at the end.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Rehearsal rehearsal = new Rehearsal(
                new Rehearsal.Settings(file, lan == null ? file : lan, ThisProgram.command(), skipUnsupported));
        Thread cleaning = Thread.ofPlatform().unstarted(rehearsal::close);
        Runtime.getRuntime().addShutdownHook(cleaning);
        try (rehearsal) {
            RehearsalReport report = rehearsal.run(stage -> {
                if (!json) {
                    print(stage, out);
                }
            });
            if (json) {
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(report));
            } else {
                out.println(report.verdict().substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                        + report.verdict().substring(1) + ".");
            }
            out.flush();
            return report.comesBack() ? 0 : VerificationException.EXIT_CODE;
        } catch (CancellationException stopped) {
            return STOPPED;
        }
    }

    private static void print(Stage stage, PrintWriter out) {
        out.println(mark(stage.passed() ? Mark.PASSED : Mark.FAILED) + " " + stage.name());
        for (Finding finding : stage.findings()) {
            out.println("    " + mark(finding.mark()) + " " + finding.text());
        }
        out.flush();
    }

    /** Signs for a terminal; words for a log, whose encoding may not have the signs. */
    private static String mark(Mark mark) {
        if (!Ansi.AUTO.enabled()) {
            return switch (mark) {
                case PASSED -> "ok    ";
                case FAILED -> "FAILED";
                case NOTE -> "note  ";
            };
        }
        return switch (mark) {
            case PASSED -> Ansi.AUTO.string("@|green ✓|@");
            case FAILED -> Ansi.AUTO.string("@|red ✗|@");
            case NOTE -> "·";
        };
    }
}
