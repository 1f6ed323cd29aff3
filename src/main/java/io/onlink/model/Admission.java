package io.onlink.model;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who gets in: by default, and the exceptions.
 *
 * @param closed whether what {@code allowed} does not name is dropped; where not, all get in and the list means nothing
 */
public record Admission(boolean closed, List<Allowance> allowed) {
    /** Everybody. */
    public static final Admission OPEN = new Admission(false, List.of());

    public Admission {
        allowed = List.copyOf(allowed);
    }

    /** Closed, and beside what this one lets in when it is closed, those too. */
    public Admission and(List<Allowance> more) {
        return new Admission(
                true, Stream.concat(allowed.stream(), more.stream()).toList());
    }
}
