/**
 * Proof, from the wire and not from the kernel's word, that a changed host can still be reached: routers asked by ARP
 * and neighbour discovery, routers and peers by an ICMP echo, before the change and after it, on forgotten neighbours.
 *
 * <p>What answered before must answer after; what was silent before is reported, never blamed. This room reads the
 * kernel's state, forgets neighbours and sends probes; it changes nothing else and decides nothing: whether a failed
 * verdict takes the change back is its caller's business.
 */
@NullMarked
package io.onlink.verify;

import org.jspecify.annotations.NullMarked;
