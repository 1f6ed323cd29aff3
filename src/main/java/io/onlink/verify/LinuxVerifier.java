package io.onlink.verify;

import io.onlink.failure.KernelException;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.HeldNetworkNamespace;
import io.onlink.libc.SystemCallException;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Prober.Question;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Verifies the network of the namespace of the thread that opened it; the thread that uses it need not be there. Needs
 * CAP_NET_ADMIN to forget neighbours and CAP_NET_RAW to probe.
 */
public final class LinuxVerifier implements Verifier, AutoCloseable {
    /** Enough for the second that a link needs which just came up, with two more tries behind it. */
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(5);

    /** As long as the kernel itself waits for somebody else to answer (RFC 4862, 5.1: RetransTimer). */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(1);

    /**
     * Three ARP probes, the last with this pause and half of it again to be answered. Shorter than RFC 5227, whose timings (up
     * to seven seconds) are of slow networks.
     */
    private static final Duration PROBING = Duration.ofMillis(450);

    private static final Duration BETWEEN_PROBES = Duration.ofMillis(100);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final LinuxKernel kernel;
    private final HeldNetworkNamespace namespace;
    private final Duration limit;

    private LinuxVerifier(LinuxKernel kernel, HeldNetworkNamespace namespace, Duration limit) {
        this.kernel = kernel;
        this.namespace = namespace;
        this.limit = limit;
    }

    /**
     * In the calling thread's network namespace.
     *
     * @param limit for all probes of one call together
     * @throws KernelException if the kernel gives no socket
     */
    public static LinuxVerifier open(Duration limit) {
        LinuxKernel kernel = LinuxKernel.open();
        try {
            return new LinuxVerifier(kernel, HeldNetworkNamespace.ofCallingThread(), limit);
        } catch (SystemCallException refused) {
            kernel.close();
            throw new KernelException(
                    "hold the network namespace",
                    refused.errno().number(),
                    String.valueOf(refused.getMessage()),
                    refused);
        }
    }

    @Override
    public Baseline before(HostFile file, Collection<IpAddress> peers, Optional<Login> login) {
        NetworkState state = kernel.observe();
        Set<Target> targets = new LinkedHashSet<>(Targets.declared(file, peers));
        login.ifPresent(connection -> targets.add(Targets.of(connection, file)));
        targets.addAll(Targets.defaultRoutes(state));
        Resolution resolution = new Resolution(state);
        List<Question> questions = targets.stream()
                .map(target -> new Question(target, resolution.probe(target), true))
                .toList();
        List<Outcome> outcomes = ask(questions, limit);
        NewAddresses added = NewAddresses.of(file, state);
        Set<IpAddress> own = Uniqueness.own(state);
        List<Outcome> answers = probe(added.questions());
        Holders holders = withControls(Holders.of(state, answers), own);
        own.addAll(added.asked(answers));
        return Baseline.of(outcomes, Targets.links(file), own, added.taken(holders), added.notes(holders));
    }

    @Override
    public Verdict after(Baseline before) {
        NetworkState state = kernel.observe();
        Baseline still = before.withoutTablesThatWent(state);
        Resolution resolution = new Resolution(state);
        List<Question> questions = still.expectations().stream()
                .map(expected ->
                        new Question(expected.target(), resolution.probe(expected.target()), expected.mustAnswer()))
                .toList();
        kernel.flushNeighbours(before.links());
        List<Outcome> outcomes = ask(questions, limit);
        // Observed again for the causes: ports that were still learning then may be what they are for good by now.
        return switch (Judgement.of(still, outcomes, kernel.observe())) {
            case Verdict.Failed failed -> failed;
            case Verdict.Passed passed -> withoutDuplicates(still, passed);
        };
    }

    private Verdict withoutDuplicates(Baseline before, Verdict.Passed otherwise) {
        Uniqueness uniqueness = new Uniqueness(before, afterDetection(before));
        List<Question> questions = uniqueness.questions();
        boolean hasIpv6 = questions.stream()
                .anyMatch(question ->
                        question.target() instanceof Target.Own(IpAddress ip, var _) && ip.family() == Family.IPV6);
        List<Outcome> answers = hasIpv6 ? ask(questions, LONGEST_SILENCE) : probe(questions);
        Holders holders = Holders.of(uniqueness.state(), answers);
        return uniqueness.judge(withControls(holders, uniqueness.settled()), otherwise);
    }

    private Holders withControls(Holders holders, Set<IpAddress> settled) {
        return holders.with(probe(holders.controls(settled)));
    }

    private List<Outcome> probe(List<Question> questions) {
        return namespace.call(() -> Prober.ask(questions, PROBING, BETWEEN_PROBES));
    }

    /** The state once the kernel has found out which addresses are the host's alone, or the time is over. */
    private NetworkState afterDetection(Baseline before) {
        long deadline = System.nanoTime() + limit.toNanos();
        NetworkState state = kernel.observe();
        while (new Uniqueness(before, state).isUndecided() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            state = kernel.observe();
        }
        return state;
    }

    private List<Outcome> ask(List<Question> questions, Duration longest) {
        return namespace.call(() -> Prober.ask(questions, longest));
    }

    @Override
    public void close() {
        namespace.close();
        kernel.close();
    }
}
