package io.onlink.verify;

import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Baseline.Expectation;
import io.onlink.verify.Verdict.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What answered before must answer after; what did not is reported, never blamed. */
final class Judgement {
    private final Diagnosis diagnosis;
    private final List<Failure> failures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Judgement(List<Outcome> outcomes, NetworkState state) {
        this.diagnosis = new Diagnosis(outcomes, state);
    }

    /**
     * @param outcomes of the baseline's targets after the change, in its order
     * @param state after the change, for the likely causes
     */
    static Verdict of(Baseline before, List<Outcome> outcomes, NetworkState state) {
        Judgement judgement = new Judgement(outcomes, state);
        for (int i = 0; i < outcomes.size(); i++) {
            judgement.add(before.expectations().get(i), outcomes.get(i));
        }
        return judgement.verdict();
    }

    private Verdict verdict() {
        // Where the way out leads through a declared router, that one was asked on both accounts.
        List<String> distinct = notes.stream()
                .distinct()
                .filter(note -> failures.stream().noneMatch(failure -> note.startsWith(failure.probe() + ":")))
                .toList();
        return failures.isEmpty() ? new Verdict.Passed(distinct) : new Verdict.Failed(failures, distinct);
    }

    private void add(Expectation before, Outcome after) {
        if (after.answered()) {
            anotherOwner(before, after).ifPresent(notes::add);
            return;
        }
        if (!before.mustAnswer()) {
            notes.add("%s: %s, as before the change (%s)".formatted(after.probe(), after.reply(), before.said()));
            return;
        }
        if (!isSaidAlready(after)) {
            failures.add(new Failure(
                    after.probe().toString(), after.reply().toString(), before.said(), diagnosis.likelyCause(after)));
        }
    }

    /** A default route's router is mostly a declared one too, and was asked twice. */
    private boolean isSaidAlready(Outcome outcome) {
        String probe = outcome.probe().toString();
        return failures.stream().anyMatch(failure -> failure.probe().equals(probe));
    }

    /** Most often a router that was replaced; but also what a LAN that is another one with the same addresses looks like. */
    private static Optional<String> anotherOwner(Expectation before, Outcome after) {
        if (before.mac() == null
                || !(after.reply() instanceof Reply.Answered(MacAddress now))
                || now == null
                || now.equals(before.mac())
                || after.target() instanceof Target.DefaultRoute) {
            return Optional.empty();
        }
        return Optional.of("%s: answered by %s now, by %s before the change: is it the same LAN?"
                .formatted(after.probe(), now, before.mac()));
    }
}
