package io.onlink.verify;

import io.onlink.hostfile.HostFile;
import io.onlink.model.IpAddress;
import java.util.Collection;
import java.util.Optional;

/**
 * Proves that a change has not cut the host off: asks routers and peers before it, and again after it.
 *
 * <pre>{@code
 * Baseline before = verifier.before(file, List.of(addressOfTheSshClient));
 * // … the change …
 * switch (verifier.after(before)) {
 *     case Verdict.Passed(var notes) -> …
 *     case Verdict.Failed failed -> throw new VerificationException(failed.explanation()); // and take it back
 * }
 * }</pre>
 *
 * <p>Each of the two returns at once where everything answers, at the latest after one time limit, however many targets
 * there are. Used by one thread at a time.
 */
public interface Verifier {
    /**
     * Asks the declared routers, the used default routes' and all peers, as the network is now. Changes nothing. Where the file
     * has IPv4 addresses that the host has not, the LAN is asked for them too, half a second: {@link Baseline#taken()}.
     *
     * @param peers addresses that should answer an ICMP echo, besides {@link HostFile.Verify#peers}; one that does not
     *     is no matter
     * @param login whose other end is asked too: where the address that it goes to has a table of its own, by that one
     * @throws io.onlink.failure.KernelException if the kernel lets us see nothing or send nothing
     */
    Baseline before(HostFile file, Collection<IpAddress> peers, Optional<Login> login);

    /** The same where nobody is logged in over the network. */
    default Baseline before(HostFile file, Collection<IpAddress> peers) {
        return before(file, peers, Optional.empty());
    }

    /**
     * A connection by which somebody is logged in.
     *
     * @param client the other end
     * @param server the address of this host's that it goes to
     */
    record Login(IpAddress client, IpAddress server) {}

    /**
     * Asks the same again, as the network is now, after the neighbours learned on the file's links are forgotten: on
     * what it remembers, a host that is cut off works on for up to 45 s. Repeated until what must answer has answered
     * or the time is over, for a link that just came up is deaf for a moment.
     *
     * @throws io.onlink.failure.KernelException if the kernel lets us see nothing or send nothing
     */
    Verdict after(Baseline before);
}
