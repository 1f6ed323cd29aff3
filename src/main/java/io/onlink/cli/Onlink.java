package io.onlink.cli;

import io.onlink.failure.OnlinkException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The program {@code onlink}: its options and the list of its subcommands, each a class of its own in this package. */
@Command(
        name = "onlink",
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Onlink.Version.class,
        exitCodeOnInvalidInput = Onlink.USAGE,
        description = {
            "Puts containers on your LAN: each with its own address on the host's own segments.",
            "'onlink COMMAND --help' says more. In a checkout, './onlink demo' shows all of it at work."
        },
        footer = {
            "",
            "Exit code: as COMMAND --help says. With each of them: 3 the file or the state directory",
            "is wrong, 4 the kernel refused, 5 the engine failed, 64 the call was wrong, 70 a bug."
        })
public final class Onlink implements Callable<Integer> {
    /** EX_USAGE of sysexits(3). Not picocli's 2, which is what {@code onlink plan} says where there are changes. */
    static final int USAGE = 64;

    /** EX_SOFTWARE of sysexits(3). Not picocli's 1, which is a person's no. */
    static final int BUG = 70;

    /** In the order in which they are listed. */
    private static final List<Class<?>> COMMANDS = List.of(
            PlanCommand.class,
            ApplyCommand.class,
            ConfirmCommand.class,
            RollbackCommand.class,
            DownCommand.class,
            StatusCommand.class,
            LeasesCommand.class,
            RehearseCommand.class,
            VrfCommand.class,
            LabCommand.class,
            AgentCommand.class,
            BootCommand.class,
            GuardCommand.class);

    /** Kept, or the levels set below are forgotten with them. */
    private static final List<Logger> LIBRARIES =
            List.of(Logger.getLogger("org.eclipse.jetty"), Logger.getLogger("com.github.dockerjava"));

    private Onlink() {}

    /** Runs the subcommand that {@code arguments} name and ends the process with its exit code. */
    public static void main(String[] arguments) {
        LIBRARIES.forEach(library -> library.setLevel(Level.WARNING));
        if (arguments.length == 0 || !arguments[0].equals(name(AgentCommand.class))) {
            // The log is the agent's; other commands say what they do themselves.
            System.setProperty("java.util.logging.SimpleFormatter.format", "onlink: %5$s%6$s%n");
            Logger.getLogger("").setLevel(Level.WARNING);
        }
        System.exit(commandLine(arguments).execute(arguments));
    }

    /** That of one call: reading the annotations of all subcommands would take a third of a command's whole time. */
    static CommandLine commandLine(String... arguments) {
        CommandLine onlink = new CommandLine(new Onlink());
        COMMANDS.stream()
                .filter(command -> arguments.length > 0 && name(command).equals(arguments[0]))
                .findFirst()
                .ifPresentOrElse(onlink::addSubcommand, () -> COMMANDS.forEach(onlink::addSubcommand));
        return onlink
                // '@' begins words of programs that 'vrf exec' and 'lab exec' run (curl -d @FILE), and no file of ours.
                .setExpandAtFiles(false)
                .setExecutionExceptionHandler(Onlink::explain);
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    /** A failure of the closed set is for the person at the terminal: its message, no stack trace. The rest are bugs. */
    private static int explain(Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
        if (!(failure instanceof OnlinkException known)) {
            command.getErr().println(command.getColorScheme().errorText("onlink: ") + "a bug of Onlink's:");
            failure.printStackTrace(command.getErr());
            return BUG;
        }
        command.getErr().println(command.getColorScheme().errorText("onlink: ") + known.getMessage());
        return known.exitCode();
    }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Called where no subcommand was named, which is a mistake of the caller's. */
    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing command: one of those below");
    }

    /** The version as the jar's manifest has it; classes run from a folder have none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Optional.ofNullable(Onlink.class.getPackage().getImplementationVersion())
                    .orElse("(development)");
            return new String[] {"onlink " + version};
        }
    }
}
