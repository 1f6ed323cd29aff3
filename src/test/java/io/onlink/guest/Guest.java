package io.onlink.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The guest with a VRF kernel, as {@code src/test/guest/run} boots it. */
final class Guest {
    private static final Path SCRIPTS = Path.of("src/test/guest");

    private Guest() {}

    /**
     * What runs in the guest.
     *
     * @param script name of a file in {@code src/test/guest}
     */
    record Part(String script, List<String> arguments) {
        static Part of(String script, String... arguments) {
            return new Part(script, List.of(arguments));
        }

        /** A script that is told what Maven compiled, and runs Java on that. */
        static Part ofClasses(String script) {
            return of(script, System.getProperty("java.class.path"));
        }

        /**
         * A script that is told how Onlink is called: the jar, interpreted but for what runs a hundred times more often than a JVM would
         * compile it. An emulated processor translates what is compiled once more, and a command ends before that pays (decision 30).
         */
        static Part ofOnlink(String script, String... arguments) {
            Path program = Path.of("target").toAbsolutePath();
            List<String> all = new ArrayList<>(List.of(arguments));
            all.addAll(List.of("java", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=100"));
            all.addAll(List.of("-XX:+UseSerialGC", "-Xlog:disable"));
            all.add("-XX:AOTCache=" + program.resolve("onlink.aot"));
            all.addAll(List.of("-jar", program.resolve("onlink.jar").toString()));
            return new Part(script, all);
        }

        private Stream<String> words() {
            return Stream.concat(Stream.of("--", script), arguments.stream());
        }
    }

    /**
     * Boots, runs scripts there, one after the other and each on a machine as new, and waits for the guest's end. The guest sees this
     * checkout by the same path, so what Maven compiled can be run in it, on the JDK that runs this test.
     *
     * @param limit for all of it, the boot included (about 5 s, and once a download)
     */
    static BootReport run(Duration limit, Part... parts) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                SCRIPTS.resolve("run").toString(),
                "--timeout",
                Long.toString(limit.toSeconds()),
                "--java-home",
                System.getProperty("java.home"),
                SCRIPTS.resolve("parts").toString()));
        Stream.of(parts).flatMap(Part::words).skip(1).forEach(command::add);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            List<String> output = process.inputReader().readAllLines();
            return BootReport.of(output, process.waitFor());
        } finally {
            // `run` ends QEMU when it is told to end itself.
            process.destroy();
        }
    }
}
