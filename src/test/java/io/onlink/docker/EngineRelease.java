package io.onlink.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Which Docker Engine the tests start: {@code -Donlink.engine=26.1}, or the machine's own. */
enum EngineRelease {
    /** Whichever the machine has. */
    OWN("", Optional.empty()),
    ENGINE_20_10("20.10", Optional.empty()),
    ENGINE_26_1("26.1", Optional.of("trixie")),
    ENGINE_28_5("28.5", Optional.of("forky"));

    private static final String PROPERTY = "onlink.engine";

    private final String version;
    private final Optional<String> suite;

    EngineRelease(String version, Optional<String> suite) {
        this.version = version;
        this.suite = suite;
    }

    static EngineRelease asked() {
        String asked = System.getProperty(PROPERTY, "");
        return Arrays.stream(values())
                .filter(release -> release.version.equals(asked))
                .findFirst()
                .orElseThrow(() -> new AssertionError("-D%s=%s: there are %s"
                        .formatted(
                                PROPERTY,
                                asked,
                                Arrays.stream(values())
                                        .map(release -> release.version)
                                        .toList())));
    }

    /** A root directory with this engine in it, built first where there is none; empty for the machine's own engine. */
    Optional<Path> root(HostProcesses processes) {
        return suite.map(name -> {
            HostProcesses.Result built = processes.run(
                    List.of(Path.of("src/test/engines/root").toAbsolutePath().toString(), name));
            built.check();
            return Path.of(built.output().lines().toList().getLast());
        });
    }

    /** A suite that is still in the making may have another engine by now. */
    void check(String actual) {
        assertThat(actual)
                .as("the engine's version; -D%s=%s asks for another", PROPERTY, version)
                .startsWith(version);
    }
}
