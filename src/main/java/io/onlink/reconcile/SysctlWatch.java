package io.onlink.reconcile;

import io.onlink.kernel.LinuxKernel;
import java.util.Collection;
import java.util.Map;

/**
 * Whether sysctls changed since the last look. The kernel tells nobody of most of them (RTM_NEWNETCONF knows five), and
 * inotify(7) knows nothing of procfs, so a handful of files is read: 10 to 20 µs each.
 */
final class SysctlWatch {
    private final LinuxKernel kernel;
    private Map<String, String> last = Map.of();

    SysctlWatch(LinuxKernel kernel) {
        this.kernel = kernel;
    }

    /** Compares with the last time; what is watched may change in between. */
    boolean changed(Collection<String> names) {
        Map<String, String> now = kernel.sysctls(names);
        boolean changed = last.entrySet().stream()
                .anyMatch(entry -> !entry.getValue().equals(now.getOrDefault(entry.getKey(), entry.getValue())));
        last = now;
        return changed;
    }
}
