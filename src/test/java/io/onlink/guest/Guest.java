package io.onlink.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The guest with a VRF kernel, as {@code src/test/guest/run} boots it: a new one for each script. */
final class Guest {
    private static final Path SCRIPTS = Path.of("src/test/guest");

    private Guest() {}

    /**
     * Boots, runs a script of {@code src/test/guest} there and waits for the guest's end. The guest sees this checkout by the same path,
     * so what Maven compiled can be run in it, on the JDK that runs this test.
     *
     * @param limit for all of it, the boot included (about 5 s, and once a download)
     */
    static GuestReport run(Duration limit, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                SCRIPTS.resolve("run").toString(),
                "--timeout",
                Long.toString(limit.toSeconds()),
                "--java-home",
                System.getProperty("java.home"),
                SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            List<String> output = process.inputReader().readAllLines();
            return GuestReport.of(output, process.waitFor());
        } finally {
            // `run` ends QEMU when it is told to end itself.
            process.destroy();
        }
    }

    /** Likewise a script that is told how Onlink is called: the jar, with both compilers, which are quicker there. */
    static GuestReport runOnlink(Duration limit, String script, String... arguments)
            throws IOException, InterruptedException {
        Path program = Path.of("target").toAbsolutePath();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("java", "-XX:SharedArchiveFile=" + program.resolve("onlink.jsa"), "-Xlog:disable"));
        all.addAll(List.of("-jar", program.resolve("onlink.jar").toString()));
        return run(limit, script, all.toArray(String[]::new));
    }
}
