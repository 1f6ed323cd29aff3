/**
 * Docker's two sides: the plugin protocol that the engine speaks to us ({@link io.onlink.docker.PluginServer}, {@link
 * io.onlink.docker.NetworkDriver}, {@link io.onlink.docker.IpamDriver}), and the engine's own API that we speak to it
 * ({@link io.onlink.docker.Engine}).
 *
 * <p>This room knows JSON, HTTP and Docker's words. It knows nothing of how an address is chosen or a link is made. Of the
 * kernel it touches Docker's own firewall alone, by Docker's own means, iptables(8): {@link
 * io.onlink.docker.BridgedForwarding}.
 */
@NullMarked
package io.onlink.docker;

import org.jspecify.annotations.NullMarked;
