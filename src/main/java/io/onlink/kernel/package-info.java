/**
 * The one door to the kernel's network: observe it, perform a step on it. {@link
 * io.onlink.kernel.LinuxKernel} is the real one; tests have a FakeKernel that is stricter.
 */
@NullMarked
package io.onlink.kernel;

import org.jspecify.annotations.NullMarked;
