package io.onlink.reconcile;

import io.onlink.apply.HostLock;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Attachments;
import io.onlink.attach.ChangedPort;
import io.onlink.attach.LostPort;
import io.onlink.failure.OnlinkException;
import io.onlink.reconcile.Docket.Sighting;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The containers' ports of the segments' bridges, and their options. Each is put back by itself: nothing hangs on it but its
 * container, and there is no old state to go back to, so no journal either; but under the lock, as a change of the host moves
 * them too. For one thread.
 */
final class PortRepair {
    private final StateDirectory directory;
    private final Attachments attachments;
    private final Docket docket;

    PortRepair(StateDirectory directory, Attachments attachments, Docket docket) {
        this.directory = directory;
        this.attachments = attachments;
        this.docket = docket;
    }

    /**
     * What is wrong with a port.
     *
     * @param remedy what puts it right, in a line
     */
    private record Wrong(String what, String remedy, Runnable repair) {}

    /** Looks at all. */
    HostRepair.Ending lookAtAll() {
        return look(attachments.lostPorts(), attachments.changedPorts(), subject -> subject instanceof Subject.OfPort);
    }

    /** Looks at those with such a link. */
    HostRepair.Ending lookAt(Collection<String> links) {
        return look(
                attachments.lostPorts(links),
                attachments.changedPorts(links),
                subject -> subject instanceof Subject.OfPort port && links.contains(port.link()));
    }

    private HostRepair.Ending look(List<LostPort> lost, List<ChangedPort> changed, Predicate<Subject> scope) {
        if (directory.readJournal().isPresent()) {
            return HostRepair.Ending.NOT_OUR_TURN;
        }
        Map<Subject, Wrong> wrong = new LinkedHashMap<>();
        lost.forEach(
                port -> wrong.put(new Subject.Port(port.link(), port.endpoint().describe()), wrong(port)));
        changed.forEach(port ->
                wrong.put(new Subject.PortOptions(port.link(), port.endpoint().describe()), wrong(port)));
        Map<Subject, Sighting> seen = new LinkedHashMap<>();
        wrong.forEach((subject, one) -> seen.put(subject, new Sighting(one.what(), Optional.empty(), null)));
        Set<Subject> due = docket.take(seen, scope);
        if (due.isEmpty()) {
            return HostRepair.Ending.DONE;
        }
        Optional<HostLock> free = HostLock.tryTake(directory);
        if (free.isEmpty()) {
            return HostRepair.Ending.NOT_OUR_TURN;
        }
        try (HostLock _ = free.get()) {
            if (directory.readJournal().isPresent()) {
                return HostRepair.Ending.NOT_OUR_TURN;
            }
            wrong.keySet().retainAll(due);
            wrong.forEach(this::putRight);
            return HostRepair.Ending.DONE;
        }
    }

    private Wrong wrong(LostPort port) {
        String what = "%s on %s is cut off, its link %s %s"
                .formatted(port.endpoint().describe(), port.endpoint().segment(), port.link(), port.what());
        return new Wrong(what, port.remedy(), () -> attachments.putBack(port));
    }

    private Wrong wrong(ChangedPort port) {
        String differences = port.steps().stream()
                .map(Difference::describe)
                .flatMap(Optional::stream)
                .collect(Collectors.joining("; "));
        String what = "%s on %s: %s"
                .formatted(port.endpoint().describe(), port.endpoint().segment(), differences);
        return new Wrong(what, port.remedy(), () -> attachments.putBack(port));
    }

    private void putRight(Subject subject, Wrong wrong) {
        try {
            wrong.repair().run();
            docket.repaired(Set.of(subject), wrong.remedy());
        } catch (OnlinkException failed) {
            docket.failed(subject, String.valueOf(failed.getMessage()));
        }
    }
}
