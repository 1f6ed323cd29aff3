package io.onlink.verify;

import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Vrf;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What answered before a change: what a verdict after it is measured by. A value; it holds nothing open. */
public final class Baseline {
    private final List<Expectation> expectations;
    private final Set<String> links;
    private final Set<IpAddress> own;
    private final List<Taken> taken;
    private final List<String> notes;

    /**
     * An address that the host file gives this host, and that another machine has.
     *
     * @param message with its place in the file, whose it is and what to do
     */
    public record Taken(IpAddress ip, String message) {}

    /**
     * @param own addresses that were the host's alone, as far as its kernel knew, or nobody's when the LAN was asked
     * @param notes what an administrator should know, a sentence each
     */
    Baseline(
            List<Expectation> expectations,
            Set<String> links,
            Set<IpAddress> own,
            List<Taken> taken,
            List<String> notes) {
        this.taken = List.copyOf(taken);
        this.notes = List.copyOf(notes);
        this.expectations = List.copyOf(expectations);
        this.links = new TreeSet<>(links);
        this.own = new TreeSet<>(own);
    }

    /** What was found when the targets were asked. */
    static Baseline of(
            List<Outcome> outcomes, Set<String> links, Set<IpAddress> own, List<Taken> taken, List<String> notes) {
        return new Baseline(outcomes.stream().map(Expectation::of).toList(), links, own, taken, notes);
    }

    /** A VRF that is taken away takes its default routes along: nobody is cut off who was not meant to be. */
    Baseline withoutTablesThatWent(NetworkState now) {
        Set<Integer> tables = new TreeSet<>(Set.of(Route.MAIN));
        now.links().values().forEach(link -> {
            if (link instanceof Vrf vrf) {
                tables.add(vrf.table());
            }
        });
        return new Baseline(
                expectations.stream()
                        .filter(expected -> !(expected.target() instanceof Target.DefaultRoute route)
                                || tables.contains(route.table()))
                        .toList(),
                links,
                own,
                taken,
                notes);
    }

    List<Expectation> expectations() {
        return expectations;
    }

    /** Those whose neighbours are forgotten before the targets are asked again. */
    Set<String> links() {
        return new TreeSet<>(links);
    }

    /** Whether an address was the host's before, and nobody else's, or could be seen to be free. */
    boolean wasOwn(IpAddress ip) {
        return own.contains(ip);
    }

    /** IPv4 addresses that the host was to get and that another machine on the LAN has, in the order of the file. */
    public List<Taken> taken() {
        return taken;
    }

    /** What an administrator should know before the change, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /** What answered, a sentence each. */
    public List<String> answered() {
        return said(Expectation::mustAnswer);
    }

    /** What did not, a sentence each: a change is not blamed for it. */
    public List<String> silent() {
        return said(expectation -> !expectation.mustAnswer());
    }

    private List<String> said(Predicate<Expectation> which) {
        return expectations.stream()
                .filter(which)
                .map(Expectation::said)
                .distinct()
                .toList();
    }

    @Override
    public String toString() {
        return "answered: " + answered() + ", silent: " + silent();
    }

    /**
     * What one target did before the change.
     *
     * @param mustAnswer whether it answered, and has to again
     * @param said how it was asked and what came of it
     * @param mac whose the address was; null where it is not known
     */
    record Expectation(
            Target target,
            boolean mustAnswer,
            String said,
            @Nullable MacAddress mac) {
        static Expectation of(Outcome outcome) {
            MacAddress mac = outcome.reply() instanceof Reply.Answered(MacAddress owner) ? owner : null;
            return new Expectation(outcome.target(), outcome.answered(), outcome.toString(), mac);
        }
    }
}
