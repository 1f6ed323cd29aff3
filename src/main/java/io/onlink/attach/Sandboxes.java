package io.onlink.attach;

import io.onlink.kernel.Kernel;
import java.util.function.Consumer;

/** The network namespaces of containers, by the path that Docker calls the sandbox key. */
public interface Sandboxes {
    /**
     * Runs the work with the kernel's network as it is inside, on a thread that ends with it.
     *
     * @return false if there is no such sandbox: not yet, or no more
     */
    boolean inside(String sandbox, Consumer<Kernel> work);
}
