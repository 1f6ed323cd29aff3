/**
 * Tests that need a kernel this machine may not have: they boot one with VRF in QEMU ({@code src/test/guest}), run a script there and turn
 * what it says into tests. They start processes and touch nothing else.
 */
@NullMarked
package io.onlink.guest;

import org.jspecify.annotations.NullMarked;
