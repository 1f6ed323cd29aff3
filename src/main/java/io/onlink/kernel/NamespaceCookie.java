package io.onlink.kernel;

import io.onlink.libc.NetworkNamespace;
import io.onlink.libc.SystemCallException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What the kernel tells a network namespace by, once and for all of a boot: the number in {@code net:[4026531840]} is another's as soon as its
 * namespace is gone.
 */
public final class NamespaceCookie {
    private NamespaceCookie() {}

    /** Empty before Linux 5.14, which has none. */
    public static OptionalLong ofThisThread() {
        return NetworkNamespace.cookieOfThisThread();
    }

    /**
     * Of the namespace that a file keeps or a process is in ({@code /proc/PID/ns/net}); empty where it is gone, or this process may not enter it.
     */
    public static OptionalLong of(Path namespace) {
        try {
            return new NetworkNamespace(namespace).call(NetworkNamespace::cookieOfThisThread);
        } catch (SystemCallException goneOrForbidden) {
            return OptionalLong.empty();
        }
    }
}
