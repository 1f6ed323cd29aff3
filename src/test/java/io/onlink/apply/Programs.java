package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The real tools, in a namespace. */
final class Programs {
    private Programs() {}

    /** Lines for {@code ip -batch}, each of which must succeed; those of IPv6 alone begin with -6. */
    static void batch(NetworkNamespace namespace, List<String> lines) {
        String ipv6 = of(lines, true);
        run(namespace, of(lines, false), "ip", "-batch", "-");
        if (!ipv6.isEmpty()) {
            run(namespace, ipv6, "ip", "-6", "-batch", "-");
        }
    }

    /** The same, but a line that the kernel refuses is left out. */
    static void batchAsFarAsPossible(NetworkNamespace namespace, List<String> lines) {
        String words = "ip -force -batch - >/dev/null 2>&1 || true";
        run(namespace, of(lines, false), "sh", "-c", words);
        run(namespace, of(lines, true), "sh", "-c", words.replace("ip ", "ip -6 "));
    }

    private static String of(List<String> lines, boolean ipv6) {
        StringBuilder text = new StringBuilder();
        lines.stream()
                .filter(line -> line.startsWith("-6 ") == ipv6)
                .map(line -> ipv6 ? line.substring(3) : line)
                .forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    /** What it says, on both outputs; it must succeed. */
    static String run(NetworkNamespace namespace, String input, String... command) {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace.path()));
        words.addAll(List.of(command));
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            try (OutputStream out = process.getOutputStream()) {
                out.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", words, said).isZero();
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
