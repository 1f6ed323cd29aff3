package io.onlink.coexistence;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** How this very program is started again, wherever it was started from. For any thread. */
public final class ThisProgram {
    /** Lives for a second mostly: the first compiler alone and the plain collector start quickest and stay smallest. */
    private static final List<String> QUICK_START = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private ThisProgram() {}

    /**
     * The command of a process of its own, to which Onlink's arguments can be added. Its paths are absolute.
     *
     * @param arguments the subcommand, and what belongs to it
     */
    public static List<String> command(String... arguments) {
        return commandOn(System.getProperty("java.class.path"), arguments);
    }

    /** Likewise, of the program in a jar, or on another class path. */
    public static List<String> commandOn(String classPath, String... arguments) {
        String absolute = Arrays.stream(classPath.split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK_START);
        if (isJar(absolute)) {
            command.addAll(archived(absolute, arguments));
            // Its manifest allows native access; as an option that would cost the JVM its own archive of modules.
            command.addAll(List.of("-jar", absolute));
        } else {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", absolute, "io.onlink.cli.Onlink"));
        }
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isJar(String classPath) {
        return classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator);
    }

    /** From an archive it starts in less time (build/archives, as in the script onlink); one that does not fit is left aside. */
    private static List<String> archived(String jar, String... arguments) {
        boolean isAgent = arguments.length > 0 && arguments[0].equals("agent");
        Path archive = Path.of(jar.replaceFirst("\\.jar$", isAgent ? "-agent.aot" : ".aot"));
        if (!Files.exists(archive)) {
            return List.of();
        }
        return isAgent
                ? List.of("-XX:AOTCache=" + archive, "-Xlog:disable")
                // Its start is made of first touches of pages. A kernel without huge ones says so in the log that is
                // off.
                : List.of("-XX:AOTCache=" + archive, "-Xlog:disable", "-XX:+UseTransparentHugePages");
    }
}
