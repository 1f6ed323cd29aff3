/**
 * The kernel's system calls under their C names, and what is closest to them: descriptors, network namespaces, packet sockets.
 *
 * <p>This is the only room that touches {@code java.lang.foreign}. Its methods speak bytes and numbers, never memory
 * segments, so that no other room needs to. It imports nothing of Onlink's.
 */
@NullMarked
package io.onlink.libc;

import org.jspecify.annotations.NullMarked;
