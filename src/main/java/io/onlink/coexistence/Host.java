package io.onlink.coexistence;

import java.util.List;
import java.util.Optional;

/** The host as other programs see it: its files, and their command-line tools. Paths are absolute. */
interface Host {
    /**
     * How a command ended.
     *
     * @param exitCode 127 where there is no such program, as a shell has it; 124 where it took too long
     * @param output what it said, errors too
     */
    record Answer(int exitCode, String output) {
        boolean isYes() {
            return exitCode == 0;
        }
    }

    boolean exists(String path);

    /** A file, or empty where none is that could be read. */
    Optional<FileContent> read(String path);

    /** Absolute paths of the files in a directory, by name; none where there is no directory. */
    List<String> list(String directory);

    /** Writes a file whole, with the directories above it. */
    void write(String path, FileContent content);

    /** Deletes a file; none there is as well. */
    void delete(String path);

    /** Runs a command with English messages and waits for it. */
    Answer run(List<String> command);

    /** Whether a service runs, and over the links of this network namespace: another one's is none of our business. */
    boolean runs(Service service);

    /** The programs that run over the links of this network namespace. */
    List<RunningProgram> programs();

    /** The bridge that a link is a port of, or empty. */
    Optional<String> masterOf(String link);

    /** The kernel's number of a link, or empty where there is none of this name. */
    Optional<Integer> indexOf(String link);
}
