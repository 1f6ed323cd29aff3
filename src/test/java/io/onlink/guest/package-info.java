/**
 * Tests that need a kernel this machine may not have: they boot one with VRF in QEMU ({@code src/test/guest}), run scripts there and turn
 * what they say into tests. They start processes and touch nothing else.
 */
@NullMarked
package io.onlink.guest;

import org.jspecify.annotations.NullMarked;
