package io.onlink.model;

import java.util.List;

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
}
