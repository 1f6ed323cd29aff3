package io.onlink.ipam;

import io.onlink.model.IpAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An address that a container had last, and is to have again: by its name, so that a container that is made anew under it
 * has it, too. It says nothing of who has the address now; that is a {@link Lease}.
 *
 * @param pooled whether it came out of a pool; false where the user named it
 * @param root where the engine mounts the container's file system while it runs; null if the engine does not tell
 * @param since when the container was seen with it first
 * @param gone when the container was removed; null while there is one of the name
 */
public record KeptAddress(
        String segment,
        IpAddress address,
        String container,
        boolean pooled,
        @Nullable String root,
        Instant since,
        @Nullable Instant gone) {}
