package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

class OnlinkTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Onlink.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    @Test
    void versionGoesToStandardOutput() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("onlink ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aMistakenCallIsNotMistakenForAPlanWithChanges() {
        assertThat(run()).isEqualTo(64);
        assertThat(run("no-such-command")).isEqualTo(64);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("Missing command", "no-such-command", "Usage: onlink");
    }

    @Test
    void aWaitWithoutTimeIsAMistakenCall() {
        assertThat(run("apply", "--yes", "--confirm", "0", "--file", "/nonexistent"))
                .isEqualTo(64);
        assertThat(run("apply", "--yes", "--confirm", "-5", "--file", "/nonexistent"))
                .isEqualTo(64);
        assertThat(err.toString()).contains("--confirm 0 leaves no time", "--confirm -5 leaves no time");
    }

    @Test
    void aBugIsNotMistakenForANo() {
        CommandLine commandLine =
                Onlink.commandLine().addSubcommand(new Broken()).setErr(new PrintWriter(err));
        assertThat(commandLine.execute("broken")).isEqualTo(70);
        assertThat(err.toString()).contains("a bug of Onlink's", "IllegalStateException", "Broken.run");
    }

    @CommandLine.Command(name = "broken")
    private static final class Broken implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("thrown by the test");
        }
    }

    /** NullAway takes picocli's word that it sets these fields, so the word is checked here. */
    @Test
    void anOptionThatMayBeMissingIsNullable() {
        List<ArgSpec> arguments = arguments(Onlink.commandLine());
        assertThat(arguments).isNotEmpty();
        assertThat(arguments.stream()
                        .filter(argument ->
                                !argument.required() && !argument.type().isPrimitive())
                        .filter(argument -> argument.defaultValue() == null && argument.initialValue() == null)
                        .map(ArgSpec::userObject)
                        .filter(Field.class::isInstance)
                        .map(Field.class::cast)
                        .filter(field -> !field.getAnnotatedType().isAnnotationPresent(Nullable.class)))
                .isEmpty();
    }

    @Test
    void everyCommandSaysItsExitCodes() {
        assertThat(commands(Onlink.commandLine()).filter(command -> {
                    String footer = String.join(
                            "\n", command.getCommandSpec().usageMessage().footer());
                    return !footer.contains("Exit code") || footer.contains("as COMMAND --help says");
                }))
                .extracting(command -> command.getCommandSpec().qualifiedName())
                .containsExactlyInAnyOrder("onlink", "onlink guard");
    }

    private static Stream<CommandLine> commands(CommandLine commandLine) {
        return Stream.concat(
                Stream.of(commandLine),
                commandLine.getSubcommands().values().stream().flatMap(OnlinkTest::commands));
    }

    private static List<ArgSpec> arguments(CommandLine commandLine) {
        List<ArgSpec> arguments = new ArrayList<>(commandLine.getCommandSpec().args());
        commandLine.getSubcommands().values().forEach(subcommand -> arguments.addAll(arguments(subcommand)));
        return arguments;
    }
}
