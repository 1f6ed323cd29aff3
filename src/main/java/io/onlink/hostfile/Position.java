package io.onlink.hostfile;

import java.util.Comparator;

/**
 * A place in a file; prints as editors and compilers do, {@code host.yaml:6:13}.
 *
 * @param file as the user named it
 * @param line from 1
 * @param column in characters (code points), from 1
 */
public record Position(String file, int line, int column) implements Comparable<Position> {
    private static final Comparator<Position> IN_FILE_ORDER = Comparator.comparing(Position::file)
            .thenComparingInt(Position::line)
            .thenComparingInt(Position::column);

    @Override
    public int compareTo(Position other) {
        return IN_FILE_ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
