package io.onlink.attach;

import io.onlink.kernel.Kernel;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.Errno;
import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.SystemCallException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Sandboxes as the engine keeps them: files with a network namespace mounted on. */
public final class LinuxSandboxes implements Sandboxes {
    @Override
    public boolean inside(String sandbox, Consumer<Kernel> work) {
        NetworkNamespace namespace = new NetworkNamespace(Path.of(sandbox));
        LinuxKernel kernel;
        try {
            kernel = namespace.call(LinuxKernel::openInContainer);
        } catch (SystemCallException refused) {
            // EINVAL: the file is there and nothing is mounted on it, as while a container starts and after it ended.
            if (refused.errno().equals(Errno.ENOENT) || refused.errno().equals(Errno.EINVAL)) {
                return false;
            }
            throw refused;
        }
        try (kernel) {
            namespace.call(() -> {
                work.accept(kernel);
                return true;
            });
        }
        return true;
    }
}
