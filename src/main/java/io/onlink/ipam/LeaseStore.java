package io.onlink.ipam;

import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where leases last, also when the agent is killed: what a method has done is on the disk when it returns. */
public interface LeaseStore {
    /** The lease of an address, if somebody has it. */
    Optional<Lease> lease(String segment, IpAddress address);

    /** All leases of all segments. */
    List<Lease> leases();

    /** Keeps a lease; one of the same address is replaced. */
    void put(Lease lease);

    /** Keeps a lease that came out of a pool, and where the pool is to go on. */
    void put(Lease lease, String pool);

    /** Forgets a lease. Idempotent. */
    void release(String segment, IpAddress address);

    /** Forgets a lease whose holder the engine has not released, and may still. Idempotent. */
    void lapse(String segment, IpAddress address);

    /**
     * Takes a release as that of a lease that {@linkplain #lapse lapsed} before.
     *
     * @return whether there was one; else it is for the lease that there is
     */
    boolean takeReleaseToCome(String segment, IpAddress address);

    /** The address that a pool gave last. */
    Optional<IpAddress> lastGiven(String pool);

    /** Whose an address is to be again. */
    Optional<KeptAddress> kept(String segment, IpAddress address);

    /** What a container had on a segment, and is to have again. */
    List<KeptAddress> keptFor(String segment, String container);

    /** What containers had out of a segment's pools and is nobody's now; of one family. */
    List<KeptAddress> detached(String segment, Family family);

    /** All of all segments. */
    List<KeptAddress> kept();

    /** Forgets what was kept for containers that were removed before. */
    void forgetKept(Instant removedBefore);
}
