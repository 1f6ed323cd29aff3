/**
 * Throwaway LANs of network namespaces, made from a host file: what the file calls a segment becomes a switch, what it
 * names as a next hop a router, and the host stands in a namespace with the NICs the file names. {@link
 * io.onlink.lab.Topology} decides what there is to be; {@link io.onlink.lab.Lab} makes it, and takes it away again.
 *
 * <p>Touches nothing of the machine's own network: links are made in the lab's namespaces only.
 */
@NullMarked
package io.onlink.lab;

import org.jspecify.annotations.NullMarked;
