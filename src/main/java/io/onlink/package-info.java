/**
 * Onlink puts containers on the LAN: each with its own address on the segments the host is plugged into.
 *
 * <p>This package itself is empty. Each package below it is a room with walls; {@code ArchitectureTest} keeps them.
 */
@NullMarked
package io.onlink;

import org.jspecify.annotations.NullMarked;
