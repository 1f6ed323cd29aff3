/**
 * Ethernet frames as bytes: those by which machines on a segment find each other, ARP and IPv6 neighbour discovery.
 *
 * <p>What they are sent for, and what is made of an answer, is their senders' business. Imports the model only.
 */
@NullMarked
package io.onlink.frame;

import org.jspecify.annotations.NullMarked;
