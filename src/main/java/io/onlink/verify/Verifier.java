package io.onlink.verify;

import io.onlink.hostfile.HostFile;
import io.onlink.model.IpAddress;
import java.util.Collection;

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
     * Asks the declared routers, the used default routes' and all peers, as the network is now. Changes nothing.
     *
     * @param peers addresses that should answer an ICMP echo, besides {@link HostFile.Verify#peers}; one that does not
     *     is no matter
     * @throws io.onlink.failure.KernelException if the kernel lets us see nothing or send nothing
     */
    Baseline before(HostFile file, Collection<IpAddress> peers);

    /**
     * Asks the same again, as the network is now, after the neighbours learned on the file's links are forgotten: on
     * what it remembers, a host that is cut off works on for up to 45 s. Repeated until what must answer has answered
     * or the time is over, for a link that just came up is deaf for a moment.
     *
     * @throws io.onlink.failure.KernelException if the kernel lets us see nothing or send nothing
     */
    Verdict after(Baseline before);
}
