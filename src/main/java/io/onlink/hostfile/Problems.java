package io.onlink.hostfile;

import io.onlink.failure.ConfigurationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with one file, collected while it is read and checked. */
final class Problems {
    private record Problem(Position position, String text) {}

    private final List<Problem> problems = new ArrayList<>();

    /** A problem of the value at this place: what is wrong; what is allowed. */
    void add(Place place, String message) {
        add(place.position(), place.path().isEmpty() ? message : place.path() + ": " + message);
    }

    /** A problem of the text itself, where there are no keys yet. */
    void add(Position position, String message) {
        problems.add(new Problem(position, oneLine(message)));
    }

    /**
     * Ends the reading if anything was wrong.
     *
     * @throws ConfigurationException with all problems, in the order of the file
     */
    void throwIfAny() {
        if (problems.isEmpty()) {
            return;
        }
        throw new ConfigurationException(problems.stream()
                .sorted(Comparator.comparing(Problem::position))
                .map(problem -> problem.position() + ": " + problem.text())
                .distinct()
                .toList());
    }

    /** What the user wrote is repeated in a message: it must not break the line, nor steer the terminal. */
    private static String oneLine(String text) {
        return text.replace("\n", "\\n").replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
