package io.onlink.kernel;

import io.onlink.failure.KernelException;
import io.onlink.libc.Errno;
import java.util.List;

/** What the kernel refused, with what to do next. */
final class Failures {
    private Failures() {}

    static KernelException of(String doing, Errno errno, String reason, RuntimeException cause) {
        return new KernelException(doing, errno.number(), reason + advice(errno), cause);
    }

    private static String advice(Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return "; run it as root (CAP_NET_ADMIN is needed)";
        }
        if (List.of(Errno.EEXIST, Errno.ENODEV, Errno.ESRCH, Errno.ENOENT, Errno.EADDRNOTAVAIL)
                .contains(errno)) {
            return "; the network is not as it was when this was planned: plan again";
        }
        return "";
    }
}
