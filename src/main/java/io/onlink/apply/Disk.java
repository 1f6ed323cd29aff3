package io.onlink.apply;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The three things that are done to the disk. Each is on it, and outlives a power cut, when it returns; none of them is
 * ever half done but {@link #write}.
 */
interface Disk {
    /** Writes a file that nobody reads before it is {@linkplain #rename renamed}; the directory is made. */
    void write(Path file, String text) throws IOException;

    /** Puts a file in another one's place, at once. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file; does nothing where there is none. */
    void delete(Path file) throws IOException;
}
