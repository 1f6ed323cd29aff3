package io.onlink.load;

import io.onlink.load.JournalEntry.Away;
import io.onlink.load.JournalEntry.Forgotten;
import io.onlink.load.JournalEntry.LinkLost;
import io.onlink.load.PluginCall.Outcome;
import io.onlink.model.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges a journal by what the engine relies on. An address is a container's from the answer to RequestAddress until the engine
 * begins to delete its endpoint, or to release it, or forgets the container, or has not gone on for half a minute; in that time
 * nobody else is given it.
 */
final class JournalChecker {
    /** A claim without an endpoint, and an endpoint that is in no sandbox, are no one's when they are older than this. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private final List<Terms> terms;
    private final Duration patience;

    /** @param patience how long an answer may take */
    JournalChecker(List<Terms> terms, Duration patience) {
        this.terms = List.copyOf(terms);
        this.patience = patience;
    }

    /** What is wrong, for a person's eyes; nothing if all is right. */
    List<String> problems(CallJournal journal) {
        List<String> problems = new ArrayList<>();
        List<Away> away = journal.of(Away.class);
        journal.calls().forEach(call -> checkAnswer(call, away, problems));
        journal.calls().stream().filter(PluginCall::isAnswered).forEach(call -> checkTerms(call, problems));
        checkTenures(tenures(journal), problems);
        return problems;
    }

    private void checkAnswer(PluginCall call, List<Away> away, List<String> problems) {
        if (call.outcome() == Outcome.WRONG) {
            problems.add("wrong answer: " + call);
            return;
        }
        boolean agentWasThere = away.stream().noneMatch(gone -> gone.time() < call.end() && call.begin() < gone.end());
        if (!agentWasThere || call.outcome() == Outcome.ABANDONED) {
            return;
        }
        switch (call.outcome()) {
            case NOT_CONNECTED -> problems.add("not taken, though the agent was there: " + call);
            case LOST, NEVER -> problems.add("no answer: " + call);
            case ANSWERED, REFUSED, WRONG, ABANDONED -> {}
        }
        if (call.end() - call.begin() > patience.toNanos()) {
            problems.add("took %.1f s: %s".formatted((call.end() - call.begin()) / 1e9, call));
        }
    }

    private void checkTerms(PluginCall call, List<String> problems) {
        if (call.kind() != PluginCall.Kind.REQUEST_ADDRESS) {
            return;
        }
        if (call.given() == null) {
            problems.add("no address in the answer: " + call);
            return;
        }
        IpAddress given = call.given().ip();
        @Nullable IpAddress asked = call.address();
        if (asked != null && !asked.equals(given)) {
            problems.add("another address than was asked for: " + call);
        }
        boolean isAllowed = terms.stream()
                .filter(one -> one.segment().equals(call.segment()))
                .anyMatch(one -> one.allow(given)
                        && one.network().prefixLength() == call.given().prefixLength()
                        && (asked != null || one.pool().contains(given)));
        if (!isAllowed) {
            problems.add("an address that the host file does not allow: " + call);
        }
    }

    /**
     * That an address is a container's, as far as it is certain.
     *
     * @param isMade whether it is an endpoint's; else it was promised to one
     */
    private record Tenure(String segment, IpAddress address, int life, boolean isMade, long from, long until) {
        String place() {
            return segment + " " + address;
        }

        boolean overlaps(Tenure other) {
            return life != other.life && from < other.until && other.from < until;
        }
    }

    /** Of the promises that an engine came back to when half a minute was over, by place: since when. */
    private final Map<String, Long> lapsed = new HashMap<>();

    private void checkTenures(List<Tenure> tenures, List<String> problems) {
        Map<String, List<Tenure>> byPlace =
                tenures.stream().collect(Collectors.groupingBy(Tenure::place, TreeMap::new, Collectors.toList()));
        byPlace.forEach((place, all) -> {
            for (int one = 0; one < all.size(); one++) {
                for (Tenure other : all.subList(one + 1, all.size())) {
                    check(all.get(one), other, problems);
                }
            }
        });
    }

