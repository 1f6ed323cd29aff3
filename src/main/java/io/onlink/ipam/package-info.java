/**
 * Which container has which address: the segments' subnets, the pools handed out of them, the leases.
 *
 * <p>This room decides and keeps its decisions in a {@link io.onlink.ipam.LeaseStore}. It never touches the kernel and
 * never calls the engine.
 */
@NullMarked
package io.onlink.ipam;

import org.jspecify.annotations.NullMarked;
