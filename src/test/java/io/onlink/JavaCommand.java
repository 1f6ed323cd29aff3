package io.onlink;

import io.onlink.coexistence.ThisProgram;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A program of this class path, in a JVM of its own that starts quickly. */
public final class JavaCommand {
    /** The program that users call {@code onlink}. */
    public static final String ONLINK = "io.onlink.cli.Onlink";

    private static final Path JAR = Path.of("target", "onlink.jar");

    private JavaCommand() {}

    /** {@link #ONLINK} is the jar that was built, as users have it, where there is one; else, and all others, by the class path. */
    public static List<String> of(String mainClass, String... arguments) {
        if (mainClass.equals(ONLINK) && Files.exists(JAR)) {
            return ThisProgram.commandOn(JAR.toString(), arguments);
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The files and directories that {@link #ONLINK} is read from. */
    public static List<Path> sources() {
        return Files.exists(JAR)
                ? List.of(JAR.toAbsolutePath().getParent())
                : Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                        .map(Path::of)
                        .filter(Files::exists)
                        .toList();
    }
}
