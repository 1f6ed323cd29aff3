package io.onlink.cli;

import io.onlink.failure.ConfigurationException;
import io.onlink.failure.VerificationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.NetworkState;
import io.onlink.verify.Baseline;
import io.onlink.verify.LinuxVerifier;
import io.onlink.verify.Verdict;
import io.onlink.verify.Verifier;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Asks routers and peers before a change, and after it whether they still answer. The machine from which the person at the
 * terminal came by ssh is a peer.
 */
final class ReachabilityCheck {
    /** Before the change nothing is in motion: who does not answer by then does not answer. */
    private static final Duration LONGEST_BEFORE = Duration.ofSeconds(2);

    private final PrintWriter out;
    private final Baseline before;

    private ReachabilityCheck(PrintWriter out, Baseline before) {
        this.out = out;
        this.before = before;
    }

    /** Asks now; changes nothing. What does not answer is said, and not blamed on the change. */
    static ReachabilityCheck before(HostFile file, PrintWriter out) {
        out.println("Asking routers and peers who answers now …");
        out.flush();
        try (LinuxVerifier verifier = LinuxVerifier.open(LONGEST_BEFORE)) {
            Baseline before = verifier.before(file, List.of(), login(System.getenv()));
            before.silent().forEach(silent -> out.println("  does not answer now: " + silent));
            before.notes().forEach(note -> out.println("  note: " + note));
            out.flush();
            return new ReachabilityCheck(out, before);
        }
    }

    /**
     * Before anything is touched.
     *
     * @param desired of the file's addresses those that the host shall get
     * @throws ConfigurationException if another machine on the LAN has one of them
     */
    void requireFree(NetworkState desired) {
        String taken = before.taken().stream()
                .filter(one -> desired.addresses().stream()
                        .anyMatch(address -> address.ip().equals(one.ip())))
                .map(Baseline.Taken::message)
                .collect(Collectors.joining("\n"));
        if (!taken.isEmpty()) {
            throw new ConfigurationException(taken + "\nNothing was changed.");
        }
    }

    /**
     * Asks again.
     *
     * @throws VerificationException if somebody answered before and does not any more
     */
    void after() {
        try (LinuxVerifier verifier = LinuxVerifier.open(LinuxVerifier.DEFAULT_LIMIT)) {
            switch (verifier.after(before)) {
                case Verdict.Failed failed ->
                    throw new VerificationException("the host was cut off:\n" + failed.explanation());
                case Verdict.Passed(List<String> notes) -> {
                    out.printf(
                            "%d answered before and answer now.%n",
                            before.answered().size());
                    notes.forEach(note -> out.println("  note: " + note));
                    out.flush();
                }
            }
        }
    }

    /** One that an ancestor came by may be of another network: 'onlink rehearse' in a lab. */
    private static Optional<Verifier.Login> login(Map<String, String> environment) {
        return Session.connection(environment)
                .filter(connection -> environment.containsKey("SSH_CONNECTION") || connection.isAlive())
                // It has a zone, and is asked on no particular link.
                .filter(connection -> !connection.client().isIpv6LinkLocal())
                .map(connection -> new Verifier.Login(connection.client(), connection.server()));
    }
}
