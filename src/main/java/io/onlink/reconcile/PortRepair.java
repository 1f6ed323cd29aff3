package io.onlink.reconcile;

import io.onlink.apply.HostLock;
import io.onlink.apply.StateDirectory;
import io.onlink.attach.Attachments;
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

/**
 * The containers' ports of the segments' bridges. Each is put back by itself: nothing hangs on it but its container, and
 * there is no old state to go back to, so no journal either; but under the lock, as a change of the host moves them too.
 * For one thread.
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

    /** Looks at all. */
    HostRepair.Ending lookAtAll() {
        return look(attachments.lostPorts(), subject -> subject instanceof Subject.Port);
    }

    /** Looks at those with such a link. */
    HostRepair.Ending lookAt(Collection<String> links) {
        return look(
                attachments.lostPorts(links),
                subject -> subject instanceof Subject.Port(String link, var _) && links.contains(link));
    }

    private HostRepair.Ending look(List<LostPort> lost, Predicate<Subject> scope) {
        if (directory.readJournal().isPresent()) {
            return HostRepair.Ending.NOT_OUR_TURN;
        }
        Map<Subject, LostPort> ports = new LinkedHashMap<>();
        Map<Subject, Sighting> seen = new LinkedHashMap<>();
        for (LostPort port : lost) {
            Subject subject = new Subject.Port(port.link(), port.endpoint().describe());
            String what = "%s on %s is cut off, its link %s %s"
                    .formatted(port.endpoint().describe(), port.endpoint().segment(), port.link(), port.what());
            ports.put(subject, port);
            seen.put(subject, new Sighting(what, Optional.empty(), null));
        }
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
            ports.keySet().retainAll(due);
            ports.forEach(this::putBack);
            return HostRepair.Ending.DONE;
        }
    }

    private void putBack(Subject subject, LostPort port) {
        try {
            attachments.putBack(port);
            docket.repaired(Set.of(subject), port.remedy());
        } catch (OnlinkException failed) {
            docket.failed(subject, String.valueOf(failed.getMessage()));
        }
    }
}
