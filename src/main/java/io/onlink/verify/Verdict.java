package io.onlink.verify;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What became of a change, as seen from the wire. */
public sealed interface Verdict {
    /** What an administrator should know and the change is not blamed for, a sentence each. */
    List<String> notes();

    /** All that answered before answers now. */
    record Passed(List<String> notes) implements Verdict {
        public Passed {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Something answers no more.
     *
     * @param failures at least one
     */
    record Failed(List<Failure> failures, List<String> notes) implements Verdict {
        public Failed {
            failures = List.copyOf(failures);
            notes = List.copyOf(notes);
        }

        /** All of it, some lines each: for the message of a {@link io.onlink.failure.VerificationException}. */
        public String explanation() {
            return Stream.concat(
                            failures.stream().map(Failure::toString),
                            notes.stream().map(note -> "note: " + note))
                    .collect(Collectors.joining("\n"));
        }
    }

    /**
     * One probe that was answered before, and is no more.
     *
     * @param probe what was asked, from which link and address, over what
     * @param reply what came of it
     * @param before what came of it before the change
     * @param likelyCause in words
     */
    record Failure(String probe, String reply, String before, String likelyCause) {
        @Override
        public String toString() {
            return "%s: %s\n  before the change: %s\n  likely cause: %s".formatted(probe, reply, before, likelyCause);
        }
    }
}
