/**
 * Companions: processes beside a container's own, in the same namespaces and cgroup, started at each start of the
 * container and again when they end. They are started through the engine ({@link io.onlink.docker.Engine}) and watched as
 * processes of the host.
 */
@NullMarked
package io.onlink.companion;

import org.jspecify.annotations.NullMarked;
