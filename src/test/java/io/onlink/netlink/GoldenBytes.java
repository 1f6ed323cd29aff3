package io.onlink.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Bytes kept as text in {@code src/test/resources/golden/netlink}, four to a group and sixteen to a line. With {@code
 * -Dgolden.update=true} they are rewritten instead of compared. They are those of a little-endian machine.
 */
final class GoldenBytes {
    private static final Path FOLDER = Path.of("src/test/resources/golden/netlink");

    private GoldenBytes() {}

    static void check(String name, byte[] actual) {
        Path file = FOLDER.resolve(name + ".hex");
        String text = print(actual);
        try {
            if (Boolean.getBoolean("golden.update")) {
                Files.createDirectories(FOLDER);
                Files.writeString(file, text);
            }
            assertThat(text).as(file.toString()).isEqualTo(Files.readString(file));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static byte[] read(String name) {
        try {
            String text = Files.readString(FOLDER.resolve(name + ".hex"));
            return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String print(byte[] bytes) {
        return IntStream.iterate(0, at -> at < bytes.length, at -> at + 16)
                .mapToObj(line -> IntStream.iterate(line, at -> at < Math.min(line + 16, bytes.length), at -> at + 4)
                        .mapToObj(at -> HexFormat.of().formatHex(bytes, at, Math.min(at + 4, bytes.length)))
                        .collect(Collectors.joining(" ", "", "\n")))
                .collect(Collectors.joining());
    }
}
