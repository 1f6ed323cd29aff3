package io.onlink.ipam;

import java.util.Collection;
import java.util.Optional;

/**
 * Which container asks for an address. The engine does not say it: a claim has a pool, and perhaps an address. So it is
 * concluded from what else is seen of the containers, and only where one alone comes into question.
 */
@FunctionalInterface
public interface Claimants {
    /** As where nothing is ever seen of containers. */
    Claimants UNKNOWN = detached -> Optional.empty();

    /**
     * The container that asks just now. Any thread; calls no engine.
     *
     * @param detached addresses of a pool that containers had and do not have now
     * @return its name; empty where nobody or several come into question
     */
    Optional<String> asking(Collection<KeptAddress> detached);
}
