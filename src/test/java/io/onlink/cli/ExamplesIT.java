package io.onlink.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.Attach;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Segment;
import io.onlink.kernel.LinuxKernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every example in a lab: applied, seen from outside, rebooted, seen again. What this machine's kernel lacks is refused by name;
 * {@code VrfKernelIT} runs it on one that has it.
 */
class ExamplesIT {
    private final StringWriter out = new StringWriter();

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("examples"))) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void comesBack(Path path) {
        List<String> lacking = lacking(HostFile.read(path));
        int exitCode = Onlink.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out))
                .execute("rehearse", path.toString());
        if (lacking.isEmpty()) {
            assertThat(out.toString()).doesNotContain("FAILED").endsWith("This host comes back.\n");
            assertThat(exitCode).isZero();
        } else {
            assertThat(exitCode).isNotZero();
            assertThat(out.toString())
                    .contains(lacking)
                    .containsPattern("\\.yaml:[0-9]+:[0-9]+: (segments|vrfs)\\.")
                    .doesNotContain("EOPNOTSUPP");
        }
    }

    private static List<String> lacking(HostFile file) {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            Stream<String> needed = Stream.concat(
                    file.vrfs().isEmpty() ? Stream.of() : Stream.of("vrf"),
                    file.segments().values().stream().flatMap(ExamplesIT::kinds));
            // The one that is met with first: the lab itself needs VLANs.
            return needed.filter(kind -> !kernel.supportsLinkKind(kind))
                    .sorted((one, other) -> Boolean.compare(other.equals("vlan"), one.equals("vlan")))
                    .map(kind -> kind.startsWith("v") ? kind.toUpperCase(Locale.ROOT) : kind)
                    .limit(1)
                    .toList();
        }
    }

    private static Stream<String> kinds(Segment segment) {
        return Stream.concat(
                segment.vlan().stream().map(id -> "vlan"),
                Stream.of(segment.attach())
                        .filter(attach -> attach != Attach.BRIDGE)
                        .map(Attach::word));
    }
}
