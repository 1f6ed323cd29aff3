/**
 * A plan made true as a transaction: performed step by step, read back, and taken back when a step, the
 * reading back or somebody's verification fails; and what is remembered between runs, so that {@code down} can
 * give each NIC back as it was found.
 *
 * <p>{@link io.onlink.apply.Transaction} makes a change, {@link io.onlink.apply.Journal} says on the disk how to
 * take it back, {@link io.onlink.apply.Settlement} ends it, whoever died, and {@link io.onlink.apply.Guard} is the
 * process that sees to that. Whoever writes holds the {@link io.onlink.apply.HostLock}.
 */
@NullMarked
package io.onlink.apply;

import org.jspecify.annotations.NullMarked;
