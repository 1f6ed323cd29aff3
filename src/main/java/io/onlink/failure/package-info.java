/**
 * The closed set of ways in which Onlink fails, each with its exit code. Every room may throw these but
 * {@code model}, {@code libc} and {@code netlink}, whose errors are the kernel's own; this room knows none of them.
 */
@NullMarked
package io.onlink.failure;

import org.jspecify.annotations.NullMarked;
