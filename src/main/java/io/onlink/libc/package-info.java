/**
 * The kernel's system calls under their C names, and what is closest to them: descriptors, namespaces, mounts, sockets, BPF programs,
 * and the one library that is called beside the kernel, libnftables.
 *
 * <p>This is the only room that touches {@code java.lang.foreign}. Its methods speak bytes and numbers, never memory
 * segments, so that no other room needs to. It imports nothing of Onlink's.
 */
@NullMarked
package io.onlink.libc;

import org.jspecify.annotations.NullMarked;
