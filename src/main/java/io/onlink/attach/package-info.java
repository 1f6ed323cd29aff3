/**
 * An endpoint on a segment: its link, MAC address, addresses, routes and default route, and its announcement to the
 * neighbours.
 *
 * <p>Docker asks through {@link io.onlink.docker.NetworkDriver}; the kernel is reached through {@link
 * io.onlink.kernel.Kernel}, by one thread for the host and by short-lived ones inside the containers' namespaces.
 */
@NullMarked
package io.onlink.attach;

import org.jspecify.annotations.NullMarked;
