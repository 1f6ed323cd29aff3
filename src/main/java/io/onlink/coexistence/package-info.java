/**
 * The programs beside Onlink that configure links: NetworkManager, systemd-networkd, ifupdown, netplan, cloud-init, and
 * firewalld for the zones of links. What they have to do with the links of a host file, what tells them to leave those
 * alone, and how that is undone.
 *
 * <p>Reads and writes their files and runs their own command-line tools; knows nothing of the kernel, nor of how a change
 * is made. One thread.
 */
@NullMarked
package io.onlink.coexistence;

import org.jspecify.annotations.NullMarked;
