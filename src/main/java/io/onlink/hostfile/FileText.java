package io.onlink.hostfile;

import io.onlink.failure.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file of a size a person writes, in UTF-8. */
final class FileText {
    private FileText() {}

    /** @throws ConfigurationException if there is no such file, it cannot be read, is too large or is no UTF-8 */
    static String read(Path path) {
        try (InputStream file = Files.newInputStream(path)) {
            // The path may be a device or a pipe without end.
            return decode(path.toString(), file.readNBytes(YamlText.LONGEST));
        } catch (NoSuchFileException e) {
            throw unreadable(path, "there is no such file", e);
        } catch (AccessDeniedException e) {
            throw unreadable(path, "permission denied", e);
        } catch (IOException e) {
            throw unreadable(path, String.valueOf(e.getMessage()), e);
        }
    }

    private static String decode(String name, byte[] bytes) {
        if (bytes.length == YamlText.LONGEST) {
            throw new ConfigurationException(
                    new Position(name, 1, 1) + ": the file is too large; less than 1 MB is allowed");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            throw new ConfigurationException("%s: the byte 0x%02X is not UTF-8; the host file is UTF-8 text"
                    .formatted(YamlText.endOf(name, text), in.get()));
        }
        return text;
    }

    private static ConfigurationException unreadable(Path path, String reason, IOException cause) {
        return new ConfigurationException(
                "%s: cannot read the host file: %s; name one that can be read".formatted(path, reason), cause);
    }
}
