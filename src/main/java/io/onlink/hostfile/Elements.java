package io.onlink.hostfile;

import java.util.List;

/**
 * The elements of a list that could be read.
 *
 * @param complete whether these are all of them. Where one could not be read, a rule that asks "is there any such
 *     element" must hold its tongue: the answer would be a second complaint about one mistake.
 */
record Elements<T>(List<T> values, boolean complete) {
    Elements {
        values = List.copyOf(values);
    }

    static <T> Elements<T> none() {
        return new Elements<>(List.of(), true);
    }

    static <T> Elements<T> unreadable() {
        return new Elements<>(List.of(), false);
    }
}
