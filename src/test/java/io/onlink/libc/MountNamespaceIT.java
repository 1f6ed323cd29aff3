package io.onlink.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountNamespaceIT {
    @TempDir
    private Path directory;

    /** Linux 6.18 refuses to keep what one CPU made inside a namespace that another one made, depending on which they are. */
    @Test
    void isKeptInsideAnotherOneToo() {
        List<Integer> cpus =
                IntStream.range(0, 64).filter(MountNamespaceIT::isOurs).boxed().toList();
        AtomicInteger furnished = new AtomicInteger();
        try (TestNamespace network = new TestNamespace()) {
            var _ = network.call(() -> {
                Libc.runOn(cpus.getFirst());
                Libc.unshare(Libc.CLONE_NEWNS);
                Libc.mount("", "/", "none", Libc.MS_PRIVATE | Libc.MS_REC);
                for (int cpu : cpus) {
                    Libc.runOn(cpu);
                    MountNamespace made = MountNamespace.create(
                            directory.resolve("on" + cpu),
                            NetworkNamespace.named(network.name()),
                            furnished::incrementAndGet);
                    assertThat(made.exists()).isTrue();
                    made.delete();
                    assertThat(made.exists()).isFalse();
                }
                return furnished;
            });
        }
        assertThat(furnished).hasValue(cpus.size());
    }

    private static boolean isOurs(int cpu) {
        return NetworkNamespace.onOwnThread("on CPU " + cpu, () -> {
            try {
                Libc.runOn(cpu);
                return true;
            } catch (SystemCallException notThereOrNotOurs) {
                return false;
            }
        });
    }
}
