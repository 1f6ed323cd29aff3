package io.onlink.reconcile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Objects;

/** Which writing of the file last applied: one that says the same, written again, is another 'onlink apply'. */
record Applied(Object file, Instant written) {
    static final Applied NONE = new Applied("none", Instant.MIN);

    static Applied of(Path path) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Applied(
                    Objects.requireNonNull(attributes.fileKey()),
                    attributes.lastModifiedTime().toInstant());
        } catch (NoSuchFileException none) {
            return NONE;
        } catch (IOException unreadable) {
            throw new UncheckedIOException("looking at " + path, unreadable);
        }
    }
}
