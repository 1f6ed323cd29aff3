/**
 * A plan made true as a transaction: performed step by step, read back, and undone in reverse when a
 * step or the reading back fails; and what is remembered between runs, so that {@code down} can give
 * each NIC back as it was found.
 *
 * <p>The journal, the dead-man timer and the probes from outside belong into this room: {@link
 * io.onlink.apply.Transaction} is where they hook in.
 */
@NullMarked
package io.onlink.apply;

import org.jspecify.annotations.NullMarked;