    private void check(Tenure one, Tenure other, List<String> problems) {
        if (!one.overlaps(other)) {
            return;
        }
        // An engine that makes the endpoint of a promise that lapsed takes the next one's, as no call says whose it is:
        // there
        // CreateEndpoint refuses whoever comes second, and only endpoints count.
        boolean onlyEndpointsCount =
                Math.max(one.until(), other.until()) > lapsed.getOrDefault(one.place(), Long.MAX_VALUE);
        if (onlyEndpointsCount && !(one.isMade() && other.isMade())) {
            return;
        }
        String problem = "given twice: %s to life %d and to life %d"
                .formatted(one.place(), Math.min(one.life(), other.life()), Math.max(one.life(), other.life()));
        // A promise and the endpoint that is made of it are two.
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }

    private List<Tenure> tenures(CallJournal journal) {
        Map<Integer, Life> lives = new HashMap<>();
        List<Tenure> tenures = new ArrayList<>();
        for (JournalEntry entry : journal.entries()) {
            switch (entry) {
                case PluginCall call ->
                    lives.computeIfAbsent(call.life(), _ -> new Life(tenures)).follow(call);
                case Forgotten(int life, long time) ->
                    lives.computeIfAbsent(life, _ -> new Life(tenures)).endAll(time);
                case LinkLost(int life, long time) ->
                    lives.computeIfAbsent(life, _ -> new Life(tenures)).endAll(time);
                case Away _ -> {}
            }
        }
        lives.values().forEach(life -> life.endAll(Long.MAX_VALUE));
        return tenures;
    }

    /** A container, as far as its calls have come. */
    private final class Life {
        private final List<Tenure> tenures;
        private final Map<IpAddress, PluginCall> claims = new HashMap<>();

        /** Since when there is an endpoint; none if 0. */
        private long made;

        /** When somebody may conclude that there will be no next step, but for a running container. */
        private long end;

        Life(List<Tenure> tenures) {
            this.tenures = tenures;
        }

        void follow(PluginCall call) {
            switch (call.kind()) {
                case REQUEST_ADDRESS -> {
                    if (call.isAnswered() && call.given() != null) {
                        claims.put(call.given().ip(), call);
                        end = call.begin() + GRACE.toNanos();
                    }
                }
                case CREATE_ENDPOINT -> {
                    if (call.isAnswered()) {
                        claims.forEach((address, claim) -> addPromise(address, claim, call.end()));
                        made = call.end();
                        end = call.begin() + GRACE.toNanos();
                    }
                }
                case JOIN -> end = call.isAnswered() ? Long.MAX_VALUE : end;
                case LEAVE -> {
                    if (call.isSent()) {
                        end = Math.min(end, call.begin() + GRACE.toNanos());
                    }
                }
                case DELETE_ENDPOINT -> {
                    if (call.isSent()) {
                        endAll(call.begin());
                    }
                }
                case RELEASE_ADDRESS -> end(call.address(), call.begin());
                case ACTIVATE, CREATE_NETWORK, OPER_INFO -> {}
            }
        }

        void endAll(long time) {
            List.copyOf(claims.keySet()).forEach(address -> end(address, time));
        }

        private void end(@Nullable IpAddress address, long time) {
            PluginCall claim = claims.remove(address);
            if (claim == null || address == null) {
                return;
            }
            if (made == 0) {
                addPromise(address, claim, time);
            } else {
                add(address, claim, true, made, Math.min(time, end));
            }
        }

        private void addPromise(IpAddress address, PluginCall claim, long time) {
            long lapses = claim.begin() + GRACE.toNanos();
            add(address, claim, false, claim.end(), Math.min(time, lapses));
            if (time > lapses && time != Long.MAX_VALUE) {
                lapsed.merge(claim.segment() + " " + address, lapses, Math::min);
            }
        }

        private void add(IpAddress address, PluginCall claim, boolean isMade, long from, long until) {
            if (from < until) {
                tenures.add(new Tenure(claim.segment(), address, claim.life(), isMade, from, until));
            }
        }
    }
}
