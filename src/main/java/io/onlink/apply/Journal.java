package io.onlink.apply;

import io.onlink.coexistence.Instructions;
import io.onlink.coexistence.Standing;
import io.onlink.desired.Found;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A change of the host that is under way, as it stands on disk: enough, by itself, to lead back to how the host was
 * before, whoever reads it and however far the change came.
 *
 * @param id of this change
 * @param kernel which boot and which namespace is changed; after a reboot there is nothing left in the kernel to take back
 * @param started when the journal was written, just before the first step
 * @param back every link that the change may touch, as it was before
 * @param foundBefore what was remembered of how the host was found
 * @param outcome what is remembered from then on, if the change stays
 * @param phase how far it came
 * @param forOthers what other programs are told: undone if the change is taken back
 * @param deadline when a change that waits for confirmation goes back, as people are told; null in other phases
 * @param made the kernel's uptime when the last step was done and verified, which no setting of the clock moves; null
 *     before
 * @param begun the kernel's uptime when the journal was written; null in one of an older Onlink
 * @param due the kernel's uptime at which a change that waits goes back; null in other phases, and in a journal of an older
 *     Onlink
 */
public record Journal(
        String id,
        String kernel,
        Instant started,
        Found back,
        Found foundBefore,
        Outcome outcome,
        Phase phase,
        Instructions forOthers,
        @Nullable Instant deadline,
        @Nullable Duration made,
        @Nullable Duration begun,
        @Nullable Duration due) {
    /** A journal of before other programs were told anything says nothing of them. */
    @SuppressWarnings("ConstantValue")
    public Journal {
        forOthers = forOthers == null ? Instructions.none() : forOthers;
    }

    /** How far a change came. Each phase is on disk before what follows from it is done. */
    public enum Phase {
        /** Steps are being performed and verified: whoever finds this without its writer takes the change back. */
        OPEN,
        /** Made and verified; stays only if 'onlink confirm' comes before the deadline. */
        WAITING,
        /** It stays: whoever finds this completes what is remembered. */
        COMMITTED
    }

    /**
     * What is remembered once the change stays.
     *
     * @param found how the host was found, of all links that are managed then
     * @param applied text of the host file that holds then; null where the host is given back
     * @param standing what other programs have been told by then
     */
    public record Outcome(Found found, @Nullable String applied, Standing standing) {
        @SuppressWarnings("ConstantValue")
        public Outcome {
            standing = standing == null ? Standing.none() : standing;
        }

        /** Where other programs have been told nothing. */
        public Outcome(Found found, @Nullable String applied) {
            this(found, applied, Standing.none());
        }
    }

    /**
     * Whether there is still time for an answer to it: by the kernel's uptime, lest a clock that is set keeps a host cut off; by
     * the clock for a kernel that runs no more, or where an older Onlink wrote it.
     */
    public boolean isWaiting(Moment now) {
        if (phase != Phase.WAITING || deadline == null) {
            return false;
        }
        if (due == null || !network().boot().equals(now.boot())) {
            return now.clock().isBefore(deadline);
        }
        return now.uptime().compareTo(due) < 0;
    }

    /** How long the change is under way; nothing where an older Onlink did not say when it began. */
    Duration elapsed(Duration uptime) {
        return begun == null ? Duration.ZERO : uptime.minus(begun);
    }

    ChangedNetwork network() {
        return ChangedNetwork.parse(kernel);
    }

    /** Made and verified, and to be confirmed until then: by the clock for people, and for as long by the uptime. */
    Journal waiting(Duration confirmation, Moment now) {
        return new Journal(
                id,
                kernel,
                started,
                back,
                foundBefore,
                outcome,
                Phase.WAITING,
                forOthers,
                now.clock().plus(confirmation),
                now.uptime(),
                begun,
                now.uptime().plus(confirmation));
    }

    Journal committed() {
        return new Journal(
                id, kernel, started, back, foundBefore, outcome, Phase.COMMITTED, forOthers, null, made, begun, null);
    }
}
